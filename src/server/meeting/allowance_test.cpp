#include "server/meeting/allowance.h"

#include <gtest/gtest.h>

namespace kcs::meeting {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

bool Take(Allowance& allowance, std::int64_t now, std::int64_t millis) {
  if (!allowance.Allows(UnixMillis{now})) return false;
  allowance.Spend(UnixMillis{now}, millis);
  return true;
}

TEST(Allowance, IsWhatOneSecondHasInTheLongRun) {
  Allowance allowance;
  int granted = 0;
  for (std::int64_t at = 0; at < 60'000; at += 10) {
    if (Take(allowance, kStart + at, 250)) ++granted;
  }
  EXPECT_NEAR(granted, 240, 3);
}

// Whoever asks every second is not refused because a request came early.
TEST(Allowance, BearsThatAskersAreNotPunctual) {
  Allowance allowance;
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(Take(allowance, kStart + i * 1000 - (i % 3) * 200, 1000)) << i;
  }
}

TEST(Allowance, IsThereAgainAfterHalfOfWhatWasTaken) {
  Allowance allowance;
  EXPECT_TRUE(Take(allowance, kStart, 1000));
  for (std::int64_t at = 0; at < 500; ++at) EXPECT_FALSE(Take(allowance, kStart + at, 1000));
  EXPECT_TRUE(Take(allowance, kStart + 500, 1000));
}

TEST(Allowance, DoesNotKeepAnybodyOutWhenTheClockIsSetBack) {
  Allowance allowance;
  EXPECT_TRUE(Take(allowance, kStart, 1000));
  EXPECT_TRUE(Take(allowance, kStart - 3'600'000, 1000));
  EXPECT_FALSE(Take(allowance, kStart - 3'600'000, 1000));
}

}  // namespace
}  // namespace kcs::meeting
