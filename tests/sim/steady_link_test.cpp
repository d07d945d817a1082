// Links that do not change: what a receiver gets must not change either.
#include <gtest/gtest.h>

#include "judge.h"
#include "runs.h"

namespace kcs::sim {
namespace {

const std::vector<std::uint32_t> kLayers = SenderModel{}.video;

class SteadyLink : public testing::TestWithParam<std::uint64_t> {};
// In the middle between two layers, and where the next one only just fits, or only just does not.
INSTANTIATE_TEST_SUITE_P(Capacities, SteadyLink,
                         testing::Values(180'000, 250'000, 400'000, 560'000, 620'000, 700'000, 850'000,
                                         1'000'000, 1'300'000, 1'550'000, 1'650'000, 1'750'000, 2'100'000,
                                         3'000'000, 4'000'000));

TEST_P(SteadyLink, SwitchesLayersAtMostOnceAMinute) {
  const Outcome outcome = Play({.name = "steady-" + std::to_string(GetParam() / 1000),
                                .duration = 190s,
                                .receivers = {{.link = LinkOf(GetParam())}}});
  const Trace& trace = outcome.receivers[0];
  EXPECT_LE(Switches(trace, 0, {10s, 190s}), 3) << "in three minutes";
  EXPECT_LE(MostSwitchesInAMinute(trace, 0, {10s}), 1);
  const int best = BestLayer(kLayers, GetParam());
  EXPECT_GE(LowestLayer(trace, 0, {10s}), best);
  EXPECT_LE(best < 0 ? 0ms : LongestGap(trace, 0, {10s}), 500ms);
  EXPECT_LE(LongestAudioGap(trace, {2s}), 120ms);
  EXPECT_EQ(AudioLost(trace, {2s}), 0U);
}

// Beside sound there is room for the smallest picture's mean, or nearly, but not for all that it goes up to.
class BarelyAPicture : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Capacities, BarelyAPicture,
                         testing::Values(190'000, 200'000, 210'000, 220'000, 230'000, 240'000),
                         testing::PrintToStringParamName());

TEST_P(BarelyAPicture, ItDoesNotComeAndGoAndSoundDoesNotSuffer) {
  const Window settled{5s};
  const Runs runs({.name = "barely-a-picture-" + std::to_string(GetParam() / 1000),
                   .duration = 185s,
                   .receivers = {{.link = LinkOf(GetParam())}}});
  const auto switches = [&](const Outcome& o) { return MostSwitchesInAMinute(o.receivers[0], 0, settled); };
  EXPECT_LE(runs.Median(switches), 1);
  EXPECT_LE(runs.Most(switches), 2);
  EXPECT_LE(runs.Most([&](const Outcome& o) { return Switches(o.receivers[0], 0, settled); }), 3);
  EXPECT_LE(runs.Most([&](const Outcome& o) { return LongestAudioGap(o.receivers[0], settled); }), 120ms);
  EXPECT_EQ(runs.Most([&](const Outcome& o) { return AudioLost(o.receivers[0], settled); }), 0U);
  // A queue that is taken for others' would stay.
  EXPECT_LE(runs.Most([&](const Outcome& o) { return QueueP95(o.receivers[0], settled); }), 150ms);
  if (BestLayer(kLayers, GetParam()) < 0) return;
  EXPECT_EQ(runs.Least([&](const Outcome& o) { return LowestLayer(o.receivers[0], 0, settled); }), 0);
}

TEST(LossyLink, KeepsItsLayersWhenATenthIsLostAtRandom) {
  LinkModel link = LinkOf(4'000'000);
  link.loss = 0.1;
  const Outcome outcome = Play({.name = "random-loss", .duration = 120s, .receivers = {{.link = link}}});
  const auto from = StaysFrom(outcome.receivers[0], 0, 2, {});
  ASSERT_TRUE(from);
  EXPECT_LE(*from, 4s);
}

TEST(LossyLink, KeepsItsLayersWhenLossesComeInBursts) {
  LinkModel link = LinkOf(4'000'000);
  link.bursts = LinkModel::Bursts{.begin = 0.005, .end = 0.2};
  const Outcome outcome = Play({.name = "burst-loss", .duration = 120s, .receivers = {{.link = link}}});
  EXPECT_LE(Switches(outcome.receivers[0], 0, {3s}), 2);
  EXPECT_GE(UseOf(outcome.receivers[0], 0, kLayers, link.capacity, {3s}), 0.9);
}

}  // namespace
}  // namespace kcs::sim
