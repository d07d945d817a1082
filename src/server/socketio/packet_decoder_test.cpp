#include "server/socketio/packet_decoder.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace kcs::socketio {
namespace {

using Status = PacketDecoder::Status;

TEST(PacketDecoder, WaitsForEveryAttachment) {
  PacketDecoder decoder{PacketLimits()};
  EXPECT_EQ(decoder.OnText(R"(52-["e",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])"),
            Status::kIncomplete);
  EXPECT_EQ(decoder.OnBinary("ab"), Status::kIncomplete);
  EXPECT_EQ(decoder.OnBinary("cd"), Status::kComplete);
  EXPECT_EQ(decoder.packet().type, PacketType::kEvent);
  ASSERT_EQ(decoder.attachments().size(), 2U);
  EXPECT_EQ(*decoder.attachments()[1], "cd");
  EXPECT_EQ(decoder.OnText(R"(2["next"])"), Status::kComplete);
}

TEST(PacketDecoder, RefusesTextBetweenAttachments) {
  PacketDecoder decoder{PacketLimits()};
  EXPECT_EQ(decoder.OnText(R"(51-["e",{"_placeholder":true,"num":0}])"), Status::kIncomplete);
  EXPECT_EQ(decoder.OnText(R"(2["e"])"), Status::kMalformed);
}

TEST(PacketDecoder, RefusesAttachmentsNobodyAnnounced) {
  PacketDecoder decoder{PacketLimits()};
  EXPECT_EQ(decoder.OnBinary("ab"), Status::kMalformed);
}

TEST(PacketDecoder, RefusesPlaceholdersWithoutAttachment) {
  for (const char* num : {"1", "-1", "0.5", "\"0\"", "null"}) {
    PacketDecoder decoder{PacketLimits()};
    const std::string text = std::string(R"(51-["e",[{"a":{"_placeholder":true,"num":)") + num + "}}]]";
    EXPECT_EQ(decoder.OnText(text), Status::kMalformed) << num;
  }
}

TEST(PacketDecoder, CompletesBinaryPacketsWithoutAttachments) {
  PacketDecoder decoder{PacketLimits()};
  EXPECT_EQ(decoder.OnText(R"(60-1["x"])"), Status::kComplete);
  EXPECT_EQ(decoder.packet().type, PacketType::kAck);
}

}  // namespace
}  // namespace kcs::socketio
