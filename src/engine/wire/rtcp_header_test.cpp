#include "engine/wire/rtcp_header.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(RtcpCompoundReader, WalksACompound) {
  const auto bytes = Hex("80 c9 0001 00000001  81 ce 0002 00000001 00000002");
  RtcpCompoundReader reader(bytes);
  const auto first = reader.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, RtcpType::kReceiverReport);
  EXPECT_EQ(first->count, 0);
  EXPECT_EQ(first->body.size(), 4U);
  const auto second = reader.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->type, RtcpType::kPayloadFeedback);
  EXPECT_EQ(second->count, 1);
  EXPECT_EQ(second->body.size(), 8U);
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.ok());
}

TEST(RtcpCompoundReader, KeepsWhatCameBeforeAMalformedPacket) {
  const auto bytes = Hex("80 c9 0001 00000001  81 ce 0002 00000001");
  RtcpCompoundReader reader(bytes);
  EXPECT_TRUE(reader.Next());
  EXPECT_TRUE(reader.ok());
  EXPECT_FALSE(reader.Next());
  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.Next());
}

TEST(RtcpCompoundReader, CutsPadding) {
  const auto bytes = Hex("a0 c9 0002 00000001 00000004");
  RtcpCompoundReader reader(bytes);
  const auto packet = reader.Next();
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->body.size(), 4U);
}

TEST(RtcpCompoundReader, RejectsImpossiblePaddingAndVersions) {
  for (const char* text :
       {"a0 c9 0001 00000000", "a0 c9 0001 00000005", "a0 c9 0000", "40 c9 0001 00000001", "80c9"}) {
    const auto bytes = Hex(text);
    RtcpCompoundReader reader(bytes);
    EXPECT_FALSE(reader.Next()) << text;
    EXPECT_FALSE(reader.ok()) << text;
  }
}

TEST(RtcpHeader, WritesTheLengthInWords) {
  std::array<std::uint8_t, 4> memory{};
  ByteWriter writer(memory);
  WriteRtcpHeader(writer, RtcpType::kSdes, 3, 20);
  EXPECT_EQ(std::vector<std::uint8_t>(memory.begin(), memory.end()), Hex("83 ca 0005"));
}

}  // namespace
}  // namespace kcs::wire
