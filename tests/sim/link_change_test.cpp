#include <gtest/gtest.h>

#include "judge.h"

namespace kcs::sim {
namespace {

void Print(const char* what, const Outcome& outcome) {
  for (std::size_t i = 0; i < outcome.receivers.size(); ++i) {
    const Trace& t = outcome.receivers[i];
    std::printf(
        "%s[%zu]: layer %.2f switches %d p95 %lld ms overflow %.2f %% gap %lld ms audio gap %lld lost %u\n",
        what, i, MeanLayer(t, 0, {3s}), Switches(t, 0, {3s}),
        static_cast<long long>(ToMillis(QueueP95(t, {2s}))), 100 * OverflowOf(t, {2s}),
        static_cast<long long>(ToMillis(LongestGap(t, 0, {2s}))),
        static_cast<long long>(ToMillis(LongestAudioGap(t, {}))), AudioLost(t, {}));
  }
}

TEST(Start, OnFourMegabits) {
  const Outcome outcome =
      Play({.name = "start-4M", .duration = 20s, .receivers = {{.link = LinkOf(4'000'000)}}});
  Print("start-4M", outcome);
}

TEST(Start, OnSixHundredKilobits) {
  const Outcome outcome =
      Play({.name = "start-600k", .duration = 20s, .receivers = {{.link = LinkOf(600'000)}}});
  Print("start-600k", outcome);
}

TEST(Drop, AndBack) {
  const Outcome outcome =
      Play({.name = "drop",
            .duration = 60s,
            .receivers = {{.link = LinkOf(Steps{{0s, 3'000'000}, {20s, 500'000}, {40s, 3'000'000}})}}});
  Print("drop", outcome);
}

}  // namespace
}  // namespace kcs::sim
