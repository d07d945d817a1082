#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// Generic NACK (RTPFB, fmt 1; RFC 4585 6.2.1), parsed: the items stay in the packet and are unpacked on
// demand.
struct Nack {
  static constexpr std::uint8_t kFormat = 1;
  Ssrc sender_ssrc;
  Ssrc media_ssrc;
  Bytes items;  // four bytes each: packet id and bitmask of the 16 following

  // nullopt if `count` is not the format of a NACK, or the body is malformed or without items.
  static std::optional<Nack> Parse(std::uint8_t count, Bytes body);

  std::size_t item_count() const { return items.size() / 4; }
  // Unpacks the sequence numbers, in the order of the packet, until `out` is full (the caller's bound on how
  // much one NACK may ask). Returns how many were written.
  std::size_t SequenceNumbers(std::span<std::uint16_t> out) const;
};

// Writes one NACK for `sequence_numbers`, which must be in ascending order (modulo 2^16). Returns how many of
// them fitted, 0 (and nothing written) if not even one did.
std::size_t WriteNack(Ssrc sender_ssrc, Ssrc media_ssrc, std::span<const std::uint16_t> sequence_numbers,
                      ByteWriter& out);

}  // namespace kcs::wire
