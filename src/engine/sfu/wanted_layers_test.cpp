#include "engine/sfu/wanted_layers.h"

#include <gtest/gtest.h>

namespace kcs::sfu {
namespace {

class Wanted : public ::testing::Test {
 protected:
  std::optional<int> After(Duration passed) {
    now_ += passed;
    return layers_.Take(now_);
  }
  void Update(int wished, int carried) { layers_.Update(wished, carried, now_); }
  // How long nobody has to carry more than `carried` until that is told.
  Duration TimeToGiveUp(int carried) {
    Update(WantedLayers::kAll, carried);
    const Timestamp begin = now_;
    while (layers_.told() != carried && now_ < begin + 300s) After(100ms);
    return now_ - begin;
  }

  Timestamp now_{10s};
  WantedLayers layers_;
};

TEST_F(Wanted, NothingIsSaidWhileAllIsWanted) {
  Update(WantedLayers::kAll, WantedLayers::kAll);
  EXPECT_EQ(layers_.NextDeadline(), kNever);
  EXPECT_EQ(After(100s), std::nullopt);
}

TEST_F(Wanted, WhatNobodyWishesIsGivenUpSoonAndTakenBackAtOnce) {
  Update(0, 0);
  EXPECT_EQ(After(400ms), std::nullopt);
  EXPECT_EQ(After(100ms), 0);
  EXPECT_TRUE(layers_.IsDormant(1, now_));
  EXPECT_FALSE(layers_.IsDormant(0, now_));
  Update(2, 2);
  EXPECT_EQ(After(0s), 2);
}

TEST_F(Wanted, WhatFitsNobodysLinkIsGivenUpAfterFiveSeconds) {
  Update(WantedLayers::kAll, 1);
  EXPECT_EQ(After(4900ms), std::nullopt);
  EXPECT_EQ(After(100ms), 1);
  EXPECT_EQ(layers_.NextDeadline(), kNever);
  Update(WantedLayers::kAll, WantedLayers::kAll);
  EXPECT_EQ(After(0s), WantedLayers::kAll);
}

TEST_F(Wanted, AShortDipCostsNothing) {
  for (int i = 0; i < 20; ++i) {
    Update(WantedLayers::kAll, 0);
    EXPECT_EQ(After(4s), std::nullopt);
    Update(WantedLayers::kAll, WantedLayers::kAll);
    EXPECT_EQ(After(1s), std::nullopt);
  }
}

TEST_F(Wanted, OnlyWhatWasCarriedAllTheTimeIsGivenUp) {
  Update(WantedLayers::kAll, 0);
  EXPECT_EQ(After(3s), std::nullopt);
  Update(WantedLayers::kAll, 1);
  EXPECT_EQ(After(1s), std::nullopt);
  Update(WantedLayers::kAll, 0);
  EXPECT_EQ(After(1s), 1);
  EXPECT_EQ(After(4900ms), std::nullopt);
  EXPECT_EQ(After(100ms), 0);
}

TEST_F(Wanted, ALayerThatSoonProvesTooLargeAgainIsGivenUpLaterEachTime) {
  EXPECT_EQ(TimeToGiveUp(0), 5s);
  for (const Duration expected :
       {Duration(5s), Duration(10s), Duration(20s), Duration(40s), Duration(80s), Duration(80s)}) {
    Update(WantedLayers::kAll, WantedLayers::kAll);
    EXPECT_EQ(After(1s), WantedLayers::kAll);
    EXPECT_EQ(TimeToGiveUp(0), expected);
  }
  // It lasted: all is forgotten.
  Update(WantedLayers::kAll, WantedLayers::kAll);
  After(0s);
  After(100s);
  TimeToGiveUp(0);
  Update(WantedLayers::kAll, WantedLayers::kAll);
  After(0s);
  EXPECT_EQ(TimeToGiveUp(0), 5s);
}

TEST_F(Wanted, ALayerThatIsAskedForHasTimeToCome) {
  Update(0, 0);
  After(1s);
  Update(2, 2);
  After(0s);
  EXPECT_TRUE(layers_.IsDormant(2, now_));
  EXPECT_FALSE(layers_.IsDormant(0, now_));
  EXPECT_TRUE(layers_.IsDormant(2, now_ + 2900ms));
  EXPECT_FALSE(layers_.IsDormant(2, now_ + 3s));
}

TEST_F(Wanted, WithoutReceiversNothingIs) {
  Update(WantedLayers::kNone, WantedLayers::kNone);
  EXPECT_EQ(After(500ms), WantedLayers::kNone);
  EXPECT_TRUE(layers_.IsDormant(0, now_));
}

}  // namespace
}  // namespace kcs::sfu
