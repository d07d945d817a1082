#include "engine/media/bitrate_meter.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

TEST(BitrateMeter, ShowsTheRateOfASteadyStream) {
  BitrateMeter meter;
  Timestamp now{5s};
  for (int i = 0; i < 300; ++i, now += 10ms) meter.Add(1250, now);  // 1 Mbit/s
  EXPECT_NEAR(meter.BitsPerSecond(now), 1'000'000, 30'000);
}

TEST(BitrateMeter, IsRightWithinAQuarterOfASecond) {
  BitrateMeter meter;
  Timestamp now{7s + 60ms};
  for (int i = 0; i < 30; ++i, now += 10ms) meter.Add(1250, now);
  EXPECT_NEAR(meter.BitsPerSecond(now), 1'000'000, 200'000);
}

TEST(BitrateMeter, FallsToZeroASecondAfterTheLastPacket) {
  BitrateMeter meter;
  Timestamp now{5s};
  for (int i = 0; i < 300; ++i, now += 10ms) meter.Add(1250, now);
  EXPECT_GT(meter.BitsPerSecond(now + 500ms), 300'000U);
  EXPECT_EQ(meter.BitsPerSecond(now + 1100ms), 0U);
  meter.Add(1250, now + 10s);
  EXPECT_NEAR(meter.BitsPerSecond(now + 10s), 10'000, 2'000);
}

TEST(BitrateMeter, IsZeroBeforeAnything) { EXPECT_EQ(BitrateMeter{}.BitsPerSecond(Timestamp{1s}), 0U); }

}  // namespace
}  // namespace kcs::media
