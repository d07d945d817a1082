#include "io/datagram_age.h"

#include <gtest/gtest.h>

namespace kcs::io {
namespace {

constexpr Timestamp kBegin{Duration(1'000s)};

TEST(DatagramAge, IsWhatTheKernelSaysHoweverLong) {
  DatagramAge age(kBegin);
  EXPECT_EQ(age.Of(3ms, kBegin + 5ms), 3ms);
  EXPECT_EQ(age.Of(17s, kBegin + 18s), 17s);
}

TEST(DatagramAge, AWallClockSetForwardMakesNothingOlderThanTheLastReadThatFoundNoMore) {
  DatagramAge age(kBegin);
  age.OnEmptied(kBegin + 10s);
  EXPECT_EQ(age.Of(3'600s, kBegin + 10s + 4ms), 4ms);
  EXPECT_EQ(age.Of(1ms, kBegin + 10s + 4ms), 1ms) << "stamped after the step";
}

TEST(DatagramAge, AWallClockSetBackMakesNothingComeFromTheFuture) {
  EXPECT_EQ(DatagramAge(kBegin).Of(-3'600s, kBegin + 1s), 0s);
}

TEST(DatagramAge, WhatIsLeftUnreadAgesOn) {
  DatagramAge age(kBegin);
  age.OnEmptied(kBegin + 1s);
  EXPECT_EQ(age.Of(2s, kBegin + 3s), 2s);
  EXPECT_EQ(age.Of(4s, kBegin + 5s), 4s) << "the read before took a part only";
}

}  // namespace
}  // namespace kcs::io
