#include "engine/congestion/probe.h"

#include <gtest/gtest.h>

#include <vector>

namespace kcs::congestion {
namespace {

constexpr Timestamp kStart{50s};
constexpr Duration kRtt = 100ms;

// Sends a probe's padding over a link of the given capacity and returns what the probe makes of it.
Probe::Result SendProbe(std::uint32_t target, double capacity, unsigned lose_every = 0,
                        double random_loss = 0) {
  Probe probe;
  std::uint16_t sequence = 65'530;
  std::uint64_t sent_bytes = 10'000;
  struct Packet {
    std::uint16_t sequence;
    std::size_t size;
    Timestamp sent;
  };
  std::vector<Packet> packets;
  probe.Start(target, 1'000'000, static_cast<std::uint16_t>(sequence + 1), sent_bytes, Probe::kMaxLength,
              kStart);
  Timestamp now = kStart;
  while (probe.sending()) {
    now = probe.NextDeadline(kRtt);
    probe.OnTimeout(sent_bytes, sequence, now);
    for (std::size_t left = probe.Take(); left > 0;) {
      const std::size_t size = std::min(left, probe.packet_size());
      packets.push_back({++sequence, size, now});
      sent_bytes += size;
      left -= size;
    }
  }
  double free_at = 0;
  unsigned count = 0;
  for (const Packet& packet : packets) {
    const auto sent_us = static_cast<double>(ToMicros(packet.sent));
    free_at = std::max(free_at, sent_us) + static_cast<double>(packet.size) * 8e6 / capacity;
    if (lose_every != 0 && ++count % lose_every == 0) {
      probe.OnLost(packet.sequence, packet.size);
    } else {
      probe.OnReceived(packet.sequence, packet.size, packet.sent, static_cast<std::int64_t>(free_at));
    }
  }
  const auto result = probe.Conclude(kRtt, random_loss, now + kRtt);
  EXPECT_TRUE(result);
  EXPECT_FALSE(probe.active());
  return result.value_or(Probe::Result{});
}

TEST(Probe, FindsItsRateWhereThereIsRoom) {
  const auto result = SendProbe(2'000'000, 10e6);
  EXPECT_TRUE(result.sent);
  EXPECT_FALSE(result.saturated);
  EXPECT_NEAR(result.bps, 2e6, 0.15e6);
}

TEST(Probe, FindsTheCapacityWhereThereIsLess) {
  for (const double capacity : {0.6e6, 1e6, 1.5e6}) {
    const auto result = SendProbe(2'000'000, capacity);
    EXPECT_TRUE(result.saturated);
    EXPECT_NEAR(result.bps, capacity, 0.12 * capacity);
  }
}

TEST(Probe, UsualLossDoesNotMakeItSmaller) {
  const auto result = SendProbe(3'000'000, 20e6, 10, 0.1);
  EXPECT_FALSE(result.saturated);
  EXPECT_NEAR(result.bps, 3e6, 0.3e6);
}

TEST(Probe, UnusualLossIsALimit) { EXPECT_TRUE(SendProbe(3'000'000, 20e6, 3, 0.0).saturated); }

TEST(Probe, IsOverWhenNobodyReports) {
  Probe probe;
  probe.Start(1'000'000, 500'000, 1, 0, Probe::kMaxLength, kStart);
  Timestamp now = kStart;
  while (probe.sending()) {
    now = probe.NextDeadline(kRtt);
    probe.OnTimeout(1'000'000, 100, now);
  }
  EXPECT_FALSE(probe.Conclude(kRtt, 0, now));
  const Timestamp late = probe.NextDeadline(kRtt);
  ASSERT_NE(late, kNever);
  const auto result = probe.Conclude(kRtt, 0, late);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->bps, 0U);
}

TEST(Probe, SaysThatNothingWasSent) {
  Probe probe;
  probe.Start(1'000'000, 500'000, 1, 0, Probe::kMaxLength, kStart);
  Timestamp now = kStart;
  while (probe.sending()) {
    now = probe.NextDeadline(kRtt);
    probe.OnTimeout(0, 0, now);
  }
  const auto result = probe.Conclude(kRtt, 0, now);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->sent);
}

TEST(Probe, TheFurtherItGoesTheShorterItIs) {
  // So that what it adds to the queue of a link that has no more is over soon.
  Probe probe;
  probe.Start(3'000'000, 1'000'000, 1, 0, Probe::kMaxLength, kStart);
  std::size_t bytes = 0;
  while (probe.sending()) {
    probe.OnTimeout(bytes, 1, probe.NextDeadline(kRtt));
    bytes += probe.Take();
  }
  EXPECT_LT(static_cast<double>(bytes) * 8 / 1e6, 0.13);  // seconds on the link of 1 Mbit/s
}

TEST(ProbeSchedule, ProbesOnlyForSomebodyWhoWaits) {
  const ProbeSchedule schedule;
  const FailedRates failed;
  EXPECT_EQ(schedule.Target(500'000, 0, failed, kStart), 0U);
  EXPECT_EQ(schedule.Target(500'000, 400'000, failed, kStart), 0U);
  EXPECT_GT(schedule.Target(500'000, 600'000, failed, kStart), 600'000U);
  EXPECT_LE(schedule.Target(500'000, 9'000'000, failed, kStart), 1'500'000U);
}

TEST(ProbeSchedule, WaitsLongerAfterEachFailure) {
  ProbeSchedule schedule;
  const Probe::Result failure{.bps = 500'000, .saturated = true, .sent = true};
  schedule.OnResult(failure, false, false, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + 1s);
  schedule.OnResult(failure, false, false, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + 2s);
  for (int i = 0; i < 10; ++i) schedule.OnResult(failure, false, false, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kLongestWait);
  schedule.OnResult({.bps = 500'000, .saturated = false, .sent = true}, false, false, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kBetween);
}

TEST(ProbeSchedule, IsRarerWhereWhatIsSentNearlyFillsThePath) {
  ProbeSchedule schedule;
  for (int i = 0; i < 10; ++i)
    schedule.OnResult({.bps = 500'000, .saturated = true, .sent = true}, false, true, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kLongestWaitNearlyFull);
  schedule.OnResult({.bps = 500'000, .saturated = true, .sent = true}, false, false, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kLongestWait) << "less is sent now";
}

TEST(ProbeSchedule, GoesOnAtOnceWhenAProbeFoundMoreIfNotAllItTried) {
  ProbeSchedule schedule;
  for (int i = 0; i < 3; ++i)
    schedule.OnResult({.bps = 400'000, .saturated = true, .sent = true}, false, false, kStart);
  schedule.OnResult({.bps = 1'000'000, .saturated = true, .sent = true}, true, false, kStart);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kBetween);
}

TEST(ProbeSchedule, WaitsWhileThePathIsBusyButNotForEver) {
  ProbeSchedule schedule;
  Timestamp now = kStart;
  EXPECT_TRUE(schedule.Postpone(100ms, ProbeSchedule::kLongestPostponed, now))
      << "at the start everything may be tried";
  schedule.OnResult({.bps = 500'000, .saturated = true, .sent = true}, false, false, now);
  now = schedule.not_before();
  EXPECT_FALSE(schedule.Postpone(100ms, ProbeSchedule::kLongestPostponed, now));
  EXPECT_EQ(schedule.not_before(), now + 100ms);
  const Timestamp begin = now;
  while (!schedule.Postpone(100ms, ProbeSchedule::kLongestPostponed, now)) now += 100ms;
  EXPECT_EQ(now - begin, ProbeSchedule::kLongestPostponed);
}

TEST(ProbeSchedule, ASignThatThePathCarriesMoreBringsTheNextOneForward) {
  ProbeSchedule schedule;
  Timestamp now = kStart;
  const auto fail = [&] {
    schedule.OnResult({.bps = 400'000, .saturated = true, .sent = true}, false, true, now);
  };
  for (int i = 0; i < 10; ++i) fail();
  now += 100ms;
  schedule.OnSign(now);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kAfterFailure);
  now += 2s;
  schedule.OnSign(now);
  EXPECT_EQ(schedule.not_before(), kStart + ProbeSchedule::kAfterFailure) << "it is time already";

  fail();
  const Timestamp wait = now + ProbeSchedule::kLongestWaitNearlyFull;
  for (; now < wait; now += 100ms) schedule.OnSign(now);
  EXPECT_EQ(schedule.not_before(), wait) << "the sign has deceived";
  fail();
  now += 10500ms;
  schedule.OnSign(now);
  fail();
  schedule.OnSign(now);
  EXPECT_EQ(schedule.not_before(), now + ProbeSchedule::kAfterFailure) << "but not for ever";
}

TEST(ProbeSchedule, ASignBringsTheNextOneNotSoonerThanTheFirstFallWould) {
  ProbeSchedule schedule;
  schedule.OnFall(kStart);
  schedule.OnFall(kStart + 5s);
  const Timestamp waits = schedule.not_before();
  ASSERT_GT(waits, kStart + 5s + ProbeSchedule::kAfterFall);
  schedule.OnSign(kStart + 5s);
  EXPECT_EQ(schedule.not_before(), kStart + 5s + ProbeSchedule::kAfterFall);
  EXPECT_TRUE(schedule.has_sign());
  schedule.OnFall(kStart + 6s);
  EXPECT_FALSE(schedule.has_sign()) << "that was before the fall";
}

TEST(ProbeSchedule, FallsOneAfterTheOtherDoNotEndAllProbing) {
  ProbeSchedule schedule;
  Timestamp now = kStart;
  int chances = 0;
  for (int i = 0; i < 60; ++i, now += 2500ms) {
    chances += now >= schedule.not_before();
    schedule.OnFall(now);
  }
  EXPECT_GT(chances, 5);
}

}  // namespace
}  // namespace kcs::congestion
