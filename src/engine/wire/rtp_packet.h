#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "engine/wire/types.h"

namespace kcs::wire {

inline constexpr std::size_t kRtpFixedHeaderSize = 12;
inline constexpr std::size_t kMaxRtpExtensions = 16;
// Where the fields lie that a sender patches into a prepared header.
inline constexpr std::size_t kRtpMarkerOffset = 1;  // marker bit (0x80) and payload type (0x7f)
inline constexpr std::size_t kRtpSequenceOffset = 2;
inline constexpr std::size_t kRtpTimestampOffset = 4;
inline constexpr std::size_t kRtpSsrcOffset = 8;

// Size of fixed header, CSRCs and header extension: what SRTP leaves in clear. Looks at lengths only (the
// extension's elements are not checked), so it can be asked before authentication. nullopt if `packet` is not
// RTP version 2 or is too short for its own header.
std::optional<std::size_t> RtpHeaderSize(Bytes packet);

// One header extension element: its data is `length` bytes at `offset` from the start of the packet.
struct RtpExtension {
  std::uint8_t id = 0;  // 1..14 in the one-byte form, 1..255 in the two-byte form
  std::uint8_t length = 0;
  std::uint16_t offset = 0;
  friend bool operator==(const RtpExtension&, const RtpExtension&) = default;
};

// A parsed view of one plaintext RTP packet (RFC 3550 5.1, RFC 8285). Does not own the bytes; they must
// outlive it and must not change. Small and copyable.
class RtpPacket {
 public:
  // nullopt: not version 2, truncated, or padding that does not fit. A broken extension element ends the list
  // of extensions but does not reject the packet.
  static std::optional<RtpPacket> Parse(Bytes packet);

  bool marker() const { return (data_[1] & 0x80) != 0; }
  std::uint8_t payload_type() const { return data_[1] & 0x7f; }
  std::uint16_t sequence_number() const { return LoadU16(data_ + kRtpSequenceOffset); }
  std::uint32_t timestamp() const { return LoadU32(data_ + kRtpTimestampOffset); }
  Ssrc ssrc() const { return Ssrc(LoadU32(data_ + kRtpSsrcOffset)); }
  std::size_t csrc_count() const { return data_[0] & 0x0f; }

  std::size_t size() const { return size_; }
  std::size_t header_size() const { return header_size_; }
  std::size_t padding_size() const { return padding_size_; }
  std::size_t payload_size() const { return std::size_t{size_} - header_size_ - padding_size_; }

  Bytes data() const { return {data_, size_}; }
  // Without padding; empty for a packet that is padding only.
  Bytes payload() const { return {data_ + header_size_, payload_size()}; }

  // In the order of the packet; at most kMaxRtpExtensions, further ones are left out.
  std::span<const RtpExtension> extensions() const { return {extensions_.data(), extension_count_}; }
  // The data of the first element with this id; empty if there is none (or if it has no data).
  Bytes Extension(std::uint8_t id) const {
    for (const RtpExtension& e : extensions()) {
      if (e.id == id) return {data_ + e.offset, e.length};
    }
    return {};
  }

 private:
  RtpPacket(Bytes packet, std::size_t header_size, std::size_t padding_size)
      : data_(packet.data()),
        size_(static_cast<std::uint16_t>(packet.size())),
        header_size_(static_cast<std::uint16_t>(header_size)),
        padding_size_(static_cast<std::uint8_t>(padding_size)) {}
  void ParseExtensions(std::size_t offset);
  void ParseOneByteElements(std::size_t offset);
  void ParseTwoByteElements(std::size_t offset);

  const std::uint8_t* data_;
  std::uint16_t size_;
  std::uint16_t header_size_;
  std::uint8_t padding_size_;
  std::uint8_t extension_count_ = 0;
  std::array<RtpExtension, kMaxRtpExtensions> extensions_;
};

}  // namespace kcs::wire
