#include "engine/congestion/loss_judge.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/entropy.h"

namespace kcs::congestion {
namespace {

// An encoder whose rate varies by a fifth from one tenth of a second to the next; `lost(packet of the
// window)`.
void Send(LossJudge& judge, int windows, unsigned packets, std::uint64_t seed,
          const std::function<bool(unsigned, Entropy&)>& lost) {
  SeededEntropy entropy(seed);
  Timestamp now{10s};
  for (int i = 0; i < windows; ++i, now += LossJudge::kWindow) {
    const unsigned count = packets * 4 / 5 + entropy.Below(packets * 2 / 5 + 1);
    for (unsigned n = 0; n < count; ++n) {
      judge.OnPacket(now + n * LossJudge::kWindow / count, 1200, lost(n, entropy));
    }
  }
}

TEST(LossJudge, MeasuresLoss) {
  LossJudge judge;
  Send(judge, 50, 25, 1, [](unsigned n, Entropy&) { return n % 5 == 0; });
  EXPECT_NEAR(judge.loss(), 0.2, 0.03);
}

TEST(LossJudge, RandomLossIsNotNarrow) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LossJudge judge;
    Send(judge, 100, 25, seed, [](unsigned, Entropy& entropy) { return entropy.Below(10) == 0; });
    EXPECT_FALSE(judge.Narrow()) << seed;
  }
}

TEST(LossJudge, WhatIsLostBeyondACapacityIsNarrow) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LossJudge judge;
    Send(judge, 40, 25, seed, [](unsigned n, Entropy&) { return n >= 20; });
    EXPECT_TRUE(judge.Narrow()) << seed;
  }
}

TEST(LossJudge, LearnsWhatThePathLosesAnyway) {
  LossJudge judge;
  Send(judge, 50, 25, 1, [](unsigned, Entropy& entropy) { return entropy.Below(10) == 0; });
  for (int i = 0; i < 100; ++i) judge.LearnRandom();
  EXPECT_NEAR(judge.random_loss(), judge.loss(), 0.02);
  judge.OnFall();
  EXPECT_EQ(judge.random_loss(), 0);
}

TEST(LossJudge, LatePacketsAreNotLost) {
  LossJudge judge;
  Send(judge, 30, 25, 1, [&](unsigned, Entropy&) {
    judge.OnFound(Timestamp{10s});  // each one that was reported lost comes after all
    return true;
  });
  EXPECT_LT(judge.loss(), 0.06);
}

TEST(LossJudge, WhatWasSentBeforeACutIsAccountedFor) {
  const auto half = [](unsigned n, Entropy&) { return n % 2 == 0; };
  LossJudge judge;
  Send(judge, 10, 25, 1, half);
  ASSERT_GT(judge.loss(), 0.3);
  judge.OnCut(Timestamp{10s} + 50 * LossJudge::kWindow);
  EXPECT_EQ(judge.loss(), 0);
  Send(judge, 49, 25, 2, half);
  EXPECT_EQ(judge.loss(), 0) << "it was sent before, and reported after";
  Send(judge, 80, 25, 2, half);
  EXPECT_GT(judge.loss(), 0.3);
}

}  // namespace
}  // namespace kcs::congestion
