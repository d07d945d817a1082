// Links that do not change: what a receiver gets must not change either.
#include <gtest/gtest.h>

#include "judge.h"

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
  // One on average; a layer that is tried and does not fit is two at once.
  EXPECT_LE(Switches(trace, 0, {10s, 190s}), 3) << "in three minutes";
  EXPECT_LE(MostSwitchesInAMinute(trace, 0, {10s}), 2);
  const int best = BestLayer(kLayers, GetParam());
  EXPECT_GE(LowestLayer(trace, 0, {10s}), best);
  EXPECT_LE(best < 0 ? 0ms : LongestGap(trace, 0, {10s}), 500ms);
  EXPECT_LE(LongestAudioGap(trace, {2s}), 120ms);
  EXPECT_EQ(AudioLost(trace, {2s}), 0U);
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
