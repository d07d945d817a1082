#include "engine/media/drop_map.h"

#include <algorithm>
#include <bit>

namespace kcs::media {
namespace {

// `length` (1...64) ones, beginning at bit `first`.
constexpr std::uint64_t Mask(std::uint64_t first, std::uint64_t length) {
  return (length == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1) << first;
}

}  // namespace

void DropMap::Advance(std::uint64_t sequence, bool dropped) {
  if (sequence - highest_ >= kSpan) {
    bits_.fill(0);
  } else {
    for (std::uint64_t s = highest_ + 1; s < sequence; ++s) Set(s, false);
  }
  Set(sequence, dropped);
  highest_ = sequence;
}

void DropMap::Set(std::uint64_t sequence, bool dropped) {
  std::uint64_t& word = bits_[(sequence % kSpan) / 64];
  const std::uint64_t bit = std::uint64_t{1} << (sequence % 64);
  word = dropped ? word | bit : word & ~bit;
}

bool DropMap::IsDropped(std::uint64_t sequence) const {
  if (sequence > highest_ || highest_ - sequence >= kSpan) return false;
  return ((bits_[(sequence % kSpan) / 64] >> (sequence % 64)) & 1) != 0;
}

std::optional<std::uint32_t> DropMap::DroppedAfter(std::uint64_t sequence) const {
  if (sequence > highest_ || highest_ - sequence >= kSpan) return std::nullopt;
  std::uint32_t dropped = 0;
  for (std::uint64_t s = sequence + 1; s <= highest_;) {
    const std::uint64_t length = std::min(64 - s % 64, highest_ - s + 1);
    dropped += static_cast<std::uint32_t>(std::popcount(bits_[(s % kSpan) / 64] & Mask(s % 64, length)));
    s += length;
  }
  return dropped;
}

std::optional<std::uint64_t> DropMap::KeptFromEnd(std::uint64_t kept) const {
  std::uint64_t s = highest_;  // everything above it is counted
  std::uint64_t left = std::min(kSpan, highest_);
  while (left > 0) {
    const std::uint64_t length = std::min(s % 64 + 1, left);
    const std::uint64_t word = bits_[(s % kSpan) / 64] & Mask((s - length + 1) % 64, length);
    const std::uint64_t here = length - static_cast<std::uint64_t>(std::popcount(word));
    if (kept < here) {
      for (;; --s) {
        if (IsDropped(s)) continue;
        if (kept == 0) return s;
        --kept;
      }
    }
    kept -= here;
    s -= length;
    left -= length;
  }
  return std::nullopt;
}

}  // namespace kcs::media
