#include "engine/congestion/delay_trend.h"

#include <gtest/gtest.h>

#include "engine/congestion/arrival_groups.h"

namespace kcs::congestion {
namespace {

// Feeds groups of two packets each 10 ms; the delay of each is given by the test.
class Path {
 public:
  DelayState Send(std::int64_t delay_us) {
    sent_us_ += 10'000;
    for (int i = 0; i < 2; ++i) {
      const auto delta = groups_.Add(sent_us_ + i * 500, sent_us_ + i * 500 + delay_us);
      if (delta) trend_.Update(*delta);
    }
    return trend_.state();
  }
  const DelayTrend& trend() const { return trend_; }

 private:
  ArrivalGroups groups_;
  DelayTrend trend_;
  std::int64_t sent_us_ = 1'000'000;
};

TEST(ArrivalGroups, ABurstIsOneGroup) {
  ArrivalGroups groups;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(groups.Add(1000 + i * 400, 50'000 + i * 400));
  EXPECT_FALSE(groups.Add(21'000, 70'000));
  const auto delta = groups.Add(41'000, 95'000);  // completes the second group
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->sent_us, 21'000 - 4600);
  EXPECT_EQ(delta->arrived_us, 70'000 - 53'600);
}

TEST(ArrivalGroups, WhatAStalledRadioLetsGoIsOneGroup) {
  ArrivalGroups groups;
  EXPECT_FALSE(groups.Add(0, 50'000));
  // Held back for 40 ms, then within 2 ms.
  for (int i = 1; i <= 4; ++i) EXPECT_FALSE(groups.Add(i * 10'000, 90'000 + i * 500));
  const auto delta = groups.Add(60'000, 110'000);
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->sent_us, 40'000);
  EXPECT_EQ(delta->arrived_us, 42'000);
}

TEST(ArrivalGroups, BeginsAnewAfterAJumpOfTheClock) {
  ArrivalGroups groups;
  groups.Add(0, 50'000);
  groups.Add(10'000, 60'000);
  EXPECT_TRUE(groups.Add(20'000, 70'000));
  EXPECT_FALSE(groups.Add(30'000, 900'000'000));
  EXPECT_FALSE(groups.Add(40'000, 900'010'000));
  EXPECT_TRUE(groups.Add(50'000, 900'020'000));
}

TEST(DelayTrend, ConstantDelayIsNormal) {
  Path path;
  for (int i = 0; i < 200; ++i) EXPECT_EQ(path.Send(20'000), DelayState::kNormal);
}

TEST(DelayTrend, AGrowingQueueIsOveruseWithinATenthOfASecond) {
  Path path;
  for (int i = 0; i < 100; ++i) path.Send(20'000);
  int groups = 0;
  for (std::int64_t delay = 20'000; groups < 50; ++groups, delay += 5000) {
    if (path.Send(delay) == DelayState::kOveruse) break;
  }
  EXPECT_LE(groups, 10);
}

TEST(DelayTrend, AShrinkingQueueIsUnderuse) {
  Path path;
  for (int i = 0; i < 100; ++i) path.Send(200'000);
  bool underuse = false;
  for (int i = 0; i < 30; ++i) underuse |= path.Send(200'000 - i * 5000) == DelayState::kUnderuse;
  EXPECT_TRUE(underuse);
}

TEST(DelayTrend, JitterIsNormal) {
  Path path;
  int overuse = 0;
  for (int i = 0; i < 1000; ++i) overuse += path.Send(20'000 + (i * 7919 % 13) * 800) == DelayState::kOveruse;
  EXPECT_EQ(overuse, 0);
}

TEST(DelayTrend, ThresholdFollowsAPathThatSwings) {
  Path path;
  for (int i = 0; i < 200; ++i) path.Send(20'000);
  EXPECT_LT(path.trend().threshold(), 8);
  int late = 0;
  for (int i = 0; i < 2000; ++i) {  // 40 ms up and down in 1.6 s, as another flow's window makes it
    const int phase = i % 160;
    const bool over = path.Send(20'000 + (phase < 80 ? phase : 160 - phase) * 500) == DelayState::kOveruse;
    if (i > 1000) late += over;
  }
  EXPECT_GT(path.trend().threshold(), 10);
  EXPECT_LT(late, 400);  // while it rises, half of the time, it is no longer always overuse
}

}  // namespace
}  // namespace kcs::congestion
