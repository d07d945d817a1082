#include "engine/worker/gathering.h"

#include <gtest/gtest.h>

namespace kcs::worker_process {
namespace {

class GatheringTest : public ::testing::Test {
 protected:
  // Works for `work` at the beginning of each `period`, for half a second.
  void Run(Duration work, Duration period) {
    for (const Timestamp end = now_ + 500ms; now_ < end; now_ += period) gathering_.OnWork(now_, now_ + work);
  }

  Gathering gathering_;
  Timestamp now_{1'000s};
};

TEST_F(GatheringTest, AWorkerThatDoesNothingWaitsForNothing) {
  EXPECT_EQ(gathering_.Pause(now_), 0ms);
  Run(10us, 1ms);
  EXPECT_EQ(gathering_.Pause(now_), 0ms);
}

TEST_F(GatheringTest, AWorkerThatHasSomethingToDoWaitsAsLongAsAPictureTakes) {
  Run(25us, 1ms);
  EXPECT_NEAR(ToSeconds(gathering_.Pause(now_)), ToSeconds(Gathering::kPicture), 20e-6);
}

TEST_F(GatheringTest, TheMoreAWorkerDoesTheLongerItWaitsAndWhenItIsFullNotAtAll) {
  Run(100us, 1ms);
  const Duration some = gathering_.Pause(now_);
  EXPECT_GT(some, 100us);
  Run(300us, 1ms);
  const Duration more = gathering_.Pause(now_);
  EXPECT_GT(more, some);
  EXPECT_LT(more, Gathering::kTurn);
  Run(700us, 1ms);
  const Duration less = gathering_.Pause(now_);
  EXPECT_NEAR(ToSeconds(less), 300e-6, 50e-6) << "with the work a turn";
  Run(1ms, 1ms);
  EXPECT_EQ(gathering_.Pause(now_), 0ms);
}

TEST_F(GatheringTest, WhatAWorkerDidIsSoonForgotten) {
  Run(500us, 1ms);
  EXPECT_GT(gathering_.Pause(now_), 0ms);
  EXPECT_EQ(gathering_.Pause(now_ + 500ms), 0ms);
}

TEST_F(GatheringTest, LongTurnsCountAsManyShortOnes) {
  Run(100us, 1ms);
  const Duration short_turns = gathering_.Pause(now_);
  Run(1ms, 10ms);
  EXPECT_NEAR(ToSeconds(gathering_.Pause(now_)), ToSeconds(short_turns), 60e-6);
}

}  // namespace
}  // namespace kcs::worker_process
