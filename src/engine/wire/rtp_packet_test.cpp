#include "engine/wire/rtp_packet.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

constexpr std::string_view kFixed = "80 e0 1234 00112233 cafebabe";

TEST(RtpPacket, ReadsTheFixedHeader) {
  const auto bytes = Hex(std::string(kFixed) + "0102030405");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_TRUE(packet->marker());
  EXPECT_EQ(packet->payload_type(), 96);
  EXPECT_EQ(packet->sequence_number(), 0x1234);
  EXPECT_EQ(packet->timestamp(), 0x00112233U);
  EXPECT_EQ(packet->ssrc(), Ssrc(0xcafebabe));
  EXPECT_EQ(packet->header_size(), 12U);
  EXPECT_EQ(packet->payload().size(), 5U);
  EXPECT_EQ(packet->payload()[0], 1);
  EXPECT_TRUE(packet->extensions().empty());
}

TEST(RtpPacket, SkipsContributingSources) {
  const auto bytes = Hex("82 60 0001 00000002 00000003 11111111 22222222 aabb");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->csrc_count(), 2U);
  EXPECT_EQ(packet->header_size(), 20U);
  EXPECT_EQ(packet->payload().size(), 2U);
}

TEST(RtpPacket, ReadsOneByteExtensions) {
  // id 1 with one byte, padding, id 4 with three bytes, padding to the word.
  const auto bytes = Hex("90 60 0001 00000002 00000003 bede 0002 10ff 00 42 010203 00 77");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  ASSERT_EQ(packet->extensions().size(), 2U);
  EXPECT_EQ(packet->extensions()[0], (RtpExtension{1, 1, 17}));
  EXPECT_EQ(packet->extensions()[1], (RtpExtension{4, 3, 20}));
  ASSERT_EQ(packet->Extension(4).size(), 3U);
  EXPECT_EQ(packet->Extension(4)[2], 3);
  EXPECT_TRUE(packet->Extension(9).empty());
  EXPECT_EQ(packet->header_size(), 24U);
  EXPECT_EQ(packet->payload().size(), 1U);
}

TEST(RtpPacket, ReadsTwoByteExtensionsWithAnyAppBits) {
  const auto bytes = Hex("90 60 0001 00000002 00000003 1005 0002 14 02 abcd 00 20 00 00");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  ASSERT_EQ(packet->extensions().size(), 2U);
  EXPECT_EQ(packet->extensions()[0], (RtpExtension{0x14, 2, 18}));
  EXPECT_EQ(packet->extensions()[1].id, 0x20);
  EXPECT_EQ(packet->extensions()[1].length, 0);
}

TEST(RtpPacket, StopsAtIdFifteenOfTheOneByteForm) {
  const auto bytes = Hex("90 60 0001 00000002 00000003 bede 0002 10ff f0 20ee 000000");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  ASSERT_EQ(packet->extensions().size(), 1U);
  EXPECT_EQ(packet->extensions()[0].id, 1);
}

TEST(RtpPacket, StopsAtIdZeroWithALength) {
  const auto bytes = Hex("90 60 0001 00000002 00000003 bede 0002 10ff 01 20ee 000000");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->extensions().size(), 1U);
}

TEST(RtpPacket, ABrokenElementEndsTheListButNotThePacket) {
  const auto bytes = Hex("90 60 0001 00000002 00000003 bede 0001 10ff 2fee 99");  // id 2 claims 16 bytes
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->extensions().size(), 1U);
  EXPECT_EQ(packet->payload().size(), 1U);
  const auto two_byte = Hex("90 60 0001 00000002 00000003 1000 0001 01 00 02 05 99");
  ASSERT_TRUE(RtpPacket::Parse(two_byte));
  EXPECT_EQ(RtpPacket::Parse(two_byte)->extensions().size(), 1U);
}

TEST(RtpPacket, KeepsAtMostSixteenExtensions) {
  auto bytes = Hex("90 60 0001 00000002 00000003 bede 000a");
  for (int i = 0; i < 20; ++i) {
    bytes.push_back(0x10);
    bytes.push_back(static_cast<std::uint8_t>(i));
  }
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->extensions().size(), kMaxRtpExtensions);
}

TEST(RtpPacket, IgnoresTheExtensionOfAnUnknownProfile) {
  const auto bytes = Hex("90 60 0001 00000002 00000003 abcd 0001 10ff10ff 99");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_TRUE(packet->extensions().empty());
  EXPECT_EQ(packet->payload().size(), 1U);
}

TEST(RtpPacket, PaddingIsNoPayload) {
  const auto bytes = Hex("a0 60 0001 00000002 00000003 aabb 000003");
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->padding_size(), 3U);
  EXPECT_EQ(packet->payload().size(), 2U);
  const auto only_padding = Hex("a0 60 0001 00000002 00000003 000003");
  ASSERT_TRUE(RtpPacket::Parse(only_padding));
  EXPECT_TRUE(RtpPacket::Parse(only_padding)->payload().empty());
}

TEST(RtpPacket, RejectsWhatCannotBeRtp) {
  EXPECT_FALSE(RtpPacket::Parse({}));
  EXPECT_FALSE(RtpPacket::Parse(Hex("80 60 0001 00000002 000000")));                 // eleven bytes
  EXPECT_FALSE(RtpPacket::Parse(Hex("40 60 0001 00000002 00000003")));               // version 1
  EXPECT_FALSE(RtpPacket::Parse(Hex("82 60 0001 00000002 00000003 11111111")));      // a CSRC is missing
  EXPECT_FALSE(RtpPacket::Parse(Hex("90 60 0001 00000002 00000003 bede")));          // no extension length
  EXPECT_FALSE(RtpPacket::Parse(Hex("90 60 0001 00000002 00000003 bede 0001 10")));  // extension cut
  EXPECT_FALSE(RtpPacket::Parse(Hex("a0 60 0001 00000002 00000003 aa00")));          // padding of 0
  EXPECT_FALSE(RtpPacket::Parse(Hex("a0 60 0001 00000002 00000003 aa03")));  // padding beyond the payload
  EXPECT_FALSE(RtpPacket::Parse(Hex("a0 60 0001 00000002 00000003")));       // padding without a byte
}

TEST(RtpPacket, HeaderSizeNeedsNoValidPadding) {
  // Before decryption the last byte means nothing.
  EXPECT_EQ(RtpHeaderSize(Hex("a0 60 0001 00000002 00000003 aaff")), 12U);
  EXPECT_EQ(RtpHeaderSize(Hex("91 60 0001 00000002 00000003 00000004 bede 0001 10ff0000 55")), 24U);
  EXPECT_FALSE(RtpHeaderSize(Hex("91 60 0001 00000002 00000003 00000004 bede 0001 10ff00")));
}

}  // namespace
}  // namespace kcs::wire
