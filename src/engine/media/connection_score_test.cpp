#include "engine/media/connection_score.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

constexpr double kGood = 0.5;
constexpr double kExcellent = 0.8;

TEST(ConnectionScore, IsPerfectWhereNobodyNoticesAnything) {
  EXPECT_EQ(ConnectionScore({}), 1);
  EXPECT_EQ(ConnectionScore({.loss = 0.01, .rtt_ms = 120, .jitter_ms = 15}), 1);
}

TEST(ConnectionScore, FallsWithEachCause) {
  EXPECT_LT(ConnectionScore({.loss = 0.1}), kGood);
  EXPECT_LT(ConnectionScore({.loss = 0.05}), kExcellent);
  EXPECT_LT(ConnectionScore({.rtt_ms = 400}), kExcellent);
  EXPECT_GE(ConnectionScore({.rtt_ms = 250}), kExcellent);
  EXPECT_LT(ConnectionScore({.jitter_ms = 100}), kExcellent);
  EXPECT_LT(ConnectionScore({.served = 0.5}), kExcellent);
  EXPECT_LT(ConnectionScore({.served = 0}), kGood);
}

TEST(ConnectionScore, StaysBetweenNoneAndPerfect) {
  EXPECT_EQ(ConnectionScore({.loss = 1, .rtt_ms = 5000, .jitter_ms = 900, .served = 0}), 0);
}

}  // namespace
}  // namespace kcs::media
