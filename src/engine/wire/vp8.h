#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kcs::wire {

// The VP8 payload descriptor (RFC 7741 4.2) and what of the payload header (4.3) matters to a forwarder.
struct Vp8Descriptor {
  bool non_reference = false;       // N: no other frame needs this one
  bool start_of_partition = false;  // S
  std::uint8_t partition = 0;       // PID; 0 with S: first packet of a frame
  std::optional<std::uint16_t> picture_id;
  bool wide_picture_id = false;  // 15 bits on the wire (else 7)
  std::optional<std::uint8_t> tl0_picture_index;
  std::optional<std::uint8_t> temporal_layer;  // TID, 0..3
  bool layer_sync = false;                     // Y: depends on temporal layer 0 only
  std::optional<std::uint8_t> key_index;       // KEYIDX, 5 bits

  // Layout on the wire. An offset is from the start of the payload; 0: the field is absent.
  std::uint8_t size = 0;  // of the descriptor: the VP8 bitstream begins here
  std::uint8_t picture_id_offset = 0;
  std::uint8_t tl0_offset = 0;
  std::uint8_t tid_key_offset = 0;  // TID(2) Y(1) KEYIDX(5)

  bool key_frame = false;   // first packet of a key frame
  std::uint16_t width = 0;  // of a key frame
  std::uint16_t height = 0;

  bool start_of_frame() const { return start_of_partition && partition == 0; }

  // nullopt: truncated, or no bitstream behind the descriptor.
  static std::optional<Vp8Descriptor> Parse(Bytes payload);
  // Writes a descriptor with these values (16-bit picture id if wide_picture_id); layout fields are ignored.
  // At most kMaxSize bytes; whether it fitted: out.ok().
  void Write(ByteWriter& out) const;
  static constexpr std::size_t kMaxSize = 6;
};

}  // namespace kcs::wire
