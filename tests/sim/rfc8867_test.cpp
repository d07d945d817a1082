// The test cases of RFC 8867 that fit a server of layers: the media is a camera with three encodings, and
// what is tested is what the server chooses of them. Capacities and times are those of the RFC.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "judge.h"
#include "runs.h"

namespace kcs::sim {
namespace {

const std::vector<std::uint32_t> kLayers = SenderModel{}.video;

// What is promised in the middle of several runs, and what the unluckiest of them has to keep.
struct Bound {
  double wanted = 0;
  double worst = 0;
};
constexpr Bound kUse{0.85, 0.7};
constexpr Bound kQueueMs{100, 140};
constexpr Bound kLoss{0.01, 0.02};

template <typename Of>
void ExpectAtLeast(const Runs& runs, const char* what, Bound bound, Of of) {
  std::printf("%s: %.3f, at worst %.3f\n", what, runs.Median(of), runs.Least(of));
  EXPECT_GE(runs.Median(of), bound.wanted) << what;
  EXPECT_GE(runs.Least(of), bound.worst) << what;
}

template <typename Of>
void ExpectBelow(const Runs& runs, const char* what, Bound bound, Of of) {
  std::printf("%s: %.4g, at worst %.4g\n", what, runs.Median(of), runs.Most(of));
  EXPECT_LT(runs.Median(of), bound.wanted) << what;
  EXPECT_LT(runs.Most(of), bound.worst) << what;
}

double QueueMs(const Trace& trace, Window window) { return 1000 * ToSeconds(QueueP95(trace, window)); }

// The worst of all receivers.
template <typename Of>
auto WorstReceiver(Of of) {
  return [of](const Outcome& outcome) {
    double most = 0;
    for (const Trace& trace : outcome.receivers) most = std::max(most, of(trace));
    return most;
  };
}

class RoundTrips : public testing::TestWithParam<Duration> {
 protected:
  Duration rtt() const { return GetParam(); }
  std::string Named(const std::string& name) const { return name + "-" + std::to_string(ToMillis(rtt())); }
};
INSTANTIATE_TEST_SUITE_P(Rfc8867, RoundTrips, testing::Values(30ms, 100ms, 250ms),
                         [](const auto& test) { return std::to_string(ToMillis(test.param)) + "ms"; });

Steps Scaled(const Steps& steps, double factor) {
  Steps scaled = steps;
  for (auto& step : scaled) step.bps = static_cast<std::uint64_t>(static_cast<double>(step.bps) * factor);
  return scaled;
}

// What is lost before anybody can know does not count: two seconds from the start and from each fall.
double LossWhenKnown(const Trace& trace, const Steps& steps, Duration end) {
  double worst = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Duration until = i + 1 < steps.size() ? steps[i + 1].at : end;
    worst = std::max(worst, OverflowOf(trace, {steps[i].at + 2s, until}));
  }
  return worst;
}

// 5.1 Variable available capacity with a single flow.
TEST_P(RoundTrips, VariableCapacityWithASingleFlow) {
  const Steps capacity = {{0s, 1'000'000}, {40s, 2'500'000}, {60s, 600'000}, {80s, 1'000'000}};
  const Runs runs(
      {.name = Named("5.1"), .duration = 100s, .receivers = {{.link = LinkOf(capacity), .rtt = rtt()}}});
  ExpectAtLeast(runs, "use", kUse,
                [&](const Outcome& o) { return UseOf(o.receivers[0], 0, kLayers, capacity, {}); });
  ExpectBelow(runs, "queue", kQueueMs, [&](const Outcome& o) { return QueueMs(o.receivers[0], {}); });
  ExpectBelow(runs, "loss", kLoss,
              [&](const Outcome& o) { return LossWhenKnown(o.receivers[0], capacity, 100s); });
}

// 5.2 Variable available capacity with multiple flows.
TEST_P(RoundTrips, VariableCapacityWithTwoFlows) {
  const Steps capacity = {
      {0s, 4'000'000}, {25s, 2'000'000}, {50s, 3'500'000}, {75s, 1'000'000}, {100s, 2'000'000}};
  const ReceiverModel receiver = {.shared = 0, .rtt = rtt()};
  const Runs runs({.name = Named("5.2"),
                   .duration = 125s,
                   .shared = {LinkOf(capacity)},
                   .receivers = {receiver, receiver}});
  ExpectAtLeast(runs, "use", kUse, [&](const Outcome& o) {
    double use = 0;
    for (const Trace& trace : o.receivers) use += UseOf(trace, 0, kLayers, Scaled(capacity, 0.5), {}) / 2;
    return use;
  });
  ExpectBelow(runs, "queue", kQueueMs, WorstReceiver([](const Trace& t) { return QueueMs(t, {}); }));
  ExpectBelow(runs, "loss", kLoss,
              WorstReceiver([&](const Trace& t) { return LossWhenKnown(t, capacity, 125s); }));
}

// 5.3 Congested feedback link: what the receiver reports shares its own narrow link with an upload.
TEST_P(RoundTrips, CongestedFeedbackLink) {
  const Steps capacity = {{0s, 2'000'000}, {20s, 1'000'000}, {40s, 700'000}, {60s, 2'000'000}};
  LinkModel up = LinkOf(Steps{{0s, 2'000'000}, {35s, 800'000}, {70s, 2'000'000}});
  up.cross = {{.kind = CrossTraffic::Kind::kTcp, .rtt = rtt()}};
  const Runs runs({.name = Named("5.3"),
                   .duration = 100s,
                   .receivers = {{.link = LinkOf(capacity), .up = up, .rtt = rtt()}}});
  ExpectAtLeast(runs, "use", kUse,
                [&](const Outcome& o) { return UseOf(o.receivers[0], 0, kLayers, capacity, {}); });
  ExpectBelow(runs, "queue", kQueueMs, [&](const Outcome& o) { return QueueMs(o.receivers[0], {}); });
  ExpectBelow(runs, "loss", kLoss,
              [&](const Outcome& o) { return LossWhenKnown(o.receivers[0], capacity, 100s); });
}

// 5.5 Round-trip time fairness: five receivers behind one link, each farther away than the one before.
TEST(Rfc8867, RoundTripTimesDoNotDecideWhoGetsWhat) {
  Scenario scenario = {.name = "5.5", .duration = 150s, .shared = {LinkOf(4'000'000)}, .receivers = {}};
  const std::array delays = {10ms, 25ms, 50ms, 100ms, 150ms};
  for (std::size_t i = 0; i < delays.size(); ++i) {
    scenario.receivers.push_back({.shared = 0, .rtt = 2 * delays[i], .join = i * 10s});
  }
  const Runs runs(scenario);
  const Window settled = {60s};
  for (std::size_t i = 0; i < delays.size(); ++i) {
    // A fifth of the link carries the second encoding. A receiver that was unlucky once is without it for a
    // minute.
    ExpectAtLeast(runs, "use", {kUse.wanted, 0.5}, [&](const Outcome& o) {
      return UseOf(o.receivers[i], 0, kLayers, {{0s, 800'000}}, settled);
    });
  }
  ExpectBelow(runs, "queue", kQueueMs, [](const Outcome& o) {  // it is one queue
    double sum = 0;
    for (const Trace& trace : o.receivers) sum += QueueMs(trace, {2s});
    return sum / static_cast<double>(o.receivers.size());
  });
  ExpectBelow(runs, "loss", kLoss, WorstReceiver([&](const Trace& t) { return OverflowOf(t, settled); }));
}

// 5.6 Media flow competing with a long TCP flow.
TEST_P(RoundTrips, LivesBesideALongTcpFlow) {
  LinkModel link = LinkOf(2'000'000);
  link.cross = {{.kind = CrossTraffic::Kind::kTcp, .from = 5s, .until = 100s, .rtt = rtt()}};
  const Runs runs({.name = Named("5.6"), .duration = 120s, .receivers = {{.link = link, .rtt = rtt()}}});
  // A fair half of the link carries the second encoding. TCP fills the queue of 300 ms whatever we do, and
  // its end drops of both.
  ExpectAtLeast(runs, "use", {kUse.wanted, 0.4}, [&](const Outcome& o) {
    return UseOf(o.receivers[0], 0, kLayers, {{0s, 1'000'000}}, {10s, 100s});
  });
  ExpectBelow(runs, "loss", {kLoss.wanted, 0.035}, [&](const Outcome& o) {
    return OverflowOf(o.receivers[0], {10s, 100s});
  });
  // (Now and then the best encoding is taken for one that does not fit, for a minute.)
  const double alone_again = runs.Median([&](const Outcome& o) {
    return ToSeconds(StaysFrom(o.receivers[0], 0, 2, {100s}).value_or(1000s) - 100s);
  });
  EXPECT_LE(alone_again, 10);
}

// 5.7 Media flow competing with short TCP flows.
TEST_P(RoundTrips, LivesBesideShortTcpFlows) {
  LinkModel link = LinkOf(2'000'000);
  for (int i = 0; i < 10; ++i) {
    link.cross.push_back({.kind = CrossTraffic::Kind::kTcp,
                          .from = i * 700ms,
                          .rtt = rtt(),
                          .transfer = 30'000U + 2'000U * static_cast<unsigned>(i),
                          .pause = 7s + i * 600ms});
  }
  const Runs runs({.name = Named("5.7"), .duration = 120s, .receivers = {{.link = link, .rtt = rtt()}}});
  ExpectAtLeast(runs, "use", kUse, [&](const Outcome& o) {
    return UseOf(o.receivers[0], 0, kLayers, {{0s, 1'500'000}}, {5s});
  });
  ExpectBelow(runs, "loss", {0.005, 0.01},
              [&](const Outcome& o) { return OverflowOf(o.receivers[0], {2s}); });
  ExpectBelow(runs, "switches", {9, 17},
              [&](const Outcome& o) { return static_cast<double>(Switches(o.receivers[0], 0, {5s})); });
}

// 5.8 Media pause and resume.
TEST_P(RoundTrips, PauseAndResume) {
  const Steps capacity = {{0s, 3'500'000}};
  ReceiverModel receiver = {.shared = 0, .rtt = rtt()};
  ReceiverModel pausing = receiver;
  pausing.pauses = {{40s, 60s}};
  const Runs runs({.name = Named("5.8"),
                   .duration = 100s,
                   .shared = {LinkOf(capacity)},
                   .receivers = {receiver, pausing, receiver}});
  const auto use = [&](std::size_t who, double share, Window window) {
    ExpectAtLeast(runs, "use", {kUse.wanted, 0.6}, [&](const Outcome& o) {
      return UseOf(o.receivers[who], 0, kLayers, Scaled(capacity, share), window);
    });
  };
  for (std::size_t i = 0; i < 3; ++i) {
    use(i, 1 / 3.0, {5s, 40s});
    use(i, 1 / 3.0, {65s});
  }
  use(0, 1 / 2.0, {45s, 60s});
  use(2, 1 / 2.0, {45s, 60s});
  ExpectBelow(runs, "queue", kQueueMs, WorstReceiver([](const Trace& t) { return QueueMs(t, {2s}); }));
  ExpectBelow(runs, "loss", kLoss, WorstReceiver([](const Trace& t) { return OverflowOf(t, {2s}); }));
  EXPECT_EQ(runs.Most([](const Outcome& o) { return HighestLayer(o.receivers[1], 0, {42s, 60s}); }), -1);
}

}  // namespace
}  // namespace kcs::sim
