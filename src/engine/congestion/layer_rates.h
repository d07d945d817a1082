#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace kcs::congestion {

// A picture quality of one producer: the simulcast stream or spatial layer, and the temporal layer in it.
struct Layers {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  friend bool operator==(const Layers&, const Layers&) = default;
  friend auto operator<=>(const Layers&, const Layers&) = default;
};

inline constexpr std::size_t kMaxSpatial = 8;
inline constexpr std::size_t kMaxTemporal = 4;

struct PictureSize {
  std::uint16_t width = 0;  // 0: not known
  std::uint16_t height = 0;
  bool known() const { return width != 0 && height != 0; }
};

// What each quality of one producer costs to send. Rates are cumulative: all that must be sent so that
// (spatial, temporal) can be shown. That is a simulcast stream up to a temporal layer, or with SVC the
// spatial layers below as well.
struct LayerTable {
  template <typename T>
  using Cells = std::array<std::array<T, kMaxTemporal>, kMaxSpatial>;

  // How many qualities the producer has announced; tells "all there is" from "not there now".
  std::uint8_t spatial_layers = 1;
  std::uint8_t temporal_layers = 1;
  // A bit per temporal layer: it can be had. It arrives now, or its sender has stopped it at our own wish
  // (nobody received it) and its rate is remembered.
  std::array<std::uint8_t, kMaxSpatial> available{};
  Cells<std::uint32_t> bps{};    // the mean of the last seconds
  Cells<std::uint32_t> peak{};   // what it goes up to now and then; 0: like `bps`
  Cells<std::uint32_t> usual{};  // the mean of the last half minute; 0: like `bps`
  std::array<PictureSize, kMaxSpatial> size{};

  bool has(std::size_t spatial, std::size_t temporal) const {
    return ((available[spatial] >> temporal) & 1) != 0;
  }
};

// Makes the rates that decisions can rest on of measured ones, which jump with every key frame and movement.
// One for each producer, shared by all receivers. ~500 bytes, no heap.
class LayerRates {
 public:
  static constexpr Duration kMean = 3s;        // time constants of the mean,
  static constexpr Duration kDeviation = 10s;  // and of its mean deviation
  static constexpr double kPeakDeviations = 2;
  static constexpr Duration kUsual = 30s;     // time constant of what is usual
  static constexpr Duration kHighest = 120s;  // the highest mean is forgotten that slowly

  // What was measured since the last call (`bps` as in LayerTable). Qualities that are not `available` keep
  // their last rate. Some times a second.
  void Update(const LayerTable::Cells<std::uint32_t>& bps,
              const std::array<std::uint8_t, kMaxSpatial>& available, Timestamp now);

  // Fills in `bps`, `peak` and `usual`; 0 for what has never been available.
  void Fill(LayerTable& table) const;

 private:
  struct Cell {
    float mean = -1;  // < 0: never measured
    float usual = 0;
    float age = 0;  // in seconds, of `usual`
    float deviation = 0;
    float highest = 0;  // the mean, of late
  };
  LayerTable::Cells<Cell> cells_{};
  Timestamp last_ = Timestamp::min();
};

}  // namespace kcs::congestion
