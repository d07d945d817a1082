#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"

namespace kcs::wire {

// The scalability structure (RFC 9628 4.2.1); the picture group is checked and skipped.
struct Vp9ScalabilityStructure {
  struct Resolution {
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    friend bool operator==(const Resolution&, const Resolution&) = default;
  };
  std::uint8_t spatial_layers = 1;         // N_S + 1
  BoundedList<Resolution, 8> resolutions;  // one per spatial layer, or none
  std::uint8_t group_size = 0;             // N_G
};

// The VP9 payload descriptor (RFC 9628 4.2).
struct Vp9Descriptor {
  bool inter_picture_predicted = false;  // P
  bool flexible_mode = false;            // F
  bool start_of_layer_frame = false;     // B
  bool end_of_layer_frame = false;       // E
  bool not_reference_for_upper = false;  // Z: no higher spatial layer of this picture needs it
  std::optional<std::uint16_t> picture_id;
  bool wide_picture_id = false;  // 15 bits
  bool has_layer_indices = false;
  std::uint8_t temporal_layer = 0;                // TID
  bool switching_up_point = false;                // U
  std::uint8_t spatial_layer = 0;                 // SID
  bool inter_layer_predicted = false;             // D
  std::optional<std::uint8_t> tl0_picture_index;  // non-flexible mode only
  BoundedList<std::uint8_t, 3> picture_diffs;     // P_DIFF, flexible mode
  std::optional<Vp9ScalabilityStructure> structure;
  std::uint8_t tl0_offset = 0;  // of TL0PICIDX from the start; 0: absent. The picture id's is 1
  std::size_t size = 0;         // of the descriptor: the bitstream begins here

  // First packet of a picture that needs no other.
  bool key_frame() const { return !inter_picture_predicted && start_of_layer_frame && spatial_layer == 0; }

  // nullopt: truncated, too many references, or no bitstream behind the descriptor.
  static std::optional<Vp9Descriptor> Parse(Bytes payload);
};

}  // namespace kcs::wire
