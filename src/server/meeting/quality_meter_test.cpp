#include "server/meeting/quality_meter.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace kcs::meeting {
namespace {

Quality After(std::initializer_list<double> scores) {
  QualityMeter meter;
  for (const double score : scores) meter.Update(score);
  return *meter.level();
}

TEST(QualityMeter, KnowsNothingBeforeTheFirstScore) { EXPECT_FALSE(QualityMeter().level()); }

TEST(QualityMeter, BelievesTheFirstScore) {
  EXPECT_EQ(After({1.0}), Quality::kExcellent);
  EXPECT_EQ(After({0.6}), Quality::kGood);
  EXPECT_EQ(After({0.1}), Quality::kPoor);
}

TEST(QualityMeter, FallsAfterTwoBadScores) {
  EXPECT_EQ(After({1.0, 0.2}), Quality::kExcellent);
  EXPECT_EQ(After({1.0, 0.2, 0.2}), Quality::kPoor);
  EXPECT_EQ(After({1.0, 0.2, 1.0, 0.2}), Quality::kExcellent);
}

TEST(QualityMeter, RisesAfterThreeGoodScores) {
  EXPECT_EQ(After({0.2, 1.0, 1.0}), Quality::kPoor);
  EXPECT_EQ(After({0.2, 1.0, 1.0, 1.0}), Quality::kExcellent);
}

TEST(QualityMeter, DoesNotSwingWithScoresAtALimit) {
  EXPECT_EQ(After({0.81, 0.78, 0.77, 0.76, 0.78}), Quality::kExcellent);
  EXPECT_EQ(After({0.79, 0.82, 0.83, 0.84, 0.82}), Quality::kGood);
}

}  // namespace
}  // namespace kcs::meeting
