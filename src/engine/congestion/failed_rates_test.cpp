#include "engine/congestion/failed_rates.h"

#include <gtest/gtest.h>

#include <limits>

namespace kcs::congestion {
namespace {

constexpr Timestamp kStart{50s};
constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

TEST(FailedRates, LimitGrowthForAWhile) {
  FailedRates failed;
  EXPECT_EQ(failed.Limit(kStart), kNoLimit);
  failed.OnCongestion(1'000'000, kStart);
  EXPECT_EQ(failed.Limit(kStart + 1s), 950'000U);
  EXPECT_EQ(failed.Limit(kStart + FailedRates::kFirstHold), kNoLimit);
}

TEST(FailedRates, HoldLongerAfterARelapse) {
  FailedRates failed;
  failed.OnCongestion(1'000'000, kStart);
  const Timestamp again = kStart + FailedRates::kFirstHold + 5s;
  failed.OnCongestion(1'050'000, again);
  EXPECT_NE(failed.Limit(again + FailedRates::kFirstHold + 10s), kNoLimit);
  EXPECT_EQ(failed.Limit(again + 2 * FailedRates::kFirstHold), kNoLimit);
}

TEST(FailedRates, OneProbeIsNotEnoughToLiftOne) {
  FailedRates failed;
  failed.OnCongestion(1'000'000, kStart);
  EXPECT_EQ(failed.OnProbe(1'400'000, kStart + 2s), 950'000U);
  EXPECT_EQ(failed.OnProbe(1'400'000, kStart + 3s), 1'400'000U);
  EXPECT_EQ(failed.Limit(kStart + 3s), kNoLimit);
}

TEST(FailedRates, AProbeOfLittleMoreLiftsNothing) {
  FailedRates failed;
  failed.OnCongestion(1'000'000, kStart);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(failed.OnProbe(1'150'000, kStart + 2s), 950'000U);
  EXPECT_EQ(failed.OnProbe(800'000, kStart + 2s), 800'000U);
}

TEST(FailedRates, SeveralAreRemembered) {
  FailedRates failed;
  failed.OnCongestion(2'400'000, kStart);
  failed.OnCongestion(700'000, kStart + 1s);
  EXPECT_EQ(failed.Limit(kStart + 2s), 665'000U);
  failed.OnProbe(1'600'000, kStart + 3s);
  EXPECT_EQ(failed.OnProbe(1'600'000, kStart + 4s), 1'600'000U);
  EXPECT_EQ(failed.Limit(kStart + 4s), 2'280'000U);
  EXPECT_EQ(failed.ProbeFor(2'500'000, kStart + 4s), 3'000'000);
  EXPECT_EQ(failed.ProbeFor(1'500'000, kStart + 4s), 1'500'000);
  for (std::uint32_t i = 1; i < 100; ++i) failed.OnCongestion(i * 1'000'000, kStart + 5s);  // bounded
}

TEST(FailedRates, WhatArrivesHasNotFailed) {
  FailedRates failed;
  failed.OnCongestion(1'000'000, kStart);
  failed.OnDelivered(1'100'000, kStart + 2s);
  EXPECT_EQ(failed.Limit(kStart + 2s), kNoLimit);
}

}  // namespace
}  // namespace kcs::congestion
