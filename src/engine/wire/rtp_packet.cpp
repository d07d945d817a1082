#include "engine/wire/rtp_packet.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kExtensionHeaderSize = 4;
constexpr std::uint16_t kOneByteProfile = 0xbede;
constexpr std::uint16_t kTwoByteProfile = 0x1000;  // the low four bits are the application's
constexpr std::uint8_t kOneByteStopId = 15;

}  // namespace

// RFC 3550 5.1:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                           timestamp                           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                             SSRC                              |
//   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//   |                     CSRC (0 to 15 times)                      |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |      defined by profile       |      length (32-bit words)    |   if X
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                       header extension                        |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<std::size_t> RtpHeaderSize(Bytes packet) {
  if (packet.size() < kRtpFixedHeaderSize || (packet[0] >> 6) != 2) return std::nullopt;
  std::size_t size = kRtpFixedHeaderSize + std::size_t{4} * (packet[0] & 0x0f);
  if ((packet[0] & 0x10) != 0) {
    if (packet.size() < size + kExtensionHeaderSize) return std::nullopt;
    size += kExtensionHeaderSize + std::size_t{4} * LoadU16(packet.data() + size + 2);
  }
  if (size > packet.size()) return std::nullopt;
  return size;
}

std::optional<RtpPacket> RtpPacket::Parse(Bytes packet) {
  if (packet.size() > 0xffff) return std::nullopt;  // offsets have 16 bits; so has the length of a datagram
  const std::optional<std::size_t> header_size = RtpHeaderSize(packet);
  if (!header_size) return std::nullopt;

  std::size_t padding_size = 0;
  if ((packet[0] & 0x20) != 0) {
    // "The last octet of the padding contains a count of how many padding octets should be ignored, including
    // itself."
    padding_size = packet.back();
    if (padding_size == 0 || padding_size > packet.size() - *header_size) return std::nullopt;
  }

  RtpPacket parsed(packet, *header_size, padding_size);
  if ((packet[0] & 0x10) != 0) {
    parsed.ParseExtensions(kRtpFixedHeaderSize + 4 * parsed.csrc_count());
  }
  return parsed;
}

void RtpPacket::ParseExtensions(std::size_t offset) {
  const std::uint16_t profile = LoadU16(data_ + offset);
  if (profile == kOneByteProfile) {
    ParseOneByteElements(offset + kExtensionHeaderSize);
  } else if ((profile & 0xfff0) == kTwoByteProfile) {
    ParseTwoByteElements(offset + kExtensionHeaderSize);
  }
}

// RFC 8285 4.2:
//    0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+
//   |  ID   |  len  |     len + 1 bytes of data follow
//   +-+-+-+-+-+-+-+-+
void RtpPacket::ParseOneByteElements(std::size_t offset) {
  while (offset < header_size_ && extension_count_ < kMaxRtpExtensions) {
    const std::uint8_t first = data_[offset];
    if (first == 0) {  // padding
      ++offset;
      continue;
    }
    const auto id = static_cast<std::uint8_t>(first >> 4);
    // "If the ID value 15 is used, its length field should be ignored, processing of the entire extension
    // SHOULD terminate at that point." The same for ID 0 with a length that is not 0.
    if (id == kOneByteStopId || id == 0) return;
    const auto length = static_cast<std::uint8_t>((first & 0x0f) + 1);
    ++offset;
    if (offset + length > header_size_) return;
    extensions_[extension_count_++] = {id, length, static_cast<std::uint16_t>(offset)};
    offset += length;
  }
}

// RFC 8285 4.3:
//    0                   1
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |       ID      |     length    |     length bytes of data follow
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
void RtpPacket::ParseTwoByteElements(std::size_t offset) {
  while (offset < header_size_ && extension_count_ < kMaxRtpExtensions) {
    const std::uint8_t id = data_[offset++];
    if (id == 0) continue;  // padding: one byte, without a length
    if (offset >= header_size_) return;
    const std::uint8_t length = data_[offset++];
    if (offset + length > header_size_) return;
    extensions_[extension_count_++] = {id, length, static_cast<std::uint16_t>(offset)};
    offset += length;
  }
}

}  // namespace kcs::wire
