// A receiver's path that fails for some seconds, as Wi-Fi does: its reports alone, or everything.
#include <gtest/gtest.h>

#include "judge.h"

namespace kcs::sim {
namespace {

constexpr Duration kFails = 20s;
constexpr Duration kReturns = 23s;

LinkModel Failing(std::uint64_t bps) { return LinkOf(Steps{{0s, bps}, {kFails, 0}, {kReturns, bps}}); }

class Outage : public testing::TestWithParam<Duration> {
 protected:
  static Outcome PlayOn(const std::string& name, const LinkModel& down) {
    return Play({.name = "outage-" + name + "-" + std::to_string(ToMillis(GetParam())),
                 .duration = 60s,
                 .receivers = {{.link = down, .up = Failing(2'000'000), .rtt = GetParam()}}});
  }
};
INSTANTIATE_TEST_SUITE_P(RoundTrips, Outage, testing::Values(30ms, 150ms),
                         [](const auto& test) { return std::to_string(ToMillis(test.param)) + "ms"; });

TEST_P(Outage, OfTheReportsAloneStopsNeitherSoundNorPictureAndTheLayersAreSoonBack) {
  const Outcome outcome = PlayOn("reports", LinkOf(4'000'000));
  const Trace& trace = outcome.receivers[0];
  EXPECT_EQ(LowestLayer(trace, 0, {5s, kFails}), 2);
  EXPECT_EQ(AudioLost(trace, {}), 0U);
  EXPECT_LE(LongestAudioGap(trace, {2s}), 100ms);
  EXPECT_LE(LongestGap(trace, 0, {5s}), 500ms);
  const auto back = StaysFrom(trace, 0, 2, {kReturns, 60s});
  ASSERT_TRUE(back);
  EXPECT_LE(*back, kReturns + 8s);
}

TEST_P(Outage, OfEverythingIsOverWhenTheLinkIsBack) {
  const Outcome outcome = PlayOn("all", Failing(4'000'000));
  const Trace& trace = outcome.receivers[0];
  EXPECT_EQ(LowestLayer(trace, 0, {5s, kFails}), 2);
  // The samples' gaps reach back to before the return.
  EXPECT_LE(LongestAudioGap(trace, {kReturns + 500ms}), 100ms);
  EXPECT_EQ(AudioLost(trace, {kReturns + 500ms}), 0U);
  EXPECT_LE(LongestGap(trace, 0, {kReturns + 1500ms}), 500ms);
  const auto back = StaysFrom(trace, 0, 2, {kReturns, 60s});
  ASSERT_TRUE(back);
  EXPECT_LE(*back, kReturns + 8s);
}

}  // namespace
}  // namespace kcs::sim
