#include "engine/congestion/bitrate_allocator.h"

#include <gtest/gtest.h>

#include "engine/congestion/testing/allocation.h"

namespace kcs::congestion {
namespace {

using testing::Camera;
using testing::kL00;
using testing::kL01;
using testing::kL10;
using testing::kL20;
using testing::Receiver;
using testing::Streams;

TEST(BitrateAllocator, GivesAllThatIsAskedForWhereItFits) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  const AllocationResult result = receiver.Allocate(2000);
  EXPECT_EQ(receiver.Got(0), kL20);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kPreferred);
  EXPECT_EQ(receiver.shares()[0].index, 101U);
  EXPECT_EQ(receiver.shares()[0].bps, 1'500'000U);
  EXPECT_EQ(result.next_bps, 0U);
  EXPECT_EQ(result.retry_at, kNever);
}

TEST(BitrateAllocator, SaysHowMuchWouldLetTheNextLayerIn) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  const AllocationResult result = receiver.Allocate(1600);
  EXPECT_EQ(receiver.Got(0), kL10);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kBandwidth);
  EXPECT_EQ(result.next_bps, 1'680'000U);
  receiver.Allocate(1680);
  EXPECT_EQ(receiver.Got(0), kL20);
}

TEST(BitrateAllocator, GivesEverybodyTheLowestLayerBeforeAnybodyMore) {
  Receiver receiver;
  for (int i = 0; i < 4; ++i) receiver.Add(Streams({150, 500, 1500}));
  receiver.Allocate(700);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(receiver.Got(i), kL00);
  receiver.Allocate(1500);
  EXPECT_EQ(receiver.Got(0), kL10);
  EXPECT_EQ(receiver.Got(1), kL10);
  EXPECT_EQ(receiver.Got(2), kL00);
  EXPECT_EQ(receiver.Got(3), kL00);
}

TEST(BitrateAllocator, TakesTemporalLayersOfAllBeforeALargerPictureOfOne) {
  Receiver receiver;
  receiver.Add(Camera());
  receiver.Add(Camera());
  receiver.Allocate(200);
  EXPECT_EQ(receiver.Got(0), kL01);
  EXPECT_EQ(receiver.Got(1), kL01);
  receiver.Allocate(400);
  EXPECT_EQ(receiver.Got(0), (Layers{0, 2}));
  EXPECT_EQ(receiver.Got(1), (Layers{0, 2}));
  receiver.Allocate(600);
  EXPECT_EQ(receiver.Got(0), (Layers{1, 1}));
  EXPECT_EQ(receiver.Got(1), (Layers{0, 2}));
}

TEST(BitrateAllocator, DoesNotMakeAFaceJerkForALargerPicture) {
  Receiver receiver;
  receiver.Add(Camera());
  receiver.Allocate(260);  // 200 would be the next larger one at a quarter of the pictures
  EXPECT_EQ(receiver.Got(0), (Layers{0, 2}));
  receiver.consumer(0).is_screen = true;
  receiver.Allocate(260);
  EXPECT_EQ(receiver.Got(0), kL10);
}

TEST(BitrateAllocator, ServesAScreenBeforeCamerasButLeavesTheirLowest) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.Add(Streams({300, 1500})).is_screen = true;
  receiver.Allocate(2000);
  EXPECT_EQ(receiver.Got(1), kL10);
  EXPECT_EQ(receiver.Got(0), kL00);
  receiver.Allocate(350);
  EXPECT_EQ(receiver.Got(1), kL00);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kBandwidth);
}

TEST(BitrateAllocator, PriorityDecidesAmongCameras) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.Add(Streams({150, 500, 1500})).priority = 200;
  receiver.Allocate(1900);
  EXPECT_EQ(receiver.Got(1), kL20);
  EXPECT_EQ(receiver.Got(0), kL00);
}

