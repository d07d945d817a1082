#pragma once

#include <cstdint>

namespace kcs::media {

// 10 ... 1 for the share of packets that were missed for good, 0...1. The steps follow what people notice: up
// to 1 % nobody does, beyond a fifth a talk breaks down.
constexpr std::uint8_t ScoreForLoss(double loss) {
  constexpr double kSteps[] = {0.45, 0.30, 0.22, 0.16, 0.11, 0.07, 0.04, 0.02, 0.01};
  std::uint8_t score = 1;
  for (const double step : kSteps) {
    if (loss > step) break;
    ++score;
  }
  return score;
}

}  // namespace kcs::media
