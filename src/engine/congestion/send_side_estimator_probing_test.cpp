// When a SendSideEstimator probes, and when it had better not.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/congestion/testing/estimator_session.h"

namespace kcs::congestion {
namespace {

using Reason = SendSideEstimator::Reason;
using testing::Session;

// What comes to a queue that is full is lost, and the sound behind it.
TEST(SendSideEstimator, BesideAForeignQueueProbesWaitUntilItHasRoom) {
  Session session;
  session.estimator.SetWanted(500'000, 600'000, session.now);
  session.Send(500e3, 5s);
  session.pads = false;  // or the probes would find room for all that is wanted
  for (; session.delay < 250ms; session.delay += 20ms) session.SendPictures(20'000'000, 100ms);
  session.SendPictures(20'000'000, 8s);
  ASSERT_TRUE(session.estimator.state().competing);
  const std::size_t before = session.padding;
  std::size_t when_full = 0;
  for (int i = 0; i < 3; ++i) {
    session.delay = 150ms;
    session.SendPictures(20'000'000, 2500ms);
    session.delay = 260ms;
    session.SendPictures(20'000'000, 300ms);  // what has begun goes on
    const std::size_t padding = session.padding;
    session.SendPictures(20'000'000, 1200ms);
    when_full += session.padding - padding;
  }
  EXPECT_TRUE(session.estimator.state().competing);
  EXPECT_EQ(when_full, 0U);
  EXPECT_GT(session.padding, before) << "but they do come";
}

// What a probe has too much stays in the queue for long there: all but an eighth of the link is in use.
TEST(SendSideEstimator, OnAPathThatPicturesNearlyFillProbesAreSmallAndTheirQueueIsNoCongestion) {
  Session session;
  session.capacity = 640e3;
  session.estimator.SetWanted(560'000, 2'000'000, session.now);
  session.Send(560e3, 10s);  // the first probes find out
  std::size_t largest = 0;
  int probes = 0;
  for (int i = 0; i < 1200; ++i) {
    const std::size_t before = session.padding;
    session.Send(560e3, 100ms);
    largest = std::max(largest, session.padding - before);
    probes += session.padding != before ? 1 : 0;
    ASSERT_NE(session.estimator.state().reason, Reason::kDelay) << i;
    ASSERT_GE(session.estimator.bits_per_second(), 560'000U) << i;
  }
  EXPECT_GT(probes, 3);
  EXPECT_LT(largest, 4'000U);
}

// A picture's rate wanders: a probe at the top of it would make a queue that does not drain.
TEST(SendSideEstimator, OnANarrowPathProbesWaitWhileWhatArrivesIsAllThatTheyFound) {
  Session session;
  session.capacity = 400e3;
  session.estimator.SetWanted(320'000, 2'000'000, session.now);
  session.Send(330e3, 30s);
  const std::size_t before = session.padding;
  session.Send(370e3, 8s);
  EXPECT_EQ(session.padding, before);
  session.Send(315e3, 12s);
  EXPECT_GT(session.padding, before);
}

// Nothing but the pace of a picture's packets tells of it.
TEST(SendSideEstimator, OnAPathThatHasWidenedAProbeComesSoon) {
  Session session;
  const auto send = [&](int pictures) {
    for (; pictures > 0; --pictures) {
      for (int i = 0; i < 4; ++i) {
        session.SendPacket(1000, true);
        session.Send(0, 7ms);
      }
      session.Send(0, 72ms);
    }
  };
  session.capacity = 400e3;
  session.estimator.SetWanted(320'000, 2'000'000, session.now);
  send(300);
  const std::size_t found = session.padding;
  for (int i = 0; i < 300 && session.padding == found; ++i) send(1);
  ASSERT_GT(session.padding, found);
  send(5);  // it has failed
  std::size_t before = session.padding;
  send(35);
  EXPECT_EQ(session.padding, before) << "the next one waits";
  session.capacity = 4e6;
  send(10);
  EXPECT_GT(session.padding, before);
}

TEST(SendSideEstimator, OnANarrowPathNothingIsProbedInTheFirstSecondsOfALayer) {
  Session session;
  session.capacity = 400e3;
  session.estimator.SetWanted(150'000, 500'000, session.now);
  session.Send(150e3, 20s);  // the first probes find out
  for (int i = 0; i < 100 && session.estimator.state().probing; ++i) session.Send(150e3, 10ms);
  session.Send(150e3, 3s);  // soon it is time for the next
  ASSERT_FALSE(session.estimator.state().probing);
  ASSERT_GE(session.estimator.bits_per_second(), 350'000U);
  session.estimator.SetWanted(310'000, 2'000'000, session.now);
  const std::size_t before = session.padding;
  session.Send(310e3, 2900ms);
  EXPECT_EQ(session.padding, before);
  session.Send(310e3, 15s);
  EXPECT_GT(session.padding, before);
}

TEST(SendSideEstimator, NothingIsProbedBesideAQueueThatIsMadeOnPurpose) {
  Session session;
  session.estimator.SetWanted(150'000, 400'000, session.now);
  session.capacity = 300e3;
  session.Send(150e3, 10s);
  session.estimator.SetWanted(290'000, 400'000, session.now, true);
  session.delay += 12ms;
  session.Send(250e3, 1s);
  const std::size_t before = session.padding;
  session.Send(250e3, 12s);
  EXPECT_EQ(session.padding, before);
  session.delay -= 12ms;
  session.Send(250e3, 15s);
  EXPECT_GT(session.padding, before) << "when it has gone";
}

TEST(SendSideEstimator, ProbesForALayerThatWaitsAndStopsThen) {
  Session session;
  session.estimator.SetWanted(150'000, 1'500'000, session.now);
  session.Send(150e3, 2s);
  EXPECT_GE(session.estimator.bits_per_second(), 1'500'000U);
  EXPECT_GT(session.padding, 0U);
  EXPECT_EQ(session.estimator.state().reason, Reason::kProbe);
  const std::size_t padding = session.padding;
  session.Send(150e3, 10s);
  EXPECT_EQ(session.padding, padding);
}

TEST(SendSideEstimator, ProbesBeforeThereIsAnyMedia) {
  Session session;
  session.estimator.SetWanted(0, 1'500'000, session.now);
  session.Send(0, 3s);
  EXPECT_GE(session.estimator.bits_per_second(), 1'500'000U);
}

}  // namespace
}  // namespace kcs::congestion
