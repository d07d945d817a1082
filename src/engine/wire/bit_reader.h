#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace kcs::wire {

// Reads bits from the most significant one on. A read past the end returns zero and makes the reader fail for
// good.
class BitReader {
 public:
  explicit BitReader(Bytes data) : data_(data) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return data_.size() * 8 - position_; }

  bool Flag() { return Bits(1) != 0; }
  // The f(n) of AV1 and its RTP payload format; n <= 32.
  std::uint32_t Bits(unsigned n) {
    if (n > remaining()) ok_ = false;
    if (!ok_) return 0;
    std::uint32_t value = 0;
    while (n > 0) {
      const auto left_in_byte = static_cast<unsigned>(8 - position_ % 8);
      const unsigned take = n < left_in_byte ? n : left_in_byte;
      const unsigned byte = data_[position_ / 8];
      value = (value << take) | ((byte >> (left_in_byte - take)) & ((1U << take) - 1));
      position_ += take;
      n -= take;
    }
    return value;
  }
  // The ns(n) of AV1 (4.10.7): a value in [0, n) in as few bits as possible; n >= 1.
  std::uint32_t NonSymmetric(std::uint32_t n) {
    unsigned width = 0;
    for (std::uint32_t x = n; x != 0; x >>= 1) ++width;
    const std::uint32_t short_codes = (1U << width) - n;
    const std::uint32_t value = Bits(width - 1);
    if (value < short_codes) return value;
    return (value << 1) - short_codes + Bits(1);
  }

 private:
  Bytes data_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace kcs::wire
