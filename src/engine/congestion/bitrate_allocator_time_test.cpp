// What a receiver gets while its link, and what is sent to it, change over time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/entropy.h"
#include "base/testing/allocations.h"
#include "engine/congestion/bitrate_allocator.h"
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

TEST(BitrateAllocator, KeepsWhatFitsAndTakesMoreWithAMarginOnly) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.Allocate(510);
  EXPECT_EQ(receiver.Got(0), kL00);
  receiver.Allocate(570);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.Allocate(501);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.Allocate(499);
  EXPECT_EQ(receiver.Got(0), kL00);
}

TEST(BitrateAllocator, FallsAtOnceAndIsBackWithinSeconds) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.Allocate(3000);
  receiver.Allocate(3000, 10s);
  receiver.Allocate(450);
  EXPECT_EQ(receiver.Got(0), kL00);
  const AllocationResult held = receiver.Allocate(3000, 1s);
  EXPECT_EQ(receiver.Got(0), kL00);
  EXPECT_EQ(held.retry_at, receiver.now() + 1s);
  receiver.Allocate(3000, 1s);
  EXPECT_EQ(receiver.Got(0), kL20);
}

TEST(BitrateAllocator, WhatOthersFillNowAndThenIsNotTakenAgainAtOnce) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.Allocate(1900);
  receiver.Allocate(1900, 10s);
  ASSERT_EQ(receiver.Got(0), kL20);
  receiver.Allocate(700);
  EXPECT_EQ(receiver.Got(0), kL10);
  EXPECT_EQ(receiver.Allocate(1900, 200ms).next_bps, 2'375'000U) << "only more than it failed with";
  receiver.Allocate(1900, 30s);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.Allocate(2400);
  EXPECT_EQ(receiver.Got(0), kL20);
}

TEST(BitrateAllocator, TheFailureOfTheLargestDoesNotHoldBackTheOthers) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.Allocate(1900);
  receiver.Allocate(1450, 5s);
  receiver.Allocate(450, 5s);
  ASSERT_EQ(receiver.Got(0), kL00);
  receiver.Allocate(1000, 20s);
  EXPECT_EQ(receiver.Got(0), kL10);
}

TEST(BitrateAllocator, WhatWasTakenAndLostAgainWaitsLonger) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.Allocate(200, 10s);
  Duration waited[3]{};
  for (Duration& wait : waited) {
    receiver.Allocate(600);
    ASSERT_EQ(receiver.Got(0), kL10);
    receiver.Allocate(480, 5s);
    ASSERT_EQ(receiver.Got(0), kL00);
    EXPECT_EQ(receiver.Allocate(600, 1s).next_bps, 750'000U);
    const Timestamp begin = receiver.now();
    while (receiver.Got(0) == kL00) receiver.Allocate(600, 1s);
    wait = receiver.now() - begin;
  }
  EXPECT_NEAR(ToSeconds(waited[0]), 60, 3);
  EXPECT_NEAR(ToSeconds(waited[1]), 120, 3);
  EXPECT_NEAR(ToSeconds(waited[2]), 240, 3);
}

TEST(BitrateAllocator, AfterARelapseItTriesAgainWhenTheLinkHasClearlyGrown) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.Allocate(600);
  receiver.Allocate(480, 5s);
  receiver.Allocate(600, 5s);
  EXPECT_EQ(receiver.Got(0), kL00);
  receiver.Allocate(760, 100ms);
  EXPECT_EQ(receiver.Got(0), kL10);
}

TEST(BitrateAllocator, ARelapseHoldsBackOnlyWhatFailed) {
  Receiver receiver;
  receiver.Add(Streams({150, 300, 500}));
  receiver.Allocate(600);
  receiver.Allocate(450, 5s);  // 300 would do, and is kept
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.Allocate(290, 100ms);
  EXPECT_EQ(receiver.Got(0), kL00);
  receiver.Allocate(450, 3s);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.Allocate(600, 1s);
  EXPECT_EQ(receiver.Got(0), kL10);
}

