#include "server/socketio/engine_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::socketio {
namespace {

using ::testing::ElementsAre;

TEST(EnginePayload, SplitsPacketsAtTheSeparator) {
  const auto packets = DecodePayload(
      "4test1\x1e"
      "2\x1e"
      "bAQIDBA==");
  ASSERT_TRUE(packets);
  EXPECT_THAT(*packets, ElementsAre(EnginePacket{EnginePacketType::kMessage, false, "test1"},
                                    EnginePacket{EnginePacketType::kPing, false, ""},
                                    EnginePacket{EnginePacketType::kMessage, true, "\x01\x02\x03\x04"}));
}

TEST(EnginePayload, IsRefusedWholeWhenOnePacketIsBad) {
  EXPECT_FALSE(
      DecodePayload("4ok\x1e"
                    "abc"));
  EXPECT_FALSE(DecodePayload("4ok\x1e"));
  EXPECT_FALSE(DecodePayload(""));
}

TEST(EnginePayload, BoundsTheNumberOfPackets) {
  std::string payload = "2";
  for (std::size_t i = 1; i < kMaxPacketsPerPayload; ++i)
    payload +=
        "\x1e"
        "2";
  EXPECT_TRUE(DecodePayload(payload));
  EXPECT_FALSE(DecodePayload(payload + "\x1e"
                                       "2"));
}

TEST(EnginePayload, JoinsTextAndBinaryFrames) {
  const std::vector<EngineFrame> frames = {
      EngineFrame::TextMessage("hello"),
      EngineFrame::BinaryMessage(std::make_shared<const std::string>("\x01\x02\x03\x04"))};
  EXPECT_EQ(EncodePayload(frames),
            "4hello\x1e"
            "bAQIDBA==");
  EXPECT_EQ(EncodePayload({}), "");
}

}  // namespace
}  // namespace kcs::socketio
