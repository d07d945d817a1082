#include "engine/wire/rtcp_header.h"

#include "base/check.h"

namespace kcs::wire {

// The diagram is in the header.
std::optional<RtcpPacket> RtcpCompoundReader::Next() {
  if (rest_.empty() || !ok_) return std::nullopt;
  ok_ = false;
  if (rest_.size() < kRtcpHeaderSize || (rest_[0] >> 6) != 2) return std::nullopt;
  const std::size_t size = kRtcpHeaderSize + std::size_t{4} * LoadU16(rest_.data() + 2);
  if (size > rest_.size()) return std::nullopt;

  std::size_t padding = 0;
  if ((rest_[0] & 0x20) != 0) {
    // "The last octet of the padding is a count of how many padding octets should be ignored, including
    // itself"
    padding = rest_[size - 1];
    if (padding == 0 || padding > size - kRtcpHeaderSize) return std::nullopt;
  }
  RtcpPacket packet;
  packet.type = static_cast<RtcpType>(rest_[1]);
  packet.count = rest_[0] & 0x1f;
  packet.body = rest_.subspan(kRtcpHeaderSize, size - kRtcpHeaderSize - padding);
  rest_ = rest_.subspan(size);
  ok_ = true;
  return packet;
}

void WriteRtcpHeader(ByteWriter& out, RtcpType type, std::uint8_t count, std::size_t body_size) {
  KCS_CHECK(body_size % 4 == 0 && count < 32);
  out.U8(static_cast<std::uint8_t>(0x80 | count));
  out.U8(static_cast<std::uint8_t>(type));
  out.U16(static_cast<std::uint16_t>(body_size / 4));
}

}  // namespace kcs::wire
