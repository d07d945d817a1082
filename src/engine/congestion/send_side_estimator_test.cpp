#include "engine/congestion/send_side_estimator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "base/testing/allocations.h"
#include "engine/congestion/testing/estimator_session.h"

namespace kcs::congestion {
namespace {

using Reason = SendSideEstimator::Reason;
using testing::Session;

TEST(SendSideEstimator, AnIdleOneIsSmallAndWantsNothing) {
  const auto before = AllocationsSoFar();
  const SendSideEstimator estimator;
  EXPECT_EQ(AllocationsSoFar(), before);
  EXPECT_LE(sizeof(SendSideEstimator), 1800U);
  EXPECT_EQ(estimator.NextDeadline(), kNever);
  EXPECT_EQ(estimator.bits_per_second(), 300'000U);
  EXPECT_EQ(estimator.state().reason, Reason::kStart);
}

TEST(SendSideEstimator, EstimateNeitherCollapsesNorGrowsWhileLittleIsSent) {
  Session session;
  session.estimator.SetWanted(150'000, 1'500'000, session.now);
  session.Send(150e3, 2s);
  session.estimator.SetWanted(150'000, 0, session.now);
  const std::uint32_t before = session.estimator.bits_per_second();
  session.Send(150e3, 60s);
  EXPECT_EQ(session.estimator.bits_per_second(), before);
}

TEST(SendSideEstimator, WhatArrivesIsNeverMoreThanTheEstimate) {
  Session session;
  session.estimator.SetWanted(2'000'000, 0, session.now);
  session.Send(2e6, 3s);
  EXPECT_GE(session.estimator.bits_per_second(), 1'950'000U);
  EXPECT_NEAR(session.estimator.state().acknowledged_bps, 2e6, 0.1e6);
}

TEST(SendSideEstimator, StaysWithinItsBounds) {
  Session session({.start_bps = 300'000, .min_bps = 100'000, .max_bps = 1'000'000});
  session.estimator.SetWanted(150'000, 900'000, session.now);
  session.Send(3e6, 3s);
  EXPECT_EQ(session.estimator.bits_per_second(), 1'000'000U);
  session.estimator.SetWanted(150'000, 2'000'000, session.now);  // can never be: no probe
  const std::size_t padding = session.padding;
  session.Send(150e3, 5s);
  EXPECT_EQ(session.padding, padding);
  session.Send(150e3, 60s, false);  // silence
  EXPECT_EQ(session.estimator.bits_per_second(), 100'000U);
}

TEST(SendSideEstimator, SilenceOfAReceiverHalvesItEachSecond) {
  Session session;
  session.estimator.SetWanted(2'000'000, 0, session.now);
  session.Send(2e6, 3s);
  const std::uint32_t before = session.estimator.bits_per_second();
  session.Send(2e6, 3100ms, false);
  EXPECT_LE(session.estimator.bits_per_second(), before / 2);
  EXPECT_EQ(session.estimator.state().reason, Reason::kSilence);
}

TEST(SendSideEstimator, NobodyReportsWhatWasNotSent) {
  Session session;
  session.estimator.SetWanted(2'000'000, 0, session.now);
  session.Send(2e6, 3s);
  session.Send(0, 200ms);  // until all is reported
  const std::uint32_t before = session.estimator.bits_per_second();
  session.Send(0, 9s);
  EXPECT_EQ(session.estimator.bits_per_second(), before);
}

TEST(SendSideEstimator, IsCarefulAfterALongPause) {
  Session session;
  session.estimator.SetWanted(2'000'000, 0, session.now);
  session.Send(2e6, 3s);
  session.Send(0, 200ms);
  const std::uint32_t before = session.estimator.bits_per_second();
  session.estimator.SetWanted(0, 0, session.now);
  EXPECT_EQ(session.estimator.NextDeadline(), kNever);
  session.Send(0, 5s);
  session.estimator.SetWanted(2'000'000, 0, session.now);
  EXPECT_EQ(session.estimator.bits_per_second(), before);
  session.estimator.SetWanted(0, 0, session.now);
  session.Send(0, 60s);
  session.estimator.SetWanted(500'000, 1'500'000, session.now);
  EXPECT_LE(session.estimator.bits_per_second(), before / 2 + 1);
  EXPECT_EQ(session.estimator.state().reason, Reason::kIdle);
  session.Send(500e3, 2s);
  EXPECT_GE(session.estimator.bits_per_second(), 1'500'000U);
}

// A sender's first packets are forwarded before it is known what they cost.
TEST(SendSideEstimator, BeforeTheFirstPictureThereWasNoPause) {
  Session session;
  session.estimator.SetWanted(0, 0, session.now);
  session.estimator.OnRemb(2'000'000, session.now);
  session.SendPacket(1000, false);
  session.estimator.SetWanted(1'500'000, 0, session.now);
  EXPECT_EQ(session.estimator.bits_per_second(), 2'000'000U);
}

TEST(SendSideEstimator, WithoutPaddingItGrowsSlowly) {
  Session session;
  session.pads = false;
  session.estimator.SetWanted(0, 400'000, session.now);
  session.Send(0, 1s);
  session.estimator.SetWanted(150'000, 600'000, session.now);
  session.Send(150e3, 15s);
  EXPECT_EQ(session.estimator.bits_per_second(), 600'000U);
  EXPECT_EQ(session.estimator.state().reason, Reason::kGrowth);
}

TEST(SendSideEstimator, FallsWithTheFirstReportWhenMuchLessArrivesThanIsSent) {
  Session session;
  session.estimator.SetWanted(1'500'000, 0, session.now);
  session.Send(1.5e6, 3s);
  ASSERT_GE(session.estimator.bits_per_second(), 1'400'000U);
  // The link carries a third now: each packet waits 10 ms longer than the one before it.
  for (int i = 0; i < 20; ++i, session.delay += 10ms) {
    session.SendPacket(1000, true);
    session.now += 5ms;
  }
  session.now += session.delay;
  session.Report(true);
  EXPECT_LT(session.estimator.bits_per_second(), 500'000U);
  EXPECT_EQ(session.estimator.state().reason, Reason::kDelay);
}

// A receiver that reports as often as Chromium does, what has arrived by then.
class Reporting : public Session {
 public:
  void SendAtOnce(int packets) {
    for (; packets > 0; --packets) {
      estimator.OnPacketSent(sequence, 1000, now);
      free_at = std::max(free_at, now) + Duration{static_cast<std::int64_t>(8e9 / capacity)};
      arriving_.emplace_back(free_at + delay, sequence++);
    }
  }
  void Pass(Duration span) {
    for (const Timestamp end = now + span; now < end;) {
      now += 5ms;
      for (; !arriving_.empty() && arriving_.front().first <= now; arriving_.pop_front())
        receiver.OnPacket(arriving_.front().second, arriving_.front().first);
      if (now.time_since_epoch() % 60ms == 0ms) Report(true, TransportFeedbackGenerator::kInterval);
    }
  }

 private:
  std::deque<std::pair<Timestamp, std::uint16_t>> arriving_;
};

// Frames of four packets, of each of which the link makes the next wait a little longer: too few for a trend.
TEST(SendSideEstimator, FallsWithinAFewReportsWhenTheQueueGrowsFromOneToTheNext) {
  Reporting session;
  session.estimator.SetWanted(800'000, 0, session.now);
  session.Send(800e3, 3s);
  const Timestamp narrowed = session.now;
  session.capacity = 500e3;
  while (session.estimator.bits_per_second() >= 500'000 && session.now < narrowed + 1s) {
    if ((session.now - narrowed) % 40ms == 0ms) session.SendAtOnce(4);
    session.Pass(5ms);
  }
  EXPECT_LE(session.now - narrowed, 200ms);
  EXPECT_EQ(session.estimator.state().reason, Reason::kDelay);
}

// What has arrived of late when the estimate falls is of a calm moment before, and no measure of the path.
TEST(SendSideEstimator, WhatArrivesOfAQueueThatGrowsDoesNotUndoAFall) {
  Reporting session;
  session.estimator.SetWanted(900'000, 0, session.now);
  session.Send(900e3, 3s);
  const std::uint32_t before = session.estimator.bits_per_second();
  ASSERT_GE(before, 850'000U);
  session.Pass(200ms);
  session.capacity = 500e3;
  session.SendAtOnce(40);
  for (int i = 0; i < 30; ++i) {
    session.SendAtOnce(2);
    session.Pass(20ms);
    EXPECT_TRUE(i < 8 || session.estimator.bits_per_second() < 450'000) << i;
  }
}

// A flow that fills the queue whatever we do: to give way would starve us, and change nothing.
TEST(SendSideEstimator, KeepsItsShareBesideAFlowThatKeepsTheQueueFull) {
  Session session;
  session.estimator.SetWanted(500'000, 600'000, session.now);
  session.Send(500e3, 5s);
  ASSERT_GE(session.estimator.bits_per_second(), 600'000U);
  for (; session.delay < 250ms; session.delay += 20ms) session.SendPictures(600'000, 100ms);
  session.SendPictures(600'000, 15s);
  EXPECT_TRUE(session.estimator.state().competing);
  EXPECT_GE(session.estimator.bits_per_second(), 450'000U);
  session.delay = 20ms;
  session.SendPictures(600'000, 6s);
  EXPECT_FALSE(session.estimator.state().competing) << "it has gone";
  EXPECT_GE(session.estimator.bits_per_second(), 600'000U) << "and probes find the room at once";
}

// The estimate falls, and what is sent does not: that the queue stays says nothing then.
TEST(SendSideEstimator, AQueueBesideWhatIsSentOnPurposeAboveTheEstimateIsNotTakenForOthers) {
  Session session;
  const auto send = [&](Duration span, bool overdraws) {
    session.estimator.SetWanted(150'000, 0, session.now, overdraws);
    session.Send(150e3, span);
  };
  send(5s, false);
  for (; session.delay < 150ms; session.delay += 10ms) send(300ms, false);
  ASSERT_LT(session.estimator.bits_per_second(), 150'000U);
  send(8s, true);
  EXPECT_FALSE(session.estimator.state().competing);
  send(4s, false);
  EXPECT_TRUE(session.estimator.state().competing) << "but this is not our queue";
}

// What arrives does not get less by itself then, and sound is lost beside it.
TEST(SendSideEstimator, LossesMakeItFallOnWhileMoreIsSentOnPurpose) {
  const auto estimate_after = [](bool overdraws) {
    Session session;
    session.estimator.SetWanted(150'000, 0, session.now, overdraws);
    session.Send(150e3, 5s);
    for (; session.delay < 60ms; session.delay += 1ms) session.Send(150e3, 100ms);
    for (int i = 0; i < 100; ++i) {
      session.SendPacket(1000, i % 10 != 0);
      session.now += 53ms;  // 150 kbit/s
      session.Report(true);
    }
    return session.estimator.bits_per_second();
  };
  EXPECT_GE(estimate_after(false), 110'000U);
  EXPECT_LE(estimate_after(true), 90'000U);
}

// What a probe finds there is what the other flow leaves at that moment; much more would cost both.
TEST(SendSideEstimator, BesideAForeignQueueItGrowsALittleAboveWhatTheLastProbeFound) {
  Session session;
  session.estimator.SetWanted(500'000, 600'000, session.now);
  session.Send(500e3, 5s);
  for (; session.delay < 250ms; session.delay += 20ms) session.SendPictures(600'000, 100ms);
  session.SendPictures(600'000, 8s);
  ASSERT_TRUE(session.estimator.state().competing);
  session.capacity = 700e3;
  session.SendPictures(20'000'000, 2s);  // a probe finds that
  double highest = 0;
  for (int i = 0; i < 100; ++i) {
    session.SendPictures(20'000'000, 100ms);
    const auto state = session.estimator.state();
    ASSERT_LE(state.probe_bps, 700'000U);
    const double estimate = session.estimator.bits_per_second();
    highest = std::max(highest, estimate / state.probe_bps);
  }
  EXPECT_TRUE(session.estimator.state().competing);
  EXPECT_LE(highest, 1.2);
  EXPECT_GT(highest, 1.15) << "but that it does";
}

// It was longer once, but does not become shorter.
TEST(SendSideEstimator, AQueueThatStandsIsCongestion) {
  Session session({.start_bps = 1'000'000});
  session.estimator.SetWanted(900'000, 0, session.now);
  session.Send(900e3, 5s);
  session.delay += 200ms;
  session.Send(900e3, 1s);
  const std::uint32_t before = session.estimator.bits_per_second();
  ASSERT_LT(before, 900'000U);
  session.estimator.SetWanted(before, 0, session.now);
  session.delay -= 120ms;
  session.Send(before, 2500ms);
  ASSERT_EQ(session.estimator.bits_per_second(), before) << "it may be shrinking";
  session.Send(before, 1s);
  EXPECT_LT(session.estimator.bits_per_second(), before);
  EXPECT_FALSE(session.estimator.state().competing);
}

// Pictures are paused while one of their own key frames stands in the queue, long after a fall.
TEST(SendSideEstimator, AQueueOfOurOwnAtAPauseIsNotTakenForOthers) {
  Session session({.start_bps = 1'500'000});
  session.estimator.SetWanted(1'400'000, 0, session.now);
  session.Send(1'400'000, 5s);
  for (int i = 0; i < 10; ++i) {  // the link becomes narrow
    session.delay += 30ms;
    session.Send(600'000, 100ms);
  }
  session.estimator.SetWanted(400'000, 0, session.now);
  for (; session.delay > 20ms; session.delay -= 10ms) session.Send(400'000, 200ms);
  session.Send(400'000, 15s);
  ASSERT_LT(session.estimator.bits_per_second(), 800'000U);
  const std::uint32_t before = session.estimator.bits_per_second();
  session.delay = 150ms;
  session.estimator.SetWanted(0, 0, session.now);
  session.Send(400'000, 400ms);
  EXPECT_FALSE(session.estimator.state().competing);
  EXPECT_LE(session.estimator.bits_per_second(), before);
}

TEST(SendSideEstimator, RembCountsUntilThereIsTransportFeedback) {
  Session session;
  session.estimator.OnRemb(1'234'567, session.now);
  EXPECT_EQ(session.estimator.bits_per_second(), 1'234'567U);
  EXPECT_EQ(session.estimator.state().reason, Reason::kRemb);
  session.estimator.OnRemb(std::numeric_limits<std::uint64_t>::max(), session.now);
  EXPECT_EQ(session.estimator.bits_per_second(), SendSideEstimator::Options{}.max_bps);
  session.estimator.OnRemb(700'000, session.now);
  session.estimator.SetWanted(500'000, 0, session.now);
  session.Send(500e3, 1s);
  session.estimator.OnRemb(200'000, session.now);
  EXPECT_EQ(session.estimator.bits_per_second(), 700'000U);
}

TEST(SendSideEstimator, HighLossInReceiverReportsCountsBesideRemb) {
  SendSideEstimator estimator;
  const Timestamp now{10s};
  estimator.OnRemb(1'000'000, now);
  estimator.OnReceiverReport(0.08, 100ms, now);
  EXPECT_EQ(estimator.bits_per_second(), 1'000'000U);
  estimator.OnReceiverReport(0.4, 100ms, now);
  EXPECT_EQ(estimator.bits_per_second(), 800'000U);
  estimator.OnReceiverReport(0.4, 100ms, now + 100ms);  // the same loss
  EXPECT_EQ(estimator.bits_per_second(), 800'000U);
  estimator.OnReceiverReport(std::nan(""), Duration{-1}, now + 10s);
  EXPECT_EQ(estimator.bits_per_second(), 800'000U);
  EXPECT_EQ(estimator.state().rtt, 100ms);
}

TEST(SendSideEstimator, IgnoresReportsOnWhatWasNeverSent) {
  Session session;
  for (std::uint16_t i = 0; i < 500; ++i) session.receiver.OnPacket(i, session.now);
  session.Report(true);
  session.SendPacket(1000, false);
  session.now += 1s;
  for (std::uint16_t i = 0; i < 500; ++i) session.receiver.OnPacket(1000 + i, session.now);
  session.now += 1s;
  session.Report(true);
  EXPECT_EQ(session.estimator.state().reason, Reason::kStart);
  EXPECT_EQ(session.estimator.state().acknowledged_bps, 0U);
}

TEST(SendSideEstimator, TakesNoMemoryInTheSteadyState) {
  Session session;
  session.estimator.SetWanted(2'000'000, 2'500'000, session.now);
  session.Send(2e6, 5s);
  const auto before = AllocationsSoFar();
  session.Send(2e6, 30s);
  EXPECT_EQ(AllocationsSoFar(), before);
}

TEST(SendSideEstimator, DeadlinesMoveOnEvenIfNobodyTakesTheProbes) {
  SendSideEstimator estimator;
  Timestamp now{10s};
  estimator.SetWanted(0, 5'000'000, now);
  int calls = 0;
  for (const Timestamp end = now + 60s; now < end; ++calls) {
    now = std::max(now, estimator.NextDeadline());
    estimator.OnTimeout(now);
    ASSERT_GT(estimator.NextDeadline(), now);
  }
  EXPECT_LT(calls, 600);
}

}  // namespace
}  // namespace kcs::congestion
