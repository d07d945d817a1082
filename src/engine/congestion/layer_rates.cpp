#include "engine/congestion/layer_rates.h"

#include <algorithm>
#include <cmath>

namespace kcs::congestion {
namespace {

float Weight(Duration passed, Duration time_constant) {
  return static_cast<float>(1 - std::exp(-ToSeconds(passed) / ToSeconds(time_constant)));
}

}  // namespace

void LayerRates::Update(const LayerTable::Cells<std::uint32_t>& bps,
                        const std::array<std::uint8_t, kMaxSpatial>& available, Timestamp now) {
  const Duration passed = last_ == Timestamp::min() ? Duration{0} : now - last_;
  const float mean_weight = Weight(passed, kMean);
  const float deviation_weight = Weight(passed, kDeviation);
  const float usual_weight = Weight(passed, kUsual);
  const float highest_weight = Weight(passed, kHighest);
  last_ = now;
  for (std::size_t s = 0; s < kMaxSpatial; ++s) {
    for (std::size_t t = 0; t < kMaxTemporal; ++t) {
      if (((available[s] >> t) & 1) == 0) continue;
      Cell& cell = cells_[s][t];
      const auto sample = static_cast<float>(bps[s][t]);
      if (cell.mean < 0) {
        cell.mean = cell.usual = cell.highest = sample;
        continue;
      }
      cell.deviation += (std::abs(sample - cell.mean) - cell.deviation) * deviation_weight;
      cell.mean += (sample - cell.mean) * mean_weight;
      // At first the mean of all that there was.
      cell.age += static_cast<float>(ToSeconds(passed));
      const float first = cell.age > 0 ? static_cast<float>(ToSeconds(passed)) / cell.age : 0;
      cell.usual += (sample - cell.usual) * std::max(usual_weight, first);
      cell.highest += (cell.mean - cell.highest) * (cell.mean > cell.highest ? 1 : highest_weight);
    }
  }
}

void LayerRates::Fill(LayerTable& table) const {
  for (std::size_t s = 0; s < kMaxSpatial; ++s) {
    for (std::size_t t = 0; t < kMaxTemporal; ++t) {
      const Cell& cell = cells_[s][t];
      const double mean = cell.mean < 0 ? 0 : static_cast<double>(cell.mean);
      table.bps[s][t] = static_cast<std::uint32_t>(mean);
      table.usual[s][t] = static_cast<std::uint32_t>(cell.usual);
      const double peak = mean + kPeakDeviations * static_cast<double>(cell.deviation);
      table.peak[s][t] = static_cast<std::uint32_t>(std::max(peak, static_cast<double>(cell.highest)));
    }
  }
}

}  // namespace kcs::congestion
