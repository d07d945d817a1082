#include "engine/media/retransmission_gate.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

using Verdict = RetransmissionGate::Verdict;

TEST(RetransmissionGate, SendsAPacketOnceARoundTrip) {
  RetransmissionGate gate;
  const Timestamp now{5s};
  EXPECT_EQ(gate.Ask(7, 100ms, now), Verdict::kSend);
  EXPECT_EQ(gate.Ask(7, 100ms, now + 99ms), Verdict::kTooSoon);
  EXPECT_EQ(gate.Ask(8, 100ms, now + 99ms), Verdict::kSend);
  EXPECT_EQ(gate.Ask(7, 100ms, now + 101ms), Verdict::kSend);
}

TEST(RetransmissionGate, AFloodOfRequestsGetsTheBudgetAndNoMore) {
  RetransmissionGate gate{400};
  int sent = 0;
  std::uint16_t sequence = 0;
  for (Timestamp now{5s}; now < Timestamp{15s}; now += 1ms) {
    for (int i = 0; i < 20; ++i) sent += gate.Ask(sequence++, 0ms, now) == Verdict::kSend ? 1 : 0;
  }
  EXPECT_NEAR(sent, 400 + 4000, 10) << "one second saved up, and ten more";
}

TEST(RetransmissionGate, AskingForTheSamePacketsAgainAndAgainGainsNothing) {
  RetransmissionGate gate;
  int sent = 0;
  for (Timestamp now{5s}; now < Timestamp{6s}; now += 1ms) {
    for (std::uint16_t s = 0; s < 17; ++s) sent += gate.Ask(s, 100ms, now) == Verdict::kSend ? 1 : 0;
  }
  EXPECT_EQ(sent, 17 * 10);
}

}  // namespace
}  // namespace kcs::media
