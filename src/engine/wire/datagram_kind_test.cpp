#include "engine/wire/datagram_kind.h"

#include <gtest/gtest.h>

#include <array>

namespace kcs::wire {
namespace {

DatagramKind ClassifyTwo(int first, int second) {
  const std::array<std::uint8_t, 2> bytes = {static_cast<std::uint8_t>(first),
                                             static_cast<std::uint8_t>(second)};
  return Classify(bytes);
}

TEST(DatagramKind, FollowsTheRangesOfRfc7983) {
  for (int first = 0; first < 256; ++first) {
    DatagramKind expected = DatagramKind::kUnknown;
    if (first <= 3) expected = DatagramKind::kStun;
    if (first >= 20 && first <= 63) expected = DatagramKind::kDtls;
    if (first >= 128 && first <= 191) expected = DatagramKind::kRtp;
    EXPECT_EQ(ClassifyTwo(first, 96), expected) << first;
  }
}

TEST(DatagramKind, TellsRtcpFromRtpByThePacketType) {
  EXPECT_EQ(ClassifyTwo(0x80, 191), DatagramKind::kRtp);
  EXPECT_EQ(ClassifyTwo(0x80, 192), DatagramKind::kRtcp);
  EXPECT_EQ(ClassifyTwo(0x81, 200), DatagramKind::kRtcp);
  EXPECT_EQ(ClassifyTwo(0x8f, 207), DatagramKind::kRtcp);
  EXPECT_EQ(ClassifyTwo(0x80, 223), DatagramKind::kRtcp);
  EXPECT_EQ(ClassifyTwo(0x80, 0x80 | 96), DatagramKind::kRtp);  // marker bit set
}

TEST(DatagramKind, ShortDatagramsAreUnknown) {
  EXPECT_EQ(Classify({}), DatagramKind::kUnknown);
  const std::array<std::uint8_t, 1> one = {0x80};
  EXPECT_EQ(Classify(one), DatagramKind::kUnknown);
}

}  // namespace
}  // namespace kcs::wire
