#include "engine/congestion/acknowledged_bitrate.h"

#include <algorithm>
#include <limits>

namespace kcs::congestion {

void AcknowledgedBitrate::Reset() { *this = {}; }

void AcknowledgedBitrate::Add(std::size_t size, std::int64_t arrival_us) {
  constexpr auto kSpan = static_cast<std::int64_t>(kSlices);
  const std::int64_t slice = std::max<std::int64_t>(arrival_us, 0) / kSliceUs;
  if (newest_ < 0 || slice - newest_ >= kSpan || newest_ - slice >= kSpan) {
    if (newest_ < 0 || slice < newest_) first_ = slice;
    bytes_.fill(0);
    newest_ = slice;
  }
  for (; newest_ < slice; ++newest_) Slice(newest_ + 1) = 0;
  first_ = std::min(first_, slice);
  Slice(slice) += static_cast<std::uint32_t>(std::min<std::size_t>(size, 0xffff));
}

void AcknowledgedBitrate::Fill(std::uint64_t bytes, std::int64_t arrival_us) {
  const std::int64_t from = newest_;
  Add(0, arrival_us);
  const std::int64_t slices = newest_ - from;
  if (from < 0 || slices <= 0 || slices >= static_cast<std::int64_t>(kSlices)) return;
  const auto share = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, 1U << 24) /
                                                static_cast<std::uint64_t>(slices));
  for (std::int64_t slice = from + 1; slice <= newest_; ++slice) Slice(slice) += share;
}

std::uint32_t AcknowledgedBitrate::Rate(std::uint64_t bytes, std::size_t slices) const {
  const std::uint64_t bps = bytes * 8 * 1'000'000 / (slices * static_cast<std::uint64_t>(kSliceUs));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bps, std::numeric_limits<std::uint32_t>::max()));
}

std::uint32_t AcknowledgedBitrate::bits_per_second() const {
  if (newest_ < 0) return 0;
  std::uint64_t bytes = 0;
  for (const std::uint32_t slice : bytes_) bytes += slice;
  const auto lived = static_cast<std::size_t>(newest_ - first_ + 1);
  return Rate(bytes, std::clamp(lived, kRecentSlices, kSlices));
}

std::uint32_t AcknowledgedBitrate::recent_bits_per_second() const {
  if (newest_ < 0) return 0;
  std::uint64_t bytes = 0;
  std::size_t slices = 0;
  // The newest slice has only begun.
  for (std::int64_t slice = newest_ - 1; slices < kSlices - 1 && slice >= first_; --slice) {
    if (slices >= kFewSlices && bytes >= kRecentBytes) break;
    bytes += bytes_[static_cast<std::size_t>(slice) % kSlices];
    ++slices;
  }
  return slices < kFewSlices ? bits_per_second() : Rate(bytes, slices);
}

}  // namespace kcs::congestion
