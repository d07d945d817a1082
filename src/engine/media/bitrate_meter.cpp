#include "engine/media/bitrate_meter.h"

#include <algorithm>

namespace kcs::media {

void BitrateMeter::Advance(Timestamp now) {
  const std::int64_t slice = SliceOf(now);
  if (newest_ < 0) first_ = newest_ = slice;
  if (slice <= newest_) return;
  const std::int64_t from = std::max(newest_ + 1, slice - kSlices + 1);
  for (std::int64_t s = from; s <= slice; ++s) bytes_[static_cast<std::size_t>(s % kSlices)] = 0;
  newest_ = slice;
}

std::uint32_t BitrateMeter::BitsPerSecond(Timestamp now) const {
  if (newest_ < 0) return 0;
  const std::int64_t slice = std::max(SliceOf(now), newest_);
  const std::int64_t oldest = std::max(slice - kSlices + 1, first_);
  std::uint64_t bytes = 0;
  for (std::int64_t s = oldest; s <= newest_; ++s) bytes += bytes_[static_cast<std::size_t>(s % kSlices)];
  const std::int64_t span = std::max(ToMicros(now) - oldest * kSlice.count(), 2 * kSlice.count());
  return static_cast<std::uint32_t>(bytes * 8 * 1'000'000 / static_cast<std::uint64_t>(span));
}

}  // namespace kcs::media
