#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

// Bounds-checked access to network-order bytes. Pointer arithmetic on packets happens here and nowhere else.
namespace kcs {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Big-endian loads and stores; the caller has checked the size.
constexpr std::uint16_t LoadU16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[0] << 8) | p[1]);
}
constexpr std::uint32_t LoadU24(const std::uint8_t* p) {
  return (std::uint32_t{p[0]} << 16) | (std::uint32_t{p[1]} << 8) | p[2];
}
constexpr std::uint32_t LoadU32(const std::uint8_t* p) {
  return (std::uint32_t{p[0]} << 24) | (std::uint32_t{p[1]} << 16) | (std::uint32_t{p[2]} << 8) | p[3];
}
constexpr std::uint64_t LoadU64(const std::uint8_t* p) {
  return (std::uint64_t{LoadU32(p)} << 32) | LoadU32(p + 4);
}
constexpr void StoreU16(std::uint8_t* p, std::uint16_t v) {
  p[0] = static_cast<std::uint8_t>(v >> 8);
  p[1] = static_cast<std::uint8_t>(v);
}
constexpr void StoreU24(std::uint8_t* p, std::uint32_t v) {
  p[0] = static_cast<std::uint8_t>(v >> 16);
  p[1] = static_cast<std::uint8_t>(v >> 8);
  p[2] = static_cast<std::uint8_t>(v);
}
constexpr void StoreU32(std::uint8_t* p, std::uint32_t v) {
  StoreU16(p, static_cast<std::uint16_t>(v >> 16));
  StoreU16(p + 2, static_cast<std::uint16_t>(v));
}
constexpr void StoreU64(std::uint8_t* p, std::uint64_t v) {
  StoreU32(p, static_cast<std::uint32_t>(v >> 32));
  StoreU32(p + 4, static_cast<std::uint32_t>(v));
}

// Reads from front to back. A read past the end returns zero and makes the reader fail for good, so that a
// parser may read a whole structure and ask once: `if (!reader.ok()) return std::nullopt;`.
class ByteReader {
 public:
  explicit ByteReader(Bytes data) : data_(data) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return data_.size() - position_; }
  std::size_t position() const { return position_; }

  std::uint8_t U8() { return Need(1) ? data_[position_++] : std::uint8_t{0}; }
  std::uint16_t U16() { return Need(2) ? LoadU16(Take(2)) : std::uint16_t{0}; }
  std::uint32_t U24() { return Need(3) ? LoadU24(Take(3)) : 0; }
  std::uint32_t U32() { return Need(4) ? LoadU32(Take(4)) : 0; }
  std::uint64_t U64() { return Need(8) ? LoadU64(Take(8)) : 0; }
  // An empty span when fewer than `n` bytes are left.
  Bytes Read(std::size_t n) {
    if (!Need(n)) return {};
    const Bytes out = data_.subspan(position_, n);
    position_ += n;
    return out;
  }
  Bytes Rest() { return Read(remaining()); }
  void Skip(std::size_t n) {
    if (Need(n)) position_ += n;
  }

 private:
  bool Need(std::size_t n) {
    if (n > remaining()) ok_ = false;
    return ok_;
  }
  const std::uint8_t* Take(std::size_t n) {
    const std::uint8_t* p = data_.data() + position_;
    position_ += n;
    return p;
  }

  Bytes data_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

// Writes from front to back into the caller's memory. A write past the end writes nothing and makes the
// writer fail for good.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes out) : out_(out) {}

  bool ok() const { return ok_; }
  std::size_t size() const { return position_; }
  std::size_t remaining() const { return out_.size() - position_; }
  Bytes written() const { return out_.first(position_); }

  void U8(std::uint8_t v) {
    if (Need(1)) out_[position_++] = v;
  }
  void U16(std::uint16_t v) {
    if (Need(2)) StoreU16(Take(2), v);
  }
  void U24(std::uint32_t v) {
    if (Need(3)) StoreU24(Take(3), v);
  }
  void U32(std::uint32_t v) {
    if (Need(4)) StoreU32(Take(4), v);
  }
  void U64(std::uint64_t v) {
    if (Need(8)) StoreU64(Take(8), v);
  }
  void Write(Bytes bytes) {
    if (!Need(bytes.size()) || bytes.empty()) return;
    std::memcpy(Take(bytes.size()), bytes.data(), bytes.size());
  }
  void Zeros(std::size_t n) {
    if (Need(n) && n > 0) std::memset(Take(n), 0, n);
  }

 private:
  bool Need(std::size_t n) {
    if (n > remaining()) ok_ = false;
    return ok_;
  }
  std::uint8_t* Take(std::size_t n) {
    std::uint8_t* p = out_.data() + position_;
    position_ += n;
    return p;
  }

  MutableBytes out_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace kcs
