#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kcs::congestion {

// What arrives at the receiver, in bits per second of its own clock: the only rate that is known for certain.
class AcknowledgedBitrate {
 public:
  void Add(std::size_t size, std::int64_t arrival_us);

  // `bytes` arrived somewhen between the last packet and `arrival_us`.
  void Fill(std::uint64_t bytes, std::int64_t arrival_us);

  // Over the last second (less at the beginning), smooth enough to compare with what is sent.
  std::uint32_t bits_per_second() const;
  // Over the shortest stretch that says something (some packets, a tenth of a second): what a link lets
  // through just now. Ragged when the link is not full.
  std::uint32_t recent_bits_per_second() const;
  void Reset();

 private:
  std::uint32_t& Slice(std::int64_t slice) { return bytes_[static_cast<std::size_t>(slice) % kSlices]; }

  static constexpr std::size_t kSlices = 64;
  static constexpr std::int64_t kSliceUs = 16'000;
  static constexpr std::size_t kRecentSlices = 8;
  static constexpr std::size_t kFewSlices = 6;
  static constexpr std::uint32_t kRecentBytes = 7000;

  std::uint32_t Rate(std::uint64_t bytes, std::size_t slices) const;

  std::array<std::uint32_t, kSlices> bytes_{};
  std::int64_t newest_ = -1;  // slice
  std::int64_t first_ = 0;
};

}  // namespace kcs::congestion
