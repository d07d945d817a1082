#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace kcs::media {

// The bit rate of the last second, in steps of an eighth of a second. 48 bytes; O(1) per packet.
class BitrateMeter {
 public:
  void Add(std::size_t bytes, Timestamp now) {
    // In the newest slice, as almost always.
    if (static_cast<std::uint64_t>(ToMicros(now) - newest_ * kSlice.count()) >=
        static_cast<std::uint64_t>(kSlice.count())) {
      Advance(now);
    }
    bytes_[static_cast<std::uint64_t>(newest_) % kSlices] += static_cast<std::uint32_t>(bytes);
  }
  // Bits per second. A meter younger than the window divides by its age, but never by less than a quarter of
  // the window, so that the first packets do not look like a flood.
  std::uint32_t BitsPerSecond(Timestamp now) const;

 private:
  static constexpr std::uint32_t kSlices = 8;
  static constexpr Duration kSlice = 125ms;

  void Advance(Timestamp now);
  static std::int64_t SliceOf(Timestamp now) { return ToMicros(now) / kSlice.count(); }

  std::array<std::uint32_t, kSlices> bytes_{};
  std::int64_t newest_ = -1;  // number of the newest slice; -1: nothing yet
  std::int64_t first_ = 0;    // number of the first slice ever
};

}  // namespace kcs::media
