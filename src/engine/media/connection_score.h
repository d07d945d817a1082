#pragma once

#include <algorithm>

namespace kcs::media {

// How a path is doing, as a person would say it: 1 is perfect, below 0.8 it is only good, below 0.5 poor.
struct PathState {
  double loss = 0;       // fraction of the last seconds, after retransmission if that is known
  double rtt_ms = 0;     // 0: unknown
  double jitter_ms = 0;  // the worst of the streams
  // Of the video that was asked for, the part that fits (bit rates): 1 when nothing is held back for want of
  // bandwidth.
  double served = 1;
};

// Each cause takes off what it costs in a talk: 1 % of loss is not heard and 10 % is poor; up to 150 ms there
// and back nobody notices, and beyond half a second people interrupt each other.
constexpr double ConnectionScore(const PathState& path) {
  const auto share = [](double value, double from, double to) {
    return std::clamp((value - from) / (to - from), 0.0, 1.0);
  };
  const double lost = 0.7 * share(path.loss, 0.01, 0.12);
  const double late = 0.5 * share(path.rtt_ms, 150, 700);
  const double uneven = 0.3 * share(path.jitter_ms, 20, 120);
  const double withheld = 0.55 * share(1 - path.served, 0.1, 1);
  return std::clamp(1 - lost - late - uneven - withheld, 0.0, 1.0);
}

}  // namespace kcs::media
