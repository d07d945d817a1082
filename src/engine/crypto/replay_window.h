#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace kcs::crypto {

// Which of the last `kSize` packet indices were received (RFC 3711 3.3.2). Check first, authenticate, then
// Accept.
template <std::uint64_t kSize>
class ReplayWindow {
  static_assert(kSize % 64 == 0);

 public:
  bool empty() const { return empty_; }
  std::uint64_t highest() const { return highest_; }

  bool IsNew(std::uint64_t index) const {
    if (empty_ || index > highest_) return true;
    return highest_ - index < kSize && (Word(index) & Bit(index)) == 0;
  }

  void Accept(std::uint64_t index) {
    if (empty_ || index > highest_) {
      Forget(empty_ ? kSize : std::min(index - highest_, kSize), index);
      highest_ = index;
      empty_ = false;
    }
    Word(index) |= Bit(index);
  }

 private:
  // The `count` slots that end at `index` now stand for indices that have not been received.
  void Forget(std::uint64_t count, std::uint64_t index) {
    if (count >= kSize) {
      seen_.fill(0);
      return;
    }
    for (std::uint64_t i = 0; i < count; ++i) Word(index - i) &= ~Bit(index - i);
  }
  std::uint64_t& Word(std::uint64_t index) { return seen_[index % kSize / 64]; }
  const std::uint64_t& Word(std::uint64_t index) const { return seen_[index % kSize / 64]; }
  static std::uint64_t Bit(std::uint64_t index) { return std::uint64_t{1} << (index % 64); }

  std::uint64_t highest_ = 0;
  bool empty_ = true;
  std::array<std::uint64_t, kSize / 64> seen_{};
};

}  // namespace kcs::crypto
