#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace kcs::media {

// Which of the last 1,024 numbers of a sequence were left out on purpose: one bit each, 128 bytes. The
// rewriter makes one when a consumer first leaves out packets in mid-stream, and looks into it for late
// packets and for retransmissions only.
class DropMap {
 public:
  static constexpr std::uint64_t kSpan = 1024;

  explicit DropMap(std::uint64_t highest) : highest_(highest) {}

  // Numbers between are taken as not dropped. `sequence` must be above highest().
  void Advance(std::uint64_t sequence, bool dropped);
  std::uint64_t highest() const { return highest_; }
  bool IsDropped(std::uint64_t sequence) const;
  // How many numbers of (sequence, highest()] were dropped; nullopt when the map does not reach back so far.
  std::optional<std::uint32_t> DroppedAfter(std::uint64_t sequence) const;
  // The number that is not dropped and has exactly `kept` others not dropped in (it, highest()].
  std::optional<std::uint64_t> KeptFromEnd(std::uint64_t kept) const;

 private:
  void Set(std::uint64_t sequence, bool dropped);

  std::uint64_t highest_;
  std::array<std::uint64_t, kSpan / 64> bits_{};
};

}  // namespace kcs::media
