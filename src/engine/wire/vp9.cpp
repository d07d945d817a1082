#include "engine/wire/vp9.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kMaxReferences = 3;

// RFC 9628 4.2.1:
//        0 1 2 3 4 5 6 7
//       +-+-+-+-+-+-+-+-+
//   V:  | N_S |Y|G|-|-|-|
//       +-+-+-+-+-+-+-+-+
//   Y:  |  width (16), height (16)   |   N_S + 1 times
//       +-+-+-+-+-+-+-+-+
//   G:  |      N_G      |
//       +-+-+-+-+-+-+-+-+
//       | TID |U| R |-|-|            |   N_G times,
//       +-+-+-+-+-+-+-+-+            |   each with
//       |    P_DIFF     |  R times   |
//       +-+-+-+-+-+-+-+-+
Vp9ScalabilityStructure ReadStructure(ByteReader& in) {
  Vp9ScalabilityStructure structure;
  const std::uint8_t first = in.U8();
  structure.spatial_layers = static_cast<std::uint8_t>((first >> 5) + 1);
  if ((first & 0x10) != 0) {
    for (std::uint8_t i = 0; i < structure.spatial_layers; ++i) {
      const std::uint16_t width = in.U16();
      const std::uint16_t height = in.U16();
      structure.resolutions.PushBack({width, height});
    }
  }
  if ((first & 0x08) != 0) {
    structure.group_size = in.U8();
    for (std::uint8_t i = 0; i < structure.group_size; ++i) in.Skip((in.U8() >> 2) & 0x03);
  }
  return structure;
}

// The P_DIFFs of flexible mode: one to three, the N bit says that another follows.
bool ReadPictureDiffs(ByteReader& in, Vp9Descriptor& d) {
  for (std::size_t i = 0; i < kMaxReferences; ++i) {
    const std::uint8_t byte = in.U8();
    d.picture_diffs.PushBack(static_cast<std::uint8_t>(byte >> 1));
    if ((byte & 0x01) == 0) return in.ok();
  }
  return false;  // a fourth is announced
}

}  // namespace

// RFC 9628 4.2 (P_DIFF and N only in flexible mode, TL0PICIDX only in the other):
//        0 1 2 3 4 5 6 7
//       +-+-+-+-+-+-+-+-+
//       |I|P|L|F|B|E|V|Z|   required
//       +-+-+-+-+-+-+-+-+
//   I:  |M| picture ID  |
//       +-+-+-+-+-+-+-+-+
//   M:  |  extended PID |   if M: 15 bits in all
//       +-+-+-+-+-+-+-+-+
//   L:  | TID |U| SID |D|
//       +-+-+-+-+-+-+-+-+
//       |   TL0PICIDX   |   if L and not F
//       +-+-+-+-+-+-+-+-+
//  P,F: |   P_DIFF    |N|   up to 3 times
//       +-+-+-+-+-+-+-+-+
//   V:  | SS            |
//       +-+-+-+-+-+-+-+-+
std::optional<Vp9Descriptor> Vp9Descriptor::Parse(Bytes payload) {
  ByteReader in(payload);
  Vp9Descriptor d;
  const std::uint8_t first = in.U8();
  d.inter_picture_predicted = (first & 0x40) != 0;
  d.has_layer_indices = (first & 0x20) != 0;
  d.flexible_mode = (first & 0x10) != 0;
  d.start_of_layer_frame = (first & 0x08) != 0;
  d.end_of_layer_frame = (first & 0x04) != 0;
  d.not_reference_for_upper = (first & 0x01) != 0;

  if ((first & 0x80) != 0) {
    const std::uint8_t id = in.U8();
    d.wide_picture_id = (id & 0x80) != 0;
    d.picture_id = static_cast<std::uint16_t>(d.wide_picture_id ? ((id & 0x7f) << 8) | in.U8() : id);
  }
  if (d.has_layer_indices) {
    const std::uint8_t layers = in.U8();
    d.temporal_layer = static_cast<std::uint8_t>(layers >> 5);
    d.switching_up_point = (layers & 0x10) != 0;
    d.spatial_layer = static_cast<std::uint8_t>((layers >> 1) & 0x07);
    d.inter_layer_predicted = (layers & 0x01) != 0;
    if (!d.flexible_mode) {
      d.tl0_offset = static_cast<std::uint8_t>(in.position());
      d.tl0_picture_index = in.U8();
    }
  }
  if (d.flexible_mode && d.inter_picture_predicted && !ReadPictureDiffs(in, d)) return std::nullopt;
  if ((first & 0x02) != 0) d.structure = ReadStructure(in);
  if (!in.ok() || in.remaining() == 0) return std::nullopt;
  d.size = in.position();
  return d;
}

}  // namespace kcs::wire
