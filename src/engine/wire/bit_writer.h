#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "engine/wire/bit_reader.h"

namespace kcs::wire {

// Writes bits from the most significant one on into the caller's memory. A write past the end writes nothing
// and makes the writer fail for good.
class BitWriter {
 public:
  explicit BitWriter(MutableBytes out) : out_(out) {}

  bool ok() const { return ok_; }
  // In bytes; the rest of the last one is zero.
  std::size_t size() const { return (position_ + 7) / 8; }

  // The low `n` bits of `value`; n <= 32.
  void Bits(std::uint32_t value, unsigned n) {
    if (n > out_.size() * 8 - position_) ok_ = false;
    if (!ok_) return;
    while (n > 0) {
      const auto left_in_byte = static_cast<unsigned>(8 - position_ % 8);
      const unsigned take = n < left_in_byte ? n : left_in_byte;
      std::uint8_t& byte = out_[position_ / 8];
      if (left_in_byte == 8) byte = 0;
      const std::uint32_t bits = (value >> (n - take)) & ((1U << take) - 1);
      byte = static_cast<std::uint8_t>(byte | (bits << (left_in_byte - take)));
      position_ += take;
      n -= take;
    }
  }
  void Copy(BitReader& in, std::size_t n) {
    for (; n > 0 && ok_ && in.ok();) {
      const auto take = static_cast<unsigned>(n < 32 ? n : 32);
      Bits(in.Bits(take), take);
      n -= take;
    }
  }

 private:
  MutableBytes out_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace kcs::wire