TEST(BitrateAllocator, ANewcomersLowestLayerTakesFromTheHighestOfOthers) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  receiver.Allocate(1700);
  EXPECT_EQ(receiver.Got(0), kL20);
  receiver.Add(Streams({150, 500, 1500})).priority = 255;
  receiver.Allocate(1600, 1s);
  EXPECT_EQ(receiver.Got(0), kL10);
  EXPECT_EQ(receiver.Got(1), kL10);
}

TEST(BitrateAllocator, ChoosesTheBetterOfTwoThatCostTheSameAndStaysThere) {
  Receiver receiver;
  receiver.Add(Streams({300, 290}));
  receiver.Allocate(400);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.table(0).bps[0][0] = 280'000;
  receiver.Allocate(400);
  EXPECT_EQ(receiver.Got(0), kL10);
  receiver.table(0).bps[0][0] = 320'000;
  receiver.Allocate(400);
  EXPECT_EQ(receiver.Got(0), kL10);
}

// What a receiver on a steady link sees while rates or the estimate vary.
class Steady : public ::testing::Test {
 protected:
  static constexpr int kMinutes = 20;

  // `rate_factor(consumer, stream, seconds)`; `estimate(seconds)` in kbit/s.
  template <typename RateFactor, typename Estimate>
  void Run(int consumers, RateFactor rate_factor, Estimate estimate) {
    const LayerTable nominal = Streams({150, 500, 1500});
    std::vector<LayerRates> rates(static_cast<std::size_t>(consumers));
    for (int i = 0; i < consumers; ++i) receiver_.Add(nominal);
    switches_.assign(static_cast<std::size_t>(consumers), 0);
    std::vector<std::optional<Layers>> before(static_cast<std::size_t>(consumers));
    for (int tick = 0; tick < kMinutes * 60 * 5; ++tick) {
      const double seconds = tick / 5.0;
      for (std::size_t i = 0; i < rates.size(); ++i) {
        auto measured = nominal.bps;
        for (std::size_t s = 0; s < 3; ++s) {
          measured[s][0] = static_cast<std::uint32_t>(measured[s][0] * rate_factor(i, s, seconds));
        }
        rates[i].Update(measured, nominal.available, Timestamp{100s} + 200ms * tick);
        rates[i].Fill(receiver_.table(i));
      }
      receiver_.Allocate(static_cast<std::uint64_t>(estimate(seconds)), 200ms);
      for (std::size_t i = 0; i < rates.size(); ++i) {
        if (tick > 25 && receiver_.Got(i) != before[i]) ++switches_[i];
        before[i] = receiver_.Got(i);
      }
    }
  }

  double Noise() { return 0.85 + 0.3 * entropy_.Below(1000) / 1000.0; }

  Receiver receiver_;
  SeededEntropy entropy_{7};
  std::vector<int> switches_;
};

TEST_F(Steady, FluctuatingRatesHardlySwitchLayers) {
  for (const double kbps : {480., 500., 520., 560., 600., 1400., 1500., 1600., 1700.}) {
    receiver_ = Receiver{};
    Run(
        1, [&](auto, auto, double) { return Noise(); }, [&](double) { return kbps; });
    EXPECT_LE(switches_[0], 2) << kbps;
  }
}

TEST_F(Steady, RatesThatSwingSlowlySwitchAtMostOnceAMinute) {
  for (const double period : {5., 20., 60., 180.}) {
    for (const double kbps : {480., 520., 560., 600., 1500., 1700.}) {
      receiver_ = Receiver{};
      Run(
          1, [&](auto, auto, double s) { return 1 + 0.15 * std::sin(2 * std::numbers::pi * s / period); },
          [&](double) { return kbps; });
      EXPECT_LE(switches_[0], kMinutes) << kbps << " period " << period;
    }
  }
}

TEST_F(Steady, AnEstimateThatFluctuatesSwitchesAtMostOnceAMinute) {
  for (const double period : {1., 7., 30., 100.}) {
    for (const double kbps : {500., 550., 600., 1500., 1700., 1900.}) {
      receiver_ = Receiver{};
      // Like AIMD: up slowly, down at once.
      Run(
          1, [](auto, auto, double) { return 1.0; },
          [&](double s) { return kbps * (0.85 + 0.3 * std::fmod(s, period) / period); });
      EXPECT_LE(switches_[0], kMinutes) << kbps << " period " << period;
    }
  }
}

