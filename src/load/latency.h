#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace kcs::load {

// How long packets took: counts in buckets that are never wider than 1/64 of what they count, so that
// quantiles are exact within 1.6 %. No heap; O(1) per packet.
class Latency {
 public:
  // Negative ones (clocks do not run backwards, but microseconds are rounded) count as 0.
  void Add(Duration latency);

  std::uint64_t count() const { return count_; }
  Duration max() const { return max_; }
  // The upper end of the bucket below which the fraction `q` (0 to 1) of all lies, at most max(); zero
  // without any.
  Duration Quantile(double q) const;
  void Clear() { *this = {}; }

 private:
  static constexpr unsigned kSubBits = 6;
  static constexpr std::size_t kSub = std::size_t{1} << kSubBits;
  static constexpr unsigned kOctaves = 24;  // up to 2^30 us: beyond that it is one bucket
  static std::size_t BucketOf(std::uint64_t us);
  static std::uint64_t UpperEnd(std::size_t bucket);

  std::array<std::uint32_t, kSub*(kOctaves + 1)> buckets_{};
  std::uint64_t count_ = 0;
  Duration max_{};
};

}  // namespace kcs::load
