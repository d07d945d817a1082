#pragma once

#include <algorithm>
#include <cstddef>

namespace kcs::congestion {

// How fast trains of packets passed a path, the last few counting most.
class TrainRate {
 public:
  // The packets after the first, and from that one's arrival to the last's.
  void Add(std::size_t bytes, double span_us) {
    bytes_ = kKept * bytes_ + static_cast<float>(bytes);
    span_us_ = kKept * span_us_ + static_cast<float>(span_us);
  }
  double bits_per_second() const {
    return static_cast<double>(bytes_) * 8e6 / static_cast<double>(std::max(1.0F, span_us_));
  }

 private:
  static constexpr float kKept = 0.75F;  // of what was known, with each train

  float bytes_ = 0;
  float span_us_ = 0;
};

}  // namespace kcs::congestion
