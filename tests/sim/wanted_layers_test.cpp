// A sender that stops encoding what nobody can be sent, and takes it up again.
#include <gtest/gtest.h>

#include <algorithm>

#include "judge.h"

namespace kcs::sim {
namespace {

using Changes = std::vector<std::pair<Duration, int>>;

const SenderModel kObedient{.obeys_layers_wanted = true};

int SentAt(const Changes& changes, Duration at) {
  int sent = -1;
  for (const auto& [when, layer] : changes) {
    if (when <= at) sent = layer;
  }
  return sent;
}

TEST(WantedLayers, ANarrowLinkFreesTheSenderAndAWideOneGetsTheLayerBack) {
  const Steps capacity = {{0s, 3'000'000}, {20s, 800'000}, {60s, 3'000'000}};
  const Outcome outcome = Play({.name = "unsent-layer",
                                .duration = 90s,
                                .senders = {kObedient},
                                .receivers = {{.link = LinkOf(capacity)}}});
  const Trace& trace = outcome.receivers[0];
  const Changes& sent = outcome.layers_sent[0];
  EXPECT_EQ(SentAt(sent, 19s), 2);
  EXPECT_EQ(SentAt(sent, 21s), 2) << "it may be a dip";
  EXPECT_EQ(SentAt(sent, 30s), 1);
  EXPECT_EQ(SentAt(sent, 59s), 1);
  // From when it is known that the link carries it.
  const auto again = std::ranges::find_if(sent, [](const auto& c) { return c.first > 60s && c.second == 2; });
  ASSERT_NE(again, sent.end());
  EXPECT_LE(again->first, 67s);
  const auto shown = StaysFrom(trace, 0, 2, {60s, 90s});
  ASSERT_TRUE(shown);
  EXPECT_LE(*shown, again->first + 1s);
  EXPECT_LE(*shown, 68s);
  EXPECT_LE(LongestGap(trace, 0, {60s, 90s}), 200ms) << "the lower layer goes on until then";
  EXPECT_EQ(AudioLost(trace, {21s}), 0U);
  EXPECT_LE(sent.size(), 4U);
}

TEST(WantedLayers, OneReceiverWithAWideLinkIsEnoughToKeepALayer) {
  const Outcome outcome = Play(
      {.name = "one-wide",
       .duration = 40s,
       .senders = {kObedient},
       .receivers = {{.link = LinkOf(800'000)}, {.link = LinkOf(400'000)}, {.link = LinkOf(4'000'000)}}});
  EXPECT_LE(outcome.layers_sent[0].back().first, 1s) << "since they joined";
  EXPECT_EQ(outcome.layers_sent[0].back().second, 2);
  EXPECT_EQ(LowestLayer(outcome.receivers[2], 0, {10s}), 2);
}

TEST(WantedLayers, TheFirstWhoCanHaveALayerGetsItWithinASecondOfKnowing) {
  const Outcome outcome =
      Play({.name = "wide-joins",
            .duration = 40s,
            .senders = {kObedient},
            .receivers = {{.link = LinkOf(800'000)}, {.link = LinkOf(4'000'000), .join = 20s}}});
  EXPECT_EQ(SentAt(outcome.layers_sent[0], 19s), 1);
  const auto shown = StaysFrom(outcome.receivers[1], 0, 2, {20s});
  ASSERT_TRUE(shown);
  EXPECT_LE(*shown, 23s);
  EXPECT_LE(HighestLayer(outcome.receivers[0], 0, {15s}), 1);
  EXPECT_LE(LongestGap(outcome.receivers[0], 0, {15s}), 200ms);
}

// The link carries the layer's mean, but not the layer beside its sound.
class BarelyTooNarrow : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Capacities, BarelyTooNarrow,
                         testing::Values(1'450'000, 1'600'000, 1'700'000, 1'800'000),
                         testing::PrintToStringParamName());

TEST_P(BarelyTooNarrow, SenderAndReceiverDoNotTakeTurns) {
  const Outcome outcome = Play({.name = "barely-" + std::to_string(GetParam()),
                                .duration = 180s,
                                .senders = {kObedient},
                                .receivers = {{.link = LinkOf(GetParam())}}});
  EXPECT_LE(outcome.layers_sent[0].size(), 5U);
  EXPECT_LE(Switches(outcome.receivers[0], 0, {5s}), 6);
  EXPECT_LE(LongestAudioGap(outcome.receivers[0], {5s}), 100ms);
}

}  // namespace
}  // namespace kcs::sim