TEST_F(Steady, TenPicturesDoNotTakeTurns) {
  for (const double kbps : {1450., 1800., 2600., 4200., 5200., 7000.}) {
    receiver_ = Receiver{};
    Run(
        10, [&](auto i, auto, double s) { return 1 + 0.15 * std::sin(s / (3.0 + static_cast<double>(i))); },
        [&](double) { return kbps * Noise(); });
    for (const int count : switches_) EXPECT_LE(count, kMinutes) << kbps;
  }
}

TEST(BitrateAllocator, TheLastPictureIsNotGivenUpForALittle) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.Add(Streams({150, 500}));
  receiver.Allocate(400);
  ASSERT_EQ(receiver.Got(1), kL00);
  receiver.Allocate(145, 5s);
  EXPECT_EQ(receiver.Got(0), kL00);
  EXPECT_EQ(receiver.Got(1), std::nullopt) << "only the last of all";
  receiver.Allocate(115, 5s);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
}

TEST(BitrateAllocator, TheLastPictureIsBorneWhileTheBudgetIsTooSmallForAMomentOnly) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.Allocate(200);
  for (int i = 0; i < 20; ++i) {
    for (int j = 0; j < 9; ++j) receiver.Allocate(130, 1s);
    ASSERT_EQ(receiver.Got(0), kL00);
    receiver.Allocate(150, 1s);
  }
  for (int j = 0; j < 9; ++j) receiver.Allocate(130, 1s);
  EXPECT_EQ(receiver.Got(0), kL00);
  receiver.Allocate(130, 3s);
  EXPECT_EQ(receiver.Got(0), std::nullopt) << "it does not fit";
}

// An encoder that wanders takes more now than usual, or less.
TEST(BitrateAllocator, TheLastPictureIsBorneWhereWhatItUsuallyTakesPasses) {
  const auto keeps = [](std::uint32_t usual, std::uint32_t now) {
    Receiver receiver;
    receiver.Add(Streams({150, 500}));
    receiver.Allocate(200);
    receiver.table(0).usual[0][0] = usual;
    receiver.table(0).bps[0][0] = now;
    receiver.Allocate(135, 1s);
    return receiver.Got(0) == kL00;
  };
  EXPECT_TRUE(keeps(150'000, 165'000));
  EXPECT_FALSE(keeps(165'000, 150'000));
  EXPECT_FALSE(keeps(150'000, 190'000)) << "but not if it takes much more";
}

TEST(BitrateAllocator, TheLastPictureComesBackOnlyWhenWhatItGoesUpToFits) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.table(0).peak[0][0] = 170'000;
  receiver.Allocate(170);
  ASSERT_EQ(receiver.Got(0), kL00) << "its mean is enough to try it";
  receiver.Allocate(100, 5s);
  ASSERT_EQ(receiver.Got(0), std::nullopt);
  EXPECT_EQ(receiver.Allocate(180, 60s).next_bps, 187'000U);
  EXPECT_EQ(receiver.Got(0), std::nullopt);
  receiver.Allocate(188, 1s);
  EXPECT_EQ(receiver.Got(0), kL00);
}

TEST(BitrateAllocator, ALastPictureThatFailedLongAgoIsTriedLikeANewOne) {
  Receiver receiver;
  receiver.Add(Streams({150, 500}));
  receiver.table(0).peak[0][0] = 170'000;
  receiver.Allocate(170);
  receiver.Allocate(100, 5s);
  ASSERT_EQ(receiver.Got(0), std::nullopt);
  receiver.Allocate(170, 60s);
  ASSERT_EQ(receiver.Got(0), std::nullopt);
  receiver.Allocate(170, BitrateAllocator::kForgetRelapses);
  EXPECT_EQ(receiver.Got(0), kL00);
}

