#include "engine/congestion/acknowledged_bitrate.h"

#include <gtest/gtest.h>

namespace kcs::congestion {
namespace {

// Packets of 1,200 bytes at a constant rate.
void Receive(AcknowledgedBitrate& bitrate, std::int64_t from_us, std::int64_t until_us, double bps) {
  const auto step = static_cast<std::int64_t>(1200 * 8 / bps * 1e6);
  for (std::int64_t at = from_us; at < until_us; at += step) bitrate.Add(1200, at);
}

TEST(AcknowledgedBitrate, IsZeroBeforeAnything) {
  const AcknowledgedBitrate bitrate;
  EXPECT_EQ(bitrate.bits_per_second(), 0U);
  EXPECT_EQ(bitrate.recent_bits_per_second(), 0U);
}

TEST(AcknowledgedBitrate, MeasuresAConstantRate) {
  for (const double bps : {100e3, 500e3, 2.5e6, 20e6}) {
    AcknowledgedBitrate bitrate;
    Receive(bitrate, 1'000'000, 4'000'000, bps);
    EXPECT_NEAR(bitrate.bits_per_second(), bps, 0.06 * bps);
    EXPECT_NEAR(bitrate.recent_bits_per_second(), bps, 0.16 * bps);
  }
}

TEST(AcknowledgedBitrate, RecentRateFollowsADropWithinAFifthOfASecond) {
  AcknowledgedBitrate bitrate;
  Receive(bitrate, 0, 2'000'000, 3e6);
  Receive(bitrate, 2'000'000, 2'200'000, 500e3);
  EXPECT_NEAR(bitrate.recent_bits_per_second(), 500e3, 150e3);
  EXPECT_GT(bitrate.bits_per_second(), 2e6);
}

TEST(AcknowledgedBitrate, SpreadsWhatNobodyReported) {
  AcknowledgedBitrate bitrate;
  Receive(bitrate, 0, 1'500'000, 1e6);
  bitrate.Fill(12'500, 1'600'000);  // a tenth of a second of 1 Mbit/s
  Receive(bitrate, 1'600'000, 2'000'000, 1e6);
  EXPECT_NEAR(bitrate.bits_per_second(), 1e6, 0.06e6);
}

TEST(AcknowledgedBitrate, SurvivesClocksThatJump) {
  AcknowledgedBitrate bitrate;
  Receive(bitrate, 0, 1'000'000, 1e6);
  Receive(bitrate, 500'000'000'000, 500'003'000'000, 2e6);
  EXPECT_NEAR(bitrate.bits_per_second(), 2e6, 0.1e6);
  Receive(bitrate, 1'000'000, 4'000'000, 3e6);
  EXPECT_NEAR(bitrate.bits_per_second(), 3e6, 0.15e6);
  bitrate.Fill(1'000'000, 900'000'000'000);
  bitrate.Add(100, -5);
}

}  // namespace
}  // namespace kcs::congestion
