#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <vector>

#include "engine/congestion/bitrate_allocator.h"

// Producers and a receiver for tests of the allocator.
namespace kcs::congestion {

inline void PrintTo(const Layers& layers, std::ostream* out) {
  *out << "S" << int{layers.spatial} << "T" << int{layers.temporal};
}

namespace testing {

inline constexpr Layers kL00{0, 0};
inline constexpr Layers kL01{0, 1};
inline constexpr Layers kL10{1, 0};
inline constexpr Layers kL20{2, 0};

// A producer without temporal layers, by its streams' rates in kbit/s.
inline LayerTable Streams(std::initializer_list<std::uint32_t> kbps) {
  LayerTable table{.spatial_layers = static_cast<std::uint8_t>(kbps.size())};
  std::size_t s = 0;
  for (const std::uint32_t rate : kbps) {
    table.bps[s][0] = rate * 1000;
    table.available[s++] = 1;
  }
  return table;
}

// Chromium's camera: 150, 500, 1500 kbit/s, each with three temporal layers of 40, 60, 100 %.
inline LayerTable Camera() {
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

}  // namespace testing
}  // namespace kcs::congestion
