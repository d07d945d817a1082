// What happens at the start, when a link becomes narrow, and when it becomes wide again.
#include <gtest/gtest.h>

#include "judge.h"

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
  const Steps capacity = {{0s, 3'000'000}, {20s, 500'000}, {40s, 3'000'000}};
  const Outcome outcome = PlayOn("down-and-up", LinkOf(capacity), 70s);
  const Trace& trace = outcome.receivers[0];
  const auto down = StaysFrom(trace, 0, BestLayer(kLayers, 500'000), {20s, 40s});
  ASSERT_TRUE(down);
  EXPECT_LE(*down, 20s + 1500ms);
  EXPECT_EQ(AudioLost(trace, {21s, 70s}), 0U);
  // Until anybody can know of it, the packets around a frame of the large picture arrive as far apart as that
  // takes to pass the narrow link: 7 kB at 500 kbit/s are 115 ms.
  EXPECT_LE(LongestAudioGap(trace, {20s, 21s}), 150ms);
  EXPECT_LE(AudioLost(trace, {20s, 21s}), 12U);
  EXPECT_LE(LongestAudioGap(trace, {21s, 70s}), 100ms);
  EXPECT_LE(LongestGap(trace, 0, {}), 500ms);

  const auto up = StaysFrom(trace, 0, 2, {40s, 70s});
  ASSERT_TRUE(up);
  EXPECT_LE(*up, 48s);
}

}  // namespace
}  // namespace kcs::sim
