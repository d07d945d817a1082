#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/congestion/testing/judge.h"
#include "engine/congestion/testing/send_rig.h"

// The estimator and a sender of layers (150 and 500 kbit/s, 1.5 and 2.5 Mbit/s) that obeys it, against
// simulated links: the cases of RFC 8867 that fit, and what a user would complain about. Each with three
// round trip times and two kinds of queue.
namespace kcs::congestion {
namespace {

using testing::CrossTraffic;
using testing::FlowModel;
using testing::Judge;
using testing::LinkModel;
using testing::SendRig;
using testing::Verdict;

constexpr double kRandomLoss = 0.1;

// Where a moment decides for minutes, the middle of several runs counts.
constexpr std::uint64_t kRuns = 7;

template <typename T>
T Median(std::vector<Verdict> verdicts, T Verdict::*figure) {
  std::ranges::sort(verdicts, {}, figure);
  return verdicts[verdicts.size() / 2].*figure;
}

struct Path {
  Duration rtt;
  LinkModel::Discipline discipline;
};

class SendSideScenarios : public ::testing::TestWithParam<Path> {
 protected:
  static LinkModel Link(std::vector<LinkModel::Step> capacity) {
    return {
        .capacity = std::move(capacity), .delay = GetParam().rtt / 2, .discipline = GetParam().discipline};
  }
  static FlowModel Flow(Duration join = 0s) { return {.join = join, .way_back = GetParam().rtt / 2}; }
  static bool DropTail() { return GetParam().discipline == LinkModel::Discipline::kDropTail; }
};

INSTANTIATE_TEST_SUITE_P(Paths, SendSideScenarios,
                         ::testing::Values(Path{30ms, LinkModel::Discipline::kDropTail},
                                           Path{100ms, LinkModel::Discipline::kDropTail},
                                           Path{250ms, LinkModel::Discipline::kDropTail},
                                           Path{30ms, LinkModel::Discipline::kCoDel},
                                           Path{100ms, LinkModel::Discipline::kCoDel},
                                           Path{250ms, LinkModel::Discipline::kCoDel}),
                         [](const auto& test) {
                           const bool tail = test.param.discipline == LinkModel::Discipline::kDropTail;
                           return "Rtt" + std::to_string(ToMillis(test.param.rtt)) +
                                  (tail ? "DropTail" : "CoDel");
                         });

// A capacity that does not change, and the highest layer that fits with some room.
struct Steady {
  std::uint64_t capacity;
  double layer;
};

TEST_P(SendSideScenarios, SteadyCapacityIsUsedWithoutOscillation) {
  for (const Steady& steady :
       {Steady{200'000, 150e3}, Steady{600'000, 500e3}, Steady{1'000'000, 500e3}, Steady{1'800'000, 1.5e6},
        Steady{2'400'000, 1.5e6}, Steady{3'000'000, 2.5e6}, Steady{8'000'000, 2.5e6}}) {
    SCOPED_TRACE(steady.capacity);
    SendRig rig(Link({{0s, steady.capacity}}), {Flow()});
    rig.Run(120s);
    const Verdict verdict = Judge(rig.trace(0), 5s, 120s);
    EXPECT_GE(verdict.media_bps, 0.85 * steady.layer);
    EXPECT_LE(verdict.switches, 2U);
    EXPECT_LT(verdict.queue_p95, 100ms);
    EXPECT_LT(verdict.loss, 0.01);
  }
}

TEST_P(SendSideScenarios, FastLinkIsFoundAtOnce) {
  SendRig rig(Link({{0s, 4'000'000}}), {Flow()});
  rig.Run(20s);
  const auto reached = testing::ReachedAfter(rig.trace(0), 0s, 2.625e6);
  ASSERT_TRUE(reached);
  EXPECT_LT(*reached, 3s);
  EXPECT_GT(Judge(rig.trace(0), 3s, 20s).least_estimate, 2'500'000U);
}

TEST_P(SendSideScenarios, SlowLinkIsNotFlooded) {
  for (const std::uint64_t capacity : {200'000U, 400'000U, 600'000U}) {
    SCOPED_TRACE(capacity);
    SendRig rig(Link({{0s, capacity}}), {Flow()});
    rig.Run(20s);
    EXPECT_LT(testing::OvershotUntil(rig.trace(0), 0s, 20s), 1s);
    EXPECT_LT(testing::QueuedUntil(rig.trace(0), 0s, 20s, 150ms), 1500ms);
    EXPECT_LT(Judge(rig.trace(0), 2s, 20s).queue_p95, 100ms);
  }
}

TEST_P(SendSideScenarios, DropIsNoticedAndRecoveredFrom) {
  for (const std::uint64_t low : {200'000U, 500'000U, 1'000'000U}) {
    SCOPED_TRACE(low);
    SendRig rig(Link({{0s, 3'000'000}, {20s, low}, {50s, 3'000'000}}), {Flow()});
    rig.Run(110s);
    const SendRig::Trace& trace = rig.trace(0);
    EXPECT_LT(testing::OvershotUntil(trace, 20s, 25s), 1000ms);
    EXPECT_LT(testing::QueuedUntil(trace, 20s, 25s, 150ms), 1700ms);
    EXPECT_LT(Judge(trace, 22s, 50s).loss, 0.01);
    const auto reached = testing::ReachedAfter(trace, 50s, 2.625e6);
    ASSERT_TRUE(reached);
    EXPECT_LT(*reached, 8s);
    const Verdict after = Judge(trace, 60s, 110s);  // the layer follows the estimate
    EXPECT_EQ(after.switches, 0U) << "relapsed";
    EXPECT_GT(after.media_bps, 0.85 * 2.5e6);
    EXPECT_LT(after.queue_p95, 100ms);
  }
}

// RFC 8867, 5.1.
TEST_P(SendSideScenarios, VariableCapacityIsFollowed) {
  const LinkModel link = Link({{0s, 1'000'000}, {40s, 3'000'000}, {60s, 600'000}, {80s, 1'800'000}});
  std::array<std::vector<Verdict>, 4> runs;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    SendRig rig(link, {Flow()}, seed);
    rig.Run(120s);
    const SendRig::Trace& trace = rig.trace(0);
    runs[0].push_back(Judge(trace, 3s, 40s));
    runs[1].push_back(Judge(trace, 48s, 60s));
    runs[2].push_back(Judge(trace, 88s, 120s));
    runs[3].push_back(Judge(trace, 2s, 120s));
    EXPECT_LT(Judge(trace, 62s, 120s).loss, 0.01);
  }
  EXPECT_GT(Median(runs[0], &Verdict::media_bps), 0.85 * 500e3);
  EXPECT_GT(Median(runs[1], &Verdict::media_bps), 0.85 * 2.5e6);
  EXPECT_GT(Median(runs[2], &Verdict::media_bps), 0.85 * 1.5e6);
  EXPECT_LT(Median(runs[3], &Verdict::queue_p95), 100ms);
}

TEST_P(SendSideScenarios, LossWithoutCongestionCostsNoLayer) {
  LinkModel link = Link({{0s, 8'000'000}});
  link.loss = kRandomLoss;
  SendRig rig(link, {Flow()});
  rig.Run(120s);
  const Verdict verdict = Judge(rig.trace(0), 8s, 120s);
  EXPECT_EQ(verdict.switches, 0U);
  EXPECT_GT(verdict.least_estimate, 2'500'000U);
}

TEST_P(SendSideScenarios, BurstsOfLossCostNoLayer) {
  LinkModel link = Link({{0s, 8'000'000}});
  link.bursts = LinkModel::Bursts{.begin = 0.005, .end = 0.2, .loss = 1.0};
  SendRig rig(link, {Flow()});
  rig.Run(120s);
  const Verdict verdict = Judge(rig.trace(0), 8s, 120s);
  EXPECT_EQ(verdict.switches, 0U);
  EXPECT_GT(verdict.least_estimate, 2'500'000U);
}

TEST_P(SendSideScenarios, JitterCostsNoLayer) {
  LinkModel link = Link({{0s, 8'000'000}});
  link.jitter = 30ms;
  SendRig rig(link, {Flow()});
  rig.Run(120s);
  EXPECT_EQ(Judge(rig.trace(0), 10s, 120s).switches, 0U);
}

// A buffer of a few packets makes no delay: only that more is lost the more is sent tells of it. (The 1.5
// Mbit/s layer loses some of each frame's burst there, whatever its mean is.)
TEST_P(SendSideScenarios, LossWithoutQueueButByCongestionIsUnderstood) {
  LinkModel link = Link({{0s, 8'000'000}, {20s, 2'000'000}});
  link.queue = 12ms;
  SendRig rig(link, {Flow()});
  rig.Run(90s);
  const Verdict verdict = Judge(rig.trace(0), 35s, 90s);
  EXPECT_LT(verdict.most_estimate, 2'500'000U);
  EXPECT_LT(verdict.loss, 0.11);
  EXPECT_GT(verdict.media_bps, 400e3);
}

// RFC 8867, 5.2: several receivers behind one bottleneck. Whose probe meets whose decides a lot in one run,
// so it is the middle of several that counts.
TEST_P(SendSideScenarios, ReceiversShareABottleneck) {
  constexpr std::size_t kFlows = 3;
  std::array<std::vector<Verdict>, kFlows> runs;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    SendRig rig(Link({{0s, 4'000'000}}), {Flow(), Flow(20s), Flow(40s)}, seed);
    rig.Run(120s);
    for (std::size_t i = 0; i < kFlows; ++i) runs[i].push_back(Judge(rig.trace(i), 60s, 120s));
  }
  double sum = 0;
  for (std::size_t i = 0; i < kFlows; ++i) {
    EXPECT_GT(Median(runs[i], &Verdict::media_bps), 0.85 * 500e3) << i;
    EXPECT_LT(Median(runs[i], &Verdict::queue_p95), 120ms) << i;
    // (CoDel drops to say that a queue begins, and those farthest away hear it last.)
    EXPECT_LT(Median(runs[i], &Verdict::loss), DropTail() ? 0.015 : 0.02) << i;
    sum += Median(runs[i], &Verdict::media_bps);
  }
  EXPECT_GT(sum, 0.55 * 4e6);
}

// RFC 8867, 5.3: the reports are delayed, jittered and lost.
TEST_P(SendSideScenarios, LostReportsAreSurvived) {
  FlowModel flow = Flow();
  flow.feedback_loss = 0.3;
  flow.feedback_jitter = 100ms;
  SendRig rig(Link({{0s, 3'000'000}, {40s, 1'000'000}, {70s, 3'000'000}}), {flow});
  rig.Run(110s);
  const SendRig::Trace& trace = rig.trace(0);
  EXPECT_GT(Judge(trace, 5s, 40s).media_bps, 0.85 * 2.5e6);
  EXPECT_LT(testing::OvershotUntil(trace, 40s, 25s), 2s);
  EXPECT_GT(Judge(trace, 80s, 110s).media_bps, 0.85 * 2.5e6);
}

// RFC 8867, 5.5: round trips that differ by 100 ms.
TEST_P(SendSideScenarios, RoundTripTimeDoesNotDecideWhoGetsWhat) {
  FlowModel far = Flow();
  far.detour = 50ms;
  far.way_back += 50ms;
  SendRig rig(Link({{0s, 4'000'000}}), {Flow(), far});
  rig.Run(180s);
  const Verdict near = Judge(rig.trace(0), 20s, 180s);
  const Verdict distant = Judge(rig.trace(1), 20s, 180s);
  EXPECT_GT(near.media_bps, 0.4 * distant.media_bps);
  EXPECT_GT(distant.media_bps, 0.4 * near.media_bps);
  EXPECT_GT(near.media_bps + distant.media_bps, 0.6 * 4e6);
  EXPECT_LT(std::max(near.queue_p95, distant.queue_p95), 100ms);
}

// RFC 8867, 5.6.
TEST_P(SendSideScenarios, LongTcpFlowAndMediaLiveTogether) {
  LinkModel link = Link({{0s, 3'000'000}});
  link.cross = {CrossTraffic{.from = 10s, .rtt = GetParam().rtt}};
  SendRig rig(link, {Flow()});
  rig.Run(190s);
  const double tcp = static_cast<double>(rig.link().cross()[0].delivered_bytes()) * 8 / 180;
  EXPECT_GT(Judge(rig.trace(0), 20s, 190s).media_bps, 400e3);
  EXPECT_GT(tcp, 600e3);
}

// RFC 8867, 5.7.
TEST_P(SendSideScenarios, ShortTcpFlowsAndMediaLiveTogether) {
  LinkModel link = Link({{0s, 3'000'000}});
  for (int i = 0; i < 5; ++i) {
    link.cross.push_back({.from = 1700ms * i, .rtt = GetParam().rtt, .transfer = 300'000, .pause = 10s});
  }
  SendRig rig(link, {Flow()});
  rig.Run(120s);
  double tcp = 0;
  for (const auto& flow : rig.link().cross()) tcp += static_cast<double>(flow.delivered_bytes()) * 8 / 120;
  EXPECT_GT(Judge(rig.trace(0), 10s, 120s).media_bps, 450e3);
  EXPECT_GT(tcp, 700e3);
}

// RFC 8867, 5.8.
TEST_P(SendSideScenarios, PauseLeavesTheLinkToTheOthersAndResumesSoon) {
  FlowModel pausing = Flow();
  pausing.pauses = {{30s, 60s}};
  SendRig rig(Link({{0s, 3'600'000}}), {pausing, Flow(5s)});
  rig.Run(120s);
  EXPECT_EQ(Judge(rig.trace(0), 31s, 60s).media_bps, 0);
  EXPECT_GT(Judge(rig.trace(1), 45s, 60s).media_bps, 0.85 * 1.5e6);
  EXPECT_GT(Judge(rig.trace(0), 63s, 120s).media_bps, 0.85 * 500e3);
  EXPECT_LT(Judge(rig.trace(0), 63s, 120s).queue_p95, 100ms);
}

TEST_P(SendSideScenarios, WithoutPaddingTheNextLayerIsStillReached) {
  FlowModel flow = Flow();
  flow.can_pad = false;
  SendRig rig(Link({{0s, 3'000'000}}), {flow});
  rig.Run(100s);
  EXPECT_GT(Judge(rig.trace(0), 60s, 100s).media_bps, 0.85 * 2.5e6);
  EXPECT_LT(Judge(rig.trace(0), 5s, 100s).queue_p95, 100ms);
}

TEST_P(SendSideScenarios, OutageIsRecoveredFrom) {
  SendRig rig(Link({{0s, 3'000'000}, {20s, 0}, {23s, 3'000'000}}), {Flow()});
  rig.Run(60s);
  const auto reached = testing::ReachedAfter(rig.trace(0), 23200ms, 2.625e6);
  ASSERT_TRUE(reached);
  EXPECT_LT(*reached, 10s);
}

TEST(SendRig, ATraceCanBePlotted) {
  SendRig rig({}, {FlowModel{}});
  rig.Run(2s);
  const std::string csv = testing::ToCsv(rig.trace(0));
  EXPECT_EQ(csv.substr(0, 8), "seconds,");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 22);  // a heading, and ten lines a second
}

}  // namespace
}  // namespace kcs::congestion