TEST(BitrateAllocator, PausesTheLeastImportantRatherThanAll) {
  Receiver receiver;
  for (int i = 0; i < 5; ++i) receiver.Add(Streams({150, 500})).priority = static_cast<std::uint8_t>(10 + i);
  receiver.Allocate(1000);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NE(receiver.Got(i), std::nullopt);
  receiver.Allocate(320);
  EXPECT_EQ(receiver.Got(4), kL00);
  EXPECT_EQ(receiver.Got(3), kL00);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(receiver.Got(i), std::nullopt);
}

TEST(BitrateAllocator, WhatIsTooLargeIsPassedOverForSomethingSmaller) {
  Receiver receiver;
  receiver.Add(Streams({1500})).is_screen = true;
  receiver.Add(Streams({150, 500}));
  const AllocationResult result = receiver.Allocate(400);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
  EXPECT_EQ(receiver.Got(1), kL00);
  EXPECT_EQ(result.next_bps, 560'000U);
}

TEST(BitrateAllocator, WithoutAnyBudgetNothingIsSentAndTheProberHearsIt) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  const AllocationResult result = receiver.Allocate(0);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
  EXPECT_EQ(receiver.shares()[0].bps, 0U);
  EXPECT_EQ(result.next_bps, 165'000U);
}

TEST(BitrateAllocator, PausedAudioOnlyAndHiddenOnesCostNothing) {
  Receiver receiver;
  receiver.Add(Streams({150, 500})).paused = true;
  receiver.Add(Streams({150, 500})).viewport.visible = false;
  receiver.Add(Streams({150, 500}));
  const AllocationResult result = receiver.Allocate(600);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kPreferred);
  EXPECT_EQ(receiver.Got(1), std::nullopt);
  EXPECT_EQ(receiver.Why(1), AllocationReason::kViewport);
  EXPECT_EQ(receiver.Got(2), kL10);
  EXPECT_EQ(result.next_bps, 0U);
}

TEST(BitrateAllocator, PreferredLayersAreTheMost) {
  Receiver receiver;
  receiver.Add(Camera()).preferred = {1, 1};
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), (Layers{1, 1}));
  EXPECT_EQ(receiver.Why(0), AllocationReason::kPreferred);
  receiver.consumer(0).preferred = {1, 0};
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), kL10);
}

TEST(BitrateAllocator, SaysWhenTheSenderDoesNotSendMore) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.table(0).available[2] = 0;
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), kL10);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kUnavailable);
  receiver.table(0).available = {};
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kUnavailable);
  // Better a larger picture than asked for than none.
  receiver.table(0).available = {0, 1, 0};
  receiver.consumer(0).preferred = {0, 255};
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), kL10);
}

TEST(BitrateAllocator, PaysOnlyForWhatIsShown) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500})).viewport = {.width = 320, .height = 180};
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), kL00);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kViewport);
  receiver.consumer(0).viewport = {.width = 640, .height = 480};  // with bars above and below
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.consumer(0).viewport = {.width = 1920, .height = 1080};
  receiver.Allocate(9000);
  EXPECT_EQ(receiver.Got(0), kL20);
}

TEST(SpatialCap, FollowsKnownSizesAndHalvesFromThem) {
  LayerTable table = Streams({100, 300, 900});
  table.size[2] = {640, 360};
  EXPECT_EQ(SpatialCap(table, {.width = 320, .height = 180}, false), 1);
  EXPECT_EQ(SpatialCap(table, {.width = 160, .height = 90}, false), 0);
  EXPECT_EQ(SpatialCap(table, {.width = 1280, .height = 720}, false), 2);
  table.size = {};
  table.size[0] = {640, 360};
  EXPECT_EQ(SpatialCap(table, {.width = 1280, .height = 720}, false), 1);
}

TEST(SpatialCap, GuessesUprightForUprightAndMoreForScreens) {
  const LayerTable table = Streams({100, 300, 900});
  EXPECT_EQ(SpatialCap(table, {.width = 360, .height = 640}, false), 1);
  EXPECT_EQ(SpatialCap(table, {.width = 480, .height = 270}, false), 1);
  EXPECT_EQ(SpatialCap(table, {.width = 480, .height = 270}, true), 0);
  EXPECT_EQ(SpatialCap(table, {}, false), 2);
}

}  // namespace
}  // namespace kcs::congestion
