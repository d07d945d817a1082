#include "engine/wire/rtcp_nack.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kFixedSize = 8;
constexpr std::size_t kItemSize = 4;
constexpr unsigned kMaskBits = 16;

}  // namespace

// RFC 4585 6.1 and 6.2.1, behind the common header:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     SSRC of packet sender                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                      SSRC of media source                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            packet id          | bitmask of following packets  |   one or more times
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<Nack> Nack::Parse(std::uint8_t count, Bytes body) {
  if (count != kFormat || body.size() < kFixedSize + kItemSize || body.size() % kItemSize != 0) {
    return std::nullopt;
  }
  return Nack{Ssrc(LoadU32(body.data())), Ssrc(LoadU32(body.data() + 4)), body.subspan(kFixedSize)};
}

std::size_t Nack::SequenceNumbers(std::span<std::uint16_t> out) const {
  std::size_t n = 0;
  for (std::size_t i = 0; i < item_count(); ++i) {
    const std::uint16_t id = LoadU16(items.data() + i * kItemSize);
    const std::uint32_t mask = LoadU16(items.data() + i * kItemSize + 2);
    // "bit i of the bitmask is set to 1 if the receiver has not received RTP packet number (PID+i)", with the
    // least significant bit as bit 1. Here bit 0 is the packet itself.
    const std::uint32_t wanted = 1 | (mask << 1);
    for (unsigned bit = 0; bit <= kMaskBits; ++bit) {
      if (((wanted >> bit) & 1) == 0) continue;
      if (n == out.size()) return n;
      out[n++] = static_cast<std::uint16_t>(id + bit);
    }
  }
  return n;
}

std::size_t WriteNack(Ssrc sender_ssrc, Ssrc media_ssrc, std::span<const std::uint16_t> sequence_numbers,
                      ByteWriter& out) {
  if (out.remaining() < kRtcpHeaderSize + kFixedSize + kItemSize || sequence_numbers.empty()) return 0;
  const std::size_t max_items = (out.remaining() - kRtcpHeaderSize - kFixedSize) / kItemSize;

  // How many items fit has to be known before the header is written: count first, then write.
  const auto take_item = [&](std::size_t from, std::uint16_t& mask) {
    mask = 0;
    std::size_t next = from + 1;
    for (; next < sequence_numbers.size(); ++next) {
      const auto distance = static_cast<std::uint16_t>(sequence_numbers[next] - sequence_numbers[from]);
      if (distance > kMaskBits) break;
      if (distance > 0) mask = static_cast<std::uint16_t>(mask | (1U << (distance - 1)));
    }
    return next;
  };
  std::uint16_t mask = 0;
  std::size_t items = 0;
  std::size_t end = 0;
  for (; end < sequence_numbers.size() && items < max_items; ++items) end = take_item(end, mask);

  WriteRtcpHeader(out, RtcpType::kTransportFeedback, Nack::kFormat, kFixedSize + items * kItemSize);
  out.U32(sender_ssrc.value());
  out.U32(media_ssrc.value());
  for (std::size_t i = 0; i < end;) {
    const std::size_t next = take_item(i, mask);
    out.U16(sequence_numbers[i]);
    out.U16(mask);
    i = next;
  }
  return end;
}

}  // namespace kcs::wire
