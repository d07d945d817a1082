#include "engine/congestion/bitrate_allocator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <ostream>

#include "base/entropy.h"
#include "base/testing/allocations.h"

namespace kcs::congestion {

void PrintTo(const Layers& layers, std::ostream* out) {
  *out << "S" << int{layers.spatial} << "T" << int{layers.temporal};
}

namespace {

constexpr Layers kL00{0, 0};
constexpr Layers kL01{0, 1};
constexpr Layers kL10{1, 0};
constexpr Layers kL20{2, 0};

// A producer without temporal layers, by its streams' rates in kbit/s.
LayerTable Streams(std::initializer_list<std::uint32_t> kbps) {
  LayerTable table{.spatial_layers = static_cast<std::uint8_t>(kbps.size())};
  std::size_t s = 0;
  for (const std::uint32_t rate : kbps) {
    table.bps[s][0] = rate * 1000;
    table.available[s++] = 1;
  }
  return table;
}

// Chromium's camera: 150, 500, 1500 kbit/s, each with three temporal layers of 40, 60, 100 %.
LayerTable Camera() {
  LayerTable table{.spatial_layers = 3, .temporal_layers = 3};
  const std::uint32_t rates[] = {150'000, 500'000, 1'500'000};
  for (std::size_t s = 0; s < 3; ++s) {
    table.available[s] = 0b111;
    table.bps[s] = {rates[s] * 4 / 10, rates[s] * 6 / 10, rates[s], 0};
  }
  return table;
}

class Receiver {
 public:
  static constexpr int kMost = 32;

  VideoConsumer& Add(const LayerTable& table) {
    tables_[consumers_.size()] = table;
    VideoConsumer& consumer = consumers_.emplace_back();
    consumer.index = static_cast<std::uint32_t>(consumers_.size()) + 100;
    consumer.layers = &tables_[consumers_.size() - 1];
    consumer.state = &states_[consumers_.size() - 1];
    return consumer;
  }
  Receiver() { consumers_.reserve(kMost); }

  AllocationResult Allocate(std::uint64_t kbps, Duration passed = 100ms) {
    now_ += passed;
    last_ = allocator_.Allocate(kbps * 1000, consumers_, now_, shares_);
    return last_;
  }
  std::optional<Layers> Got(std::size_t i) const { return shares_.at(i).layers; }
  AllocationReason Why(std::size_t i) const { return shares_.at(i).reason; }
  VideoConsumer& consumer(std::size_t i) { return consumers_.at(i); }
  LayerTable& table(std::size_t i) { return tables_[i]; }
  const std::vector<VideoShare>& shares() const { return shares_; }
  Timestamp now() const { return now_; }

 private:
  Timestamp now_{100s};
  BitrateAllocator allocator_;
  std::array<LayerTable, kMost> tables_{};
  std::array<AllocationState, kMost> states_{};
  std::vector<VideoConsumer> consumers_;
  std::vector<VideoShare> shares_;
  AllocationResult last_;
};

TEST(BitrateAllocator, GivesAllThatIsAskedForWhereItFits) {
  Receiver receiver;
  receiver.Add(Streams({150, 500, 1500}));
  const AllocationResult result = receiver.Allocate(2000);
  EXPECT_EQ(receiver.Got(0), kL20);
  EXPECT_EQ(receiver.Why(0), AllocationReason::kPreferred);
  EXPECT_EQ(receiver.shares()[0].index, 101U);
  EXPECT_EQ(result.allocated_bps, 1'500'000U);
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
  EXPECT_EQ(result.allocated_bps, 0U);
  EXPECT_EQ(result.next_bps, 168'000U);
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
class Steady : public testing::Test {
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
      const AllocationResult result = receiver.Allocate(kbps, 1s);
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const VideoShare& share = receiver.shares()[i];
        sum += share.bps;
        if (!share.layers) continue;
        ASSERT_TRUE(receiver.table(i).has(share.layers->spatial, share.layers->temporal));
        ASSERT_EQ(share.bps, receiver.table(i).bps[share.layers->spatial][share.layers->temporal]);
      }
      ASSERT_EQ(sum, result.allocated_bps);
      ASSERT_LE(sum, kbps * 1000);
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
