#include "server/socketio/engine_packet.h"

#include <gtest/gtest.h>

#include "server/socketio/base64.h"

namespace kcs::socketio {
namespace {

TEST(EnginePacket, ReadsTypeAndData) {
  EXPECT_EQ(DecodeEnginePacket("4hello"), (EnginePacket{EnginePacketType::kMessage, false, "hello"}));
  EXPECT_EQ(DecodeEnginePacket("2probe"), (EnginePacket{EnginePacketType::kPing, false, "probe"}));
  EXPECT_EQ(DecodeEnginePacket("3"), (EnginePacket{EnginePacketType::kPong, false, ""}));
}

TEST(EnginePacket, ReadsBinaryAsBase64) {
  EXPECT_EQ(DecodeEnginePacket("bAQIDBA=="),
            (EnginePacket{EnginePacketType::kMessage, true, "\x01\x02\x03\x04"}));
}

TEST(EnginePacket, RefusesWhatIsNone) {
  for (const char* text : {"", "abc", "7", "9x", "-1", "b*", "bA"})
    EXPECT_FALSE(DecodeEnginePacket(text)) << text;
}

TEST(EnginePacket, WritesWhatItReads) {
  for (const char* text :
       {"0{\"sid\":\"x\"}", "1", "2", "3probe", "4", "4\xe2\x82\xac", "5", "6", "bAQIDBA=="}) {
    const auto packet = DecodeEnginePacket(text);
    ASSERT_TRUE(packet) << text;
    EXPECT_EQ(EncodeEnginePacket(*packet), text);
  }
}

TEST(Base64, KnowsTheVectorsOfItsRfc) {  // RFC 4648 10
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    std::string out;
    AppendBase64(out, bytes);
    EXPECT_EQ(out, text);
    EXPECT_EQ(DecodeBase64(text), bytes);
  }
}

TEST(Base64, KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  std::string text;
  AppendBase64(text, bytes);
  EXPECT_EQ(DecodeBase64(text), bytes);
}

TEST(Base64, TakesMissingPaddingAndNothingElseForeign) {
  EXPECT_EQ(DecodeBase64("Zg"), "f");
  EXPECT_FALSE(DecodeBase64("Z"));
  EXPECT_FALSE(DecodeBase64("Zm9v Zg=="));
  EXPECT_FALSE(DecodeBase64("Zg==="));
  EXPECT_FALSE(DecodeBase64("Zm-_"));
}

}  // namespace
}  // namespace kcs::socketio
