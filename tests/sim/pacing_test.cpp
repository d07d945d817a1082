// Large pictures towards receivers whose links are much narrower than their sender's.
#include <gtest/gtest.h>

#include "judge.h"

namespace kcs::sim {
namespace {

// A browser's pacer is made for its own link, and its encodings share it: what is a trickle to it is a flood
// to a narrow receiver.
SenderModel FastSender() { return {.pacing = 10'000'000, .key_frame = 8, .key_frames_every = 4s}; }

class Pacing : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Capacities, Pacing, testing::Values(300'000, 500'000, 700'000, 1'000'000, 2'200'000),
                         testing::PrintToStringParamName());

TEST_P(Pacing, SoundIsNotHeldUpByKeyFrames) {
  const Outcome outcome = Play({.name = "pacing-" + std::to_string(GetParam()),
                                .duration = 60s,
                                .senders = {FastSender()},
                                .receivers = {{.link = LinkOf(GetParam())}}});
  const Trace& trace = outcome.receivers[0];
  EXPECT_LE(LongestAudioGap(trace, {5s}), 100ms);
  EXPECT_EQ(AudioLost(trace, {2s}), 0U);
}

}  // namespace
}  // namespace kcs::sim