// A link that carries the last picture only just, and from time to time not.
class Flapping : public ::testing::Test {
 protected:
  Flapping() {
    receiver_.Add(Streams({150, 500}));
    receiver_.Allocate(200);
  }
  // How long there is no picture after a moment of too little, with so much from then on.
  Duration Black(std::uint64_t kbps) {
    receiver_.Allocate(115, 3s);
    EXPECT_EQ(receiver_.Got(0), std::nullopt);
    const Timestamp lost = receiver_.now();
    while (receiver_.Got(0) != kL00) receiver_.Allocate(kbps, 500ms);
    return receiver_.now() - lost;
  }

  Receiver receiver_;
};

TEST_F(Flapping, TheLastPictureIsBackWithinSecondsAndThenLaterAndLater) {
  for (const Duration hold : {Duration{BitrateAllocator::kHold}, Duration{30s}, Duration{60s}, Duration{120s},
                              Duration{240s}, Duration{240s}}) {
    const Duration black = Black(170);
    EXPECT_GE(black, hold);
    EXPECT_LE(black, hold + 500ms);
  }
}

TEST_F(Flapping, TheLastPictureIsBackWithinSecondsWhenTheLinkClearlyCarriesMore) {
  for (int i = 0; i < 5; ++i) EXPECT_LE(Black(200), BitrateAllocator::kLongestHold + 500ms);
}

TEST(BitrateAllocator, NeverGivesOutMoreThanThereIs) {
  SeededEntropy entropy{11};
  for (int round = 0; round < 300; ++round) {
    Receiver receiver;
    const auto count = 1 + entropy.Below(Receiver::kMost - 1);
    for (std::uint32_t i = 0; i < count; ++i) {
      LayerTable table{.spatial_layers = static_cast<std::uint8_t>(1 + entropy.Below(kMaxSpatial)),
                       .temporal_layers = 4};
      for (std::size_t s = 0; s < table.spatial_layers; ++s) {
        table.available[s] = static_cast<std::uint8_t>(entropy.Below(16));
        for (auto& rate : table.bps[s]) rate = entropy.Below(2'000'000);
      }
      VideoConsumer& consumer = receiver.Add(table);
      consumer.priority = static_cast<std::uint8_t>(1 + entropy.Below(3));
      consumer.is_screen = entropy.Below(5) == 0;
      consumer.preferred = {static_cast<std::uint8_t>(entropy.Below(9)),
                            static_cast<std::uint8_t>(entropy.Below(5))};
      consumer.viewport = {.width = static_cast<std::uint16_t>(entropy.Below(2000)),
                           .height = static_cast<std::uint16_t>(entropy.Below(2000))};
    }
    for (int run = 0; run < 10; ++run) {
      const std::uint64_t kbps = entropy.Below(20'000);
      receiver.Allocate(kbps, 1s);
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const VideoShare& share = receiver.shares()[i];
        sum += share.bps;
        if (!share.layers) continue;
        ASSERT_TRUE(receiver.table(i).has(share.layers->spatial, share.layers->temporal));
        ASSERT_EQ(share.bps, receiver.table(i).bps[share.layers->spatial][share.layers->temporal]);
      }
      const auto sent =
          std::ranges::count_if(receiver.shares(), [](const VideoShare& share) { return share.bps > 0; });
      const double grace = sent <= 1 ? BitrateAllocator::kLastPictureMost : 1;  // for the last picture of all
      ASSERT_LE(grace * static_cast<double>(sum), static_cast<double>(kbps * 1000));
    }
  }
}

TEST(BitrateAllocator, NeedsNoHeapWhenItHasRunOnce) {
  Receiver receiver;
  for (int i = 0; i < 20; ++i) receiver.Add(Camera());
  receiver.Allocate(9000);
  const std::uint64_t before = AllocationsSoFar();
  for (std::uint64_t kbps = 0; kbps < 20'000; kbps += 100) receiver.Allocate(kbps);
  EXPECT_EQ(AllocationsSoFar(), before);
}

}  // namespace
}  // namespace kcs::congestion
