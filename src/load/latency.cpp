#include "load/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kcs::load {

// Below kSub every microsecond has a bucket; then each doubling has kSub buckets.
std::size_t Latency::BucketOf(std::uint64_t us) {
  if (us < kSub) return static_cast<std::size_t>(us);
  const auto octave = static_cast<unsigned>(std::bit_width(us)) - kSubBits;  // 1, 2, ...
  if (octave > kOctaves) return kSub * (kOctaves + 1) - 1;
  return kSub * octave + static_cast<std::size_t>((us >> (octave - 1)) - kSub);
}

std::uint64_t Latency::UpperEnd(std::size_t bucket) {
  if (bucket < kSub) return bucket;
  const std::size_t octave = bucket / kSub;
  return ((kSub + bucket % kSub + 1) << (octave - 1)) - 1;
}

void Latency::Add(Duration latency) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count()));
  ++buckets_[BucketOf(us)];
  ++count_;
  max_ = std::max(max_, Duration(static_cast<std::int64_t>(us)));
}

Duration Latency::Quantile(double q) const {
  if (count_ == 0) return {};
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen < wanted) continue;
    // The last bucket has no upper end.
    return i + 1 == buckets_.size() ? max_ : std::min(max_, Duration(static_cast<std::int64_t>(UpperEnd(i))));
  }
  return max_;
}

}  // namespace kcs::load
