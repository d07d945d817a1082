#include "engine/congestion/reference_time.h"

#include <gtest/gtest.h>

namespace kcs::congestion {
namespace {

constexpr std::uint32_t kLast = (1U << 24) - 1;

// The time that a packet tells, in units of 64 ms from the first one's.
class Told {
 public:
  std::int64_t operator()(std::uint32_t reference_time) {
    const std::int64_t at = times_.CycleOf(reference_time) / 64'000 + reference_time;
    if (first_ < 0) first_ = at;
    return at - first_;
  }

 private:
  ReferenceTime times_;
  std::int64_t first_ = -1;
};

TEST(ReferenceTime, GoesOnWhereItWrapsAround) {
  Told told;
  EXPECT_EQ(told(kLast - 1), 0);
  EXPECT_EQ(told(kLast), 1);
  EXPECT_EQ(told(0), 2);
  EXPECT_EQ(told(5), 7);
}

TEST(ReferenceTime, TakesPacketsThatOvertookEachOther) {
  Told told;
  EXPECT_EQ(told(10), 0);
  EXPECT_EQ(told(13), 3);
  EXPECT_EQ(told(11), 1);
  EXPECT_EQ(told(14), 4);
}

TEST(ReferenceTime, GoesBackOverTheWrap) {
  Told told;
  EXPECT_EQ(told(1), 0);
  EXPECT_EQ(told(kLast), -2);
  EXPECT_EQ(told(2), 1);
}

TEST(ReferenceTime, IsNeverNegativeWhateverIsTold) {
  ReferenceTime times;
  for (std::uint32_t i = 0, raw = kLast; i < 100; ++i, raw -= kLast / 3) {
    EXPECT_GE(times.CycleOf(raw & kLast), 0);
  }
}

}  // namespace
}  // namespace kcs::congestion
