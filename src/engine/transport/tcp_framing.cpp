#include "engine/transport/tcp_framing.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace kcs::transport {

std::optional<MutableBytes> FrameReader::Next(Bytes& input) {
  // Copies from `input` until `buffer_` holds `wanted` bytes; false when `input` ends before.
  const auto fill = [&](std::size_t wanted) {
    const std::size_t n = std::min(wanted - have_, input.size());
    if (n > 0) std::memcpy(&buffer_[have_], input.data(), n);
    have_ += n;
    input = input.subspan(n);
    return have_ == wanted;
  };
  while (!failed_ && (have_ >= kFrameHeaderSize || fill(kFrameHeaderSize))) {
    const std::size_t size = LoadU16(buffer_.data());
    if (size > kMaxFrame) {
      failed_ = true;
      break;
    }
    if (!fill(kFrameHeaderSize + size)) return std::nullopt;
    have_ = 0;
    // RFC 4571 2 allows a null packet (LENGTH 0); it carries nothing.
    if (size > 0) return MutableBytes(buffer_).subspan(kFrameHeaderSize, size);
  }
  if (failed_) input = {};
  return std::nullopt;
}

std::array<std::uint8_t, kFrameHeaderSize> FrameHeader(std::size_t size) {
  KCS_CHECK(size <= 0xffff);
  std::array<std::uint8_t, kFrameHeaderSize> header{};
  StoreU16(header.data(), static_cast<std::uint16_t>(size));
  return header;
}

}  // namespace kcs::transport
