#include "load/latency.h"

#include <gtest/gtest.h>

namespace kcs::load {
namespace {

TEST(Latency, KnowsQuantilesWithinTwoPercent) {
  Latency latency;
  for (int us = 1; us <= 100'000; ++us) latency.Add(Duration(us));
  EXPECT_EQ(latency.count(), 100'000U);
  EXPECT_EQ(latency.max(), Duration(100'000));
  for (const double q : {0.001, 0.01, 0.5, 0.9, 0.99, 0.999}) {
    EXPECT_NEAR(static_cast<double>(latency.Quantile(q).count()), q * 100'000, 0.02 * q * 100'000 + 1) << q;
  }
  EXPECT_EQ(latency.Quantile(1), latency.max());
}

TEST(Latency, IsExactForFewMicroseconds) {
  Latency latency;
  for (const int us : {3, 3, 5, 63}) latency.Add(Duration(us));
  EXPECT_EQ(latency.Quantile(0.5), Duration(3));
  EXPECT_EQ(latency.Quantile(0.75), Duration(5));
  EXPECT_EQ(latency.Quantile(1), Duration(63));
}

TEST(Latency, SurvivesWhatCannotBe) {
  Latency latency;
  EXPECT_EQ(latency.Quantile(0.5), Duration(0));
  latency.Add(Duration(-5));
  EXPECT_EQ(latency.Quantile(1), Duration(0));
  latency.Add(24h);
  EXPECT_EQ(latency.Quantile(1), Duration(24h));
  EXPECT_EQ(latency.Quantile(0.5), Duration(0));
  latency.Clear();
  EXPECT_EQ(latency.count(), 0U);
}

}  // namespace
}  // namespace kcs::load
