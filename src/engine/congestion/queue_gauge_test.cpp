#include "engine/congestion/queue_gauge.h"

#include <gtest/gtest.h>

namespace kcs::congestion {
namespace {

constexpr Timestamp kStart{50s};

TEST(QueueGauge, IsWhatExceedsTheSmallestDelay) {
  QueueGauge gauge;
  gauge.Add(-700'000, kStart);  // the clocks do not agree
  EXPECT_EQ(gauge.queue(), 0ms);
  gauge.Add(-660'000, kStart + 100ms);
  EXPECT_EQ(gauge.queue(), 40ms);
  EXPECT_EQ(gauge.before(), 0ms);
  gauge.Add(-710'000, kStart + 200ms);
  EXPECT_EQ(gauge.queue(), 0ms);
  gauge.Add(-700'000, kStart + 300ms);
  EXPECT_EQ(gauge.queue(), 10ms);
}

TEST(QueueGauge, CountsTheReportsItHasGrownFor) {
  QueueGauge gauge;
  gauge.Add(0, kStart);
  gauge.Add(20'000, kStart + 100ms);
  gauge.Add(40'000, kStart + 200ms);
  EXPECT_EQ(gauge.rises(), 2);
  gauge.Add(42'000, kStart + 300ms);
  EXPECT_EQ(gauge.rises(), 0) << "that is jitter";
}

TEST(QueueGauge, KnowsSinceWhenItIsLong) {
  QueueGauge gauge;
  gauge.Add(0, kStart);
  EXPECT_FALSE(gauge.long_since());
  EXPECT_EQ(gauge.short_for(kStart + 3s), 3s);
  gauge.Add(60'000, kStart + 4s);
  gauge.Add(90'000, kStart + 5s);
  EXPECT_EQ(gauge.long_since(), kStart + 4s);
  EXPECT_EQ(gauge.short_for(kStart + 5s), 0s);
  gauge.Add(10'000, kStart + 6s);
  EXPECT_FALSE(gauge.long_since());
  EXPECT_EQ(gauge.short_for(kStart + 8s), 2s);
}

TEST(QueueGauge, ALongerRouteIsNoQueueForever) {
  QueueGauge gauge;
  gauge.Add(0, kStart);
  Timestamp now = kStart;
  for (; now < kStart + 40s; now += 100ms) gauge.Add(80'000, now);
  EXPECT_EQ(gauge.queue(), 0ms);
}

TEST(QueueGauge, AClockThatIsSetIsNoQueue) {
  QueueGauge gauge;
  gauge.Add(0, kStart);
  gauge.Add(3'600'000'000, kStart + 1s);
  EXPECT_EQ(gauge.queue(), 0ms);
}

}  // namespace
}  // namespace kcs::congestion
