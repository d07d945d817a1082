// What happens at the start, when a link becomes narrow, and when it becomes wide again.
#include "link_change.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "judge.h"
#include "runs.h"

namespace kcs::sim {
namespace {

const std::vector<std::uint32_t> kLayers = SenderModel{}.video;

class LinkChange : public testing::TestWithParam<Duration> {
 protected:
  Outcome PlayOn(const std::string& name, const LinkModel& link, Duration duration) const {
    return Play({.name = name + "-" + std::to_string(ToMillis(GetParam())),
                 .duration = duration,
                 .receivers = {{.link = link, .rtt = GetParam()}}});
  }
};
INSTANTIATE_TEST_SUITE_P(RoundTrips, LinkChange, testing::Values(30ms, 100ms, 250ms),
                         [](const auto& test) { return std::to_string(ToMillis(test.param)) + "ms"; });

TEST_P(LinkChange, TheBestLayerIsThereWithinThreeSecondsOfJoining) {
  const Outcome outcome = PlayOn("start-4M", LinkOf(4'000'000), 30s);
  const auto from = StaysFrom(outcome.receivers[0], 0, 2, {});
  ASSERT_TRUE(from);
  EXPECT_LE(*from, 3s);
  EXPECT_EQ(AudioLost(outcome.receivers[0], {}), 0U);
}

TEST_P(LinkChange, TheStartOnANarrowLinkIsNotTooMuchForIt) {
  const Outcome outcome = PlayOn("start-600k", LinkOf(600'000), 30s);
  const Trace& trace = outcome.receivers[0];
  const auto picture = FirstAt(trace, 0, 0, {});
  ASSERT_TRUE(picture);
  EXPECT_LE(*picture, 1s);
  EXPECT_LE(LongestOverload(trace, {}), 1s);
  EXPECT_EQ(AudioLost(trace, {1s}), 0U);
  EXPECT_LE(LongestAudioGap(trace, {}), 100ms);
}

TEST_P(LinkChange, ANarrowLinkGetsTheLowerLayerAtOnceAndAWideOneTheUpperSoon) {
  const Outcome outcome = PlayOn("down-and-up", LinkOf(DownAndUp()), 70s);
  const Trace& trace = outcome.receivers[0];
  ExpectDownAndUp(trace, 2);
  const auto down = StaysFrom(trace, 0, BestLayer(kLayers, 500'000), {kNarrowFrom, kWideFrom});
  ASSERT_TRUE(down);
  EXPECT_LE(*down, kNarrowFrom + 1500ms);
}

// Probes are rare there, since they do harm; but not when pictures pass faster than they found. (With this
// seed one of the five runs took 13 seconds without that.)
TEST(LinkChange, ALinkThatLayersNearlyFilledIsUsedSoonWhenItHasWidened) {
  constexpr Duration kWidens = 60s;
  const Runs runs({.name = "nearly-full",
                   .duration = 80s,
                   .senders = {{.video = {150'000, 500'000, 1'500'000},
                                .svc = "L3T3_KEY",
                                .codec = wire::CodecType::kVp9,
                                .temporal_layers = 3}},
                   .receivers = {{.link = LinkOf({{0s, 400'000}, {kWidens, 4'000'000}})}},
                   .seed = 3});
  const auto up = [&](const Outcome& o) {
    return StaysFrom(o.receivers[0], 0, 2, {kWidens}).value_or(24h) - kWidens;
  };
  EXPECT_LE(runs.Median(up), 7s);
  EXPECT_LE(runs.Most(up), 9s);
}

}  // namespace

Steps DownAndUp() { return {{0s, 3'000'000}, {kNarrowFrom, 500'000}, {kWideFrom, 3'000'000}}; }

void ExpectDownAndUp(const Trace& trace, int upper, const ChangeBounds& bounds) {
  const Window change{kNarrowFrom, kNarrowFrom + bounds.lasts};
  const Window narrow{kNarrowFrom + std::max<Duration>(bounds.lasts, 1500ms), kWideFrom};
  EXPECT_LT(HighestLayer(trace, 0, narrow), upper);
  EXPECT_GE(LowestLayer(trace, 0, narrow), 0);
  EXPECT_LE(LongestGap(trace, 0, {0s, kNarrowFrom}), 500ms);
  EXPECT_LE(LongestGap(trace, 0, {kNarrowFrom, narrow.from}), bounds.picture_gap);
  EXPECT_LE(LongestGap(trace, 0, {narrow.from}), 500ms);
  EXPECT_LE(LongestAudioGap(trace, change), bounds.audio_gap);
  EXPECT_LE(AudioLost(trace, change), bounds.audio_lost);
  EXPECT_LE(LongestAudioGap(trace, {change.until}), 100ms);
  EXPECT_EQ(AudioLost(trace, {change.until}), 0U);

  const auto up = StaysFrom(trace, 0, upper, {kWideFrom});
  ASSERT_TRUE(up);
  EXPECT_LE(*up, kWideFrom + 8s);
}

}  // namespace kcs::sim
