#include "engine/media/clock_map.h"

#include <gtest/gtest.h>

#include "base/entropy.h"

namespace kcs::media {
namespace {

NtpTime Ntp(double seconds) { return {static_cast<std::uint64_t>(seconds * 4294967296.0)}; }

TEST(NtpTime, ADifferenceIsATrueDuration) {
  const Timestamp t{123'456'789us};
  const Duration difference = SinceEpoch(ToNtp(t + 1234567us)) - SinceEpoch(ToNtp(t));
  EXPECT_NEAR(static_cast<double>(difference.count()), 1'234'567.0, 1.0);
}

TEST(NtpTime, IsNeverZeroNotEvenAtTheStart) { EXPECT_NE(ToNtp(Timestamp{}).Middle(), 0U); }

TEST(NtpTime, ShortFormGoesThereAndBack) {
  EXPECT_EQ(ToNtpShort(1s), 65'536U);
  EXPECT_EQ(FromNtpShort(65'536 / 2), 500ms);
  EXPECT_EQ(ToNtpShort(-1s), 0U);
}

TEST(SenderClock, RtpGoesOnAtTheClockRateAlsoBackwardsAndOverAWrap) {
  const SenderClock clock{Ntp(1000), 0xffff'fff0};
  EXPECT_EQ(RtpAt(clock, Ntp(1001), 90'000), 0xffff'fff0 + 90'000);
  EXPECT_EQ(RtpAt(clock, Ntp(999.5), 48'000), 0xffff'fff0 - 24'000);
}

TEST(SenderClock, DeltaMakesTheTimestampsOfOneMomentEqual) {
  const SenderClock low{Ntp(1000), 5'000};
  const SenderClock high{Ntp(1002), 77'000'000};
  const std::uint32_t delta = TimestampDelta(low, high, 90'000);
  EXPECT_EQ(77'000'000 + delta, 5'000U + 180'000U);
}

TEST(ClockMap, TrustsTheQuickestReport) {
  ClockMap map;
  SeededEntropy entropy{7};
  // The sender's clock is 5,000 s ahead; the network takes 20 ms and up to 80 ms more.
  for (int i = 0; i < 16; ++i) {
    const double sent = 100 + i;
    const Duration delay = 20ms + (i == 9 ? Duration{} : 10ms + Duration{entropy.Below(70'000)});
    map.OnSenderReport(Ntp(5000 + sent), Timestamp{Duration{static_cast<std::int64_t>(sent * 1e6)}} + delay);
  }
  EXPECT_NEAR(static_cast<double>(ToMicros(map.ToLocal(Ntp(5200)))), 200.020e6, 1'000);
}

TEST(ClockMap, FollowsASenderThatSetItsClock) {
  ClockMap map;
  for (int i = 0; i < 5; ++i) map.OnSenderReport(Ntp(5000 + i), Timestamp{1s * i});
  map.OnSenderReport(Ntp(9000), Timestamp{6s});
  EXPECT_NEAR(static_cast<double>(ToMicros(map.ToLocal(Ntp(9001)))), 7e6, 10);
}

TEST(ClockMap, FollowsDrift) {
  ClockMap map;
  // The sender's clock runs 200 ppm slow, so that arrival - ntp grows, for ten minutes.
  Timestamp now{};
  for (int i = 0; i < 600; ++i, now += 1s) map.OnSenderReport(Ntp(1000 + i * (1 - 200e-6)), now);
  const double error =
      static_cast<double>(ToMicros(map.ToLocal(Ntp(1000 + 600 * (1 - 200e-6)))) - 600'000'000);
  EXPECT_LT(std::abs(error), 5'000);
}

}  // namespace
}  // namespace kcs::media
