// Several receivers of one sender, and several senders for one receiver.
#include <gtest/gtest.h>

#include <array>

#include "judge.h"

namespace kcs::sim {
namespace {

const std::vector<std::uint32_t> kLayers = SenderModel{}.video;

TEST(ManyReceivers, EachGetsWhatItsLinkCarriesAndNoneDisturbsAnother) {
  const std::array<std::uint64_t, 20> capacities = {150'000,   200'000,   260'000,   320'000,   400'000,
                                                    700'000,   800'000,   900'000,   1'000'000, 1'200'000,
                                                    1'300'000, 1'400'000, 2'000'000, 2'200'000, 2'500'000,
                                                    3'000'000, 4'000'000, 5'000'000, 6'000'000, 8'000'000};
  Scenario scenario = {.name = "twenty", .duration = 60s, .receivers = {}};
  for (const std::uint64_t bps : capacities) scenario.receivers.push_back({.link = LinkOf(bps)});
  const Outcome outcome = Play(scenario);
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    const Trace& trace = outcome.receivers[i];
    const int best = BestLayer(kLayers, capacities[i]);
    EXPECT_EQ(LowestLayer(trace, 0, {15s}), best) << capacities[i];
    EXPECT_EQ(HighestLayer(trace, 0, {15s}), best) << capacities[i];
    // Where no picture fits, that is found out by trying one: its key frame takes 130 ms at 150 kbit/s.
    EXPECT_LE(LongestAudioGap(trace, {best < 0 ? 2s : 0s}), 100ms) << capacities[i];
    EXPECT_LE(LongestAudioGap(trace, {}), 150ms) << capacities[i];
    EXPECT_EQ(AudioLost(trace, {2s}), 0U) << capacities[i];
    EXPECT_LT(QueueP95(trace, {2s}), 100ms) << capacities[i];
    EXPECT_LE(best < 0 ? 0ms : LongestGap(trace, 0, {15s}), 200ms) << capacities[i];
  }
  // Each encoding has its own key frames. Once everybody has what fits, none is wanted.
  EXPECT_LE(MostWithinASecond(outcome.key_frame_requests[0], {}), kLayers.size());
  EXPECT_LE(MostWithinASecond(outcome.key_frame_requests[0], {5s}), 1U);
  EXPECT_LE(outcome.key_frame_requests[0].size(), 60U);
}

TEST(Receiver, WithoutReportsGetsEverything) {
  const Outcome outcome =
      Play({.name = "no-reports",
            .receivers = {{.link = LinkOf(20'000'000), .reports = Participant::Reports::kNone}}});
  const auto from = StaysFrom(outcome.receivers[0], 0, 2, {});
  ASSERT_TRUE(from);
  EXPECT_LE(*from, 1s);
}

TEST(Receiver, ThatOnlyTellsARateGetsWhatFitsIntoIt) {
  const Steps capacity = {{0s, 4'000'000}, {30s, 900'000}};
  const Outcome outcome =
      Play({.name = "remb",
            .duration = 60s,
            .receivers = {{.link = LinkOf(capacity), .reports = Participant::Reports::kRemb}}});
  const Trace& trace = outcome.receivers[0];
  const auto from = StaysFrom(trace, 0, 2, {0s, 30s});
  ASSERT_TRUE(from);
  EXPECT_LE(*from, 15s) << "it cannot be probed, and grows on its own";
  const auto down = FirstAt(trace, 0, 1, {30s});
  ASSERT_TRUE(down);
  EXPECT_LE(*down, 33s);
  EXPECT_GE(UseOf(trace, 0, kLayers, {{0s, 900'000}}, {33s}), 0.9);
  // Its rate is found by going beyond it now and then.
  EXPECT_LE(AudioLost(trace, {35s}), 5U);
}

// A camera of one encoding with three temporal layers, over links that carry all of it, two thirds, and not
// even half.
TEST(TemporalLayers, GoBeforeThePictureDoes) {
  const auto shown = [](std::uint64_t bps) {
    const SenderModel camera = {.video = {600'000}, .temporal_layers = 3};
    const Outcome outcome = Play({.name = "temporal-" + std::to_string(bps / 1000),
                                  .duration = 60s,
                                  .senders = {camera},
                                  .receivers = {{.link = LinkOf(bps)}}});
    const Trace& trace = outcome.receivers[0];
    EXPECT_EQ(LowestLayer(trace, 0, {10s}), 0) << bps;
    EXPECT_LE(LongestGap(trace, 0, {10s}), 300ms) << bps;
    EXPECT_EQ(AudioLost(trace, {2s}), 0U) << bps;
    return HighestTemporal(trace, 0, {15s});
  };
  EXPECT_EQ(shown(1'500'000), 2);
  EXPECT_EQ(shown(600'000), 1);
  EXPECT_EQ(shown(400'000), 0);
}

TEST(SeveralSenders, ShareALinkFairly) {
  const Outcome outcome = Play({.name = "four-senders",
                                .duration = 60s,
                                .senders = {{}, {}, {}, {}},
                                .receivers = {{.link = LinkOf(2'800'000)}}});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(LowestLayer(outcome.receivers[0], i, {10s}), 1) << i;
}

TEST(SeveralSenders, WhoMattersMostIsSeenBest) {
  const Outcome outcome = Play({.name = "priorities",
                                .duration = 60s,
                                .senders = {{}, {}, {}},
                                .receivers = {{.link = LinkOf(1'300'000), .priorities = {1, 9, 1}}}});
  const Trace& trace = outcome.receivers[0];
  EXPECT_EQ(LowestLayer(trace, 1, {10s}), 1);
  EXPECT_EQ(HighestLayer(trace, 0, {10s}), 0);
  EXPECT_EQ(LowestLayer(trace, 0, {10s}), 0);
  EXPECT_EQ(LowestLayer(trace, 2, {10s}), 0);
}

TEST(SeveralSenders, WhoMattersMostIsSeenWhenTheOthersAreNot) {
  const Outcome outcome = Play({.name = "last-one",
                                .duration = 60s,
                                .senders = {{}, {}, {}},
                                .receivers = {{.link = LinkOf(400'000), .priorities = {1, 9, 1}}}});
  const Trace& trace = outcome.receivers[0];
  EXPECT_EQ(LowestLayer(trace, 1, {10s}), 0);
  EXPECT_EQ(HighestLayer(trace, 0, {10s}), -1);
  EXPECT_EQ(HighestLayer(trace, 2, {10s}), -1);
  EXPECT_EQ(AudioLost(trace, {2s}), 0U);
}

TEST(SeveralSenders, AScreenComesBeforeCameras) {
  const Outcome outcome = Play({.name = "screen",
                                .duration = 60s,
                                .senders = {{}, {}, {.video = {1'000'000}, .screen = true}},
                                .receivers = {{.link = LinkOf(1'600'000)}}});
  const Trace& trace = outcome.receivers[0];
  EXPECT_EQ(LowestLayer(trace, 2, {10s}), 0) << "the screen's only quality";
  EXPECT_LE(LongestGap(trace, 2, {10s}), 200ms);
  EXPECT_LE(HighestLayer(trace, 0, {10s}), 0);
}

}  // namespace
}  // namespace kcs::sim
