#include "engine/wire/rtp_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "engine/wire/hex_for_test.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::wire {
namespace {

const RtpHeader kHeader{.marker = true,
                        .padding = false,
                        .payload_type = 96,
                        .sequence_number = 7,
                        .timestamp = 90000,
                        .ssrc = Ssrc(42)};

std::vector<std::uint8_t> Written(std::span<const RtpExtensionValue> extensions,
                                  std::span<std::uint16_t> offsets = {}) {
  std::vector<std::uint8_t> out(2048);
  ByteWriter writer(out);
  EXPECT_TRUE(WriteRtpHeader(kHeader, extensions, writer, offsets));
  EXPECT_EQ(writer.size(), RtpHeaderSizeWith(extensions));
  out.resize(writer.size());
  return out;
}

TEST(RtpWriter, WritesAPlainHeader) { EXPECT_EQ(Written({}), Hex("80e0 0007 00015f90 0000002a")); }

TEST(RtpWriter, UsesTheOneByteFormAndPadsToAWord) {
  const auto mid = Hex("30");
  const auto sequence = Hex("1234");
  const std::array<RtpExtensionValue, 2> extensions = {RtpExtensionValue{1, mid},
                                                       RtpExtensionValue{5, sequence}};
  EXPECT_EQ(Written(extensions), Hex("90e0 0007 00015f90 0000002a bede 0002 10 30 51 1234 000000"));
}

TEST(RtpWriter, UsesTheTwoByteFormOnlyWhenAnElementNeedsIt) {
  const auto small = Hex("01");
  const std::vector<std::uint8_t> long_data(17, 9);
  const auto profile_of = [&](RtpExtensionValue second) {
    const std::array<RtpExtensionValue, 2> extensions = {RtpExtensionValue{1, small}, second};
    return LoadU16(Written(extensions).data() + 12);
  };
  EXPECT_EQ(profile_of({14, small}), 0xbede);
  EXPECT_EQ(profile_of({14, Bytes(long_data).first(16)}), 0xbede);
  EXPECT_EQ(profile_of({15, small}), 0x1000);
  EXPECT_EQ(profile_of({2, {}}), 0x1000);
  EXPECT_EQ(profile_of({2, long_data}), 0x1000);
}

TEST(RtpWriter, TellsWhereTheDataLies) {
  const auto a = Hex("aaaaaa");
  const auto b = Hex("bbbb");
  const std::array<RtpExtensionValue, 2> extensions = {RtpExtensionValue{3, a}, RtpExtensionValue{20, b}};
  std::array<std::uint16_t, 2> offsets{};
  const auto bytes = Written(extensions, offsets);
  const auto packet = RtpPacket::Parse(bytes);
  ASSERT_TRUE(packet);
  ASSERT_EQ(packet->extensions().size(), 2U);
  EXPECT_EQ(offsets[0], packet->extensions()[0].offset);
  EXPECT_EQ(offsets[1], packet->extensions()[1].offset);
  EXPECT_EQ(packet->Extension(20)[0], 0xbb);
}

TEST(RtpWriter, RefusesWhatCannotBeWritten) {
  std::array<std::uint8_t, 32> memory{};
  const std::vector<std::uint8_t> too_long(256);
  const std::array<RtpExtensionValue, 1> id_zero = {RtpExtensionValue{0, Bytes(too_long).first(1)}};
  const std::array<RtpExtensionValue, 1> oversized = {RtpExtensionValue{1, too_long}};
  ByteWriter writer(memory);
  EXPECT_FALSE(WriteRtpHeader(kHeader, id_zero, writer));
  EXPECT_FALSE(WriteRtpHeader(kHeader, oversized, writer));
  ByteWriter small(MutableBytes(memory).first(11));
  EXPECT_FALSE(WriteRtpHeader(kHeader, {}, small));
  EXPECT_EQ(small.size(), 0U);
}

}  // namespace
}  // namespace kcs::wire
