#include "engine/congestion/layer_rates.h"

#include <gtest/gtest.h>

namespace kcs::congestion {
namespace {

class LayerRatesTest : public testing::Test {
 protected:
  void Measure(std::uint32_t bps, Duration passed = 200ms) {
    now_ += passed;
    LayerTable::Cells<std::uint32_t> measured{};
    measured[1][2] = bps;
    rates_.Update(measured, {0, 0b100}, now_);
    rates_.Fill(table_);
  }

  Timestamp now_{1s};
  LayerRates rates_;
  LayerTable table_;
};

TEST_F(LayerRatesTest, KnowsARateFromItsFirstMeasurement) {
  Measure(500'000);
  EXPECT_EQ(table_.bps[1][2], 500'000U);
  EXPECT_EQ(table_.peak[1][2], 500'000U);
  EXPECT_EQ(table_.bps[0][0], 0U);
}

TEST_F(LayerRatesTest, TellsAWigglingRateFromASteadyOne) {
  for (int i = 0; i < 300; ++i) Measure(i % 2 == 0 ? 425'000 : 575'000);
  EXPECT_NEAR(table_.bps[1][2], 500'000, 10'000);
  EXPECT_NEAR(table_.peak[1][2], 650'000, 20'000);
  for (int i = 0; i < 300; ++i) Measure(500'000);
  EXPECT_NEAR(table_.peak[1][2], 500'000, 10'000);
}

// A camera that is quiet now moves again soon.
TEST_F(LayerRatesTest, PeakRemembersTheHighestRateOfTheLastMinutes) {
  for (int i = 0; i < 100; ++i) Measure(600'000);
  for (int i = 0; i < 100; ++i) Measure(500'000);
  EXPECT_NEAR(table_.bps[1][2], 500'000, 10'000);
  EXPECT_GT(table_.peak[1][2], 550'000U);
}

TEST_F(LayerRatesTest, FollowsAChangeWithinSeconds) {
  Measure(100'000);
  for (int i = 0; i < 50; ++i) Measure(1'000'000);
  EXPECT_GT(table_.bps[1][2], 950'000U);
}

TEST_F(LayerRatesTest, WhatIsUsualIsTheMeanOfHalfAMinute) {
  Measure(900'000);  // a key frame
  for (int i = 0; i < 100; ++i) Measure(500'000);
  EXPECT_NEAR(table_.usual[1][2], 500'000, 10'000) << "less is known at first";
  for (int i = 0; i < 10; ++i) Measure(600'000);
  EXPECT_GT(table_.bps[1][2], 540'000U);
  EXPECT_LT(table_.usual[1][2], 515'000U);
  for (int i = 0; i < 450; ++i) Measure(600'000);
  EXPECT_GT(table_.usual[1][2], 590'000U);
}

TEST_F(LayerRatesTest, RemembersTheRateOfWhatIsNotSentNow) {
  Measure(700'000);
  rates_.Update({}, {}, now_ + 60s);
  rates_.Fill(table_);
  EXPECT_EQ(table_.bps[1][2], 700'000U);
}

}  // namespace
}  // namespace kcs::congestion
