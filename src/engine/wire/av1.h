#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kcs::wire {

// The AV1 aggregation header ("RTP Payload Format For AV1", 4.4) and the OBU headers it leads to.
struct Av1Payload {
  bool continues_obu = false;        // Z: the first element goes on from the previous packet
  bool continued_in_next = false;    // Y: the last element goes on in the next packet
  std::uint8_t obu_count = 0;        // W: 0 if not told
  bool new_coded_sequence = false;   // N
  bool has_sequence_header = false;  // an OBU_SEQUENCE_HEADER begins here
  std::uint8_t temporal_layer = 0;   // of the first OBU with an extension header that begins here
  std::uint8_t spatial_layer = 0;
  bool has_layer_indices = false;

  // First packet of a coded video sequence.
  bool key_frame() const { return new_coded_sequence || has_sequence_header; }

  // nullopt: truncated, or element lengths that do not fit.
  static std::optional<Av1Payload> Parse(Bytes payload);
};

}  // namespace kcs::wire
