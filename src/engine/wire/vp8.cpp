#include "engine/wire/vp8.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kKeyFrameHeaderSize = 10;

// RFC 7741 4.3, and for a key frame RFC 6386 9.1:
//    0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+
//   |Size0|H| VER |P|     P: 0 for a key frame
//   +-+-+-+-+-+-+-+-+
//   |     Size1     |
//   |     Size2     |
//   |  9d  01  2a   |     start code
//   | width (14, little endian), scale (2) | height (14), scale (2) |
void ReadPayloadHeader(Bytes bitstream, Vp8Descriptor& d) {
  d.key_frame = (bitstream[0] & 0x01) == 0;
  if (!d.key_frame || bitstream.size() < kKeyFrameHeaderSize) return;
  if (LoadU24(bitstream.data() + 3) != 0x9d012a) return;
  d.width = static_cast<std::uint16_t>((bitstream[6] | (bitstream[7] << 8)) & 0x3fff);
  d.height = static_cast<std::uint16_t>((bitstream[8] | (bitstream[9] << 8)) & 0x3fff);
}

}  // namespace

// RFC 7741 4.2:
//        0 1 2 3 4 5 6 7
//       +-+-+-+-+-+-+-+-+
//       |X|R|N|S|R| PID |   required
//       +-+-+-+-+-+-+-+-+
//   X:  |I|L|T|K| RSV   |   optional
//       +-+-+-+-+-+-+-+-+
//   I:  |M| PictureID   |   optional
//       +-+-+-+-+-+-+-+-+
//   M:  |   PictureID   |   if M: 15 bits in all
//       +-+-+-+-+-+-+-+-+
//   L:  |   TL0PICIDX   |   optional
//       +-+-+-+-+-+-+-+-+
//   T/K:|TID|Y| KEYIDX  |   optional
//       +-+-+-+-+-+-+-+-+
std::optional<Vp8Descriptor> Vp8Descriptor::Parse(Bytes payload) {
  ByteReader in(payload);
  Vp8Descriptor d;
  const std::uint8_t first = in.U8();
  d.non_reference = (first & 0x20) != 0;
  d.start_of_partition = (first & 0x10) != 0;
  d.partition = first & 0x07;

  const std::uint8_t present = (first & 0x80) != 0 ? in.U8() : std::uint8_t{0};
  if ((present & 0x80) != 0) {
    d.picture_id_offset = static_cast<std::uint8_t>(in.position());
    const std::uint8_t id = in.U8();
    d.wide_picture_id = (id & 0x80) != 0;
    d.picture_id = static_cast<std::uint16_t>(d.wide_picture_id ? ((id & 0x7f) << 8) | in.U8() : id);
  }
  if ((present & 0x40) != 0) {
    d.tl0_offset = static_cast<std::uint8_t>(in.position());
    d.tl0_picture_index = in.U8();
  }
  if ((present & 0x30) != 0) {
    d.tid_key_offset = static_cast<std::uint8_t>(in.position());
    const std::uint8_t both = in.U8();
    // The byte is there if either is; the fields of the one that is not are ignored.
    if ((present & 0x20) != 0) {
      d.temporal_layer = static_cast<std::uint8_t>(both >> 6);
      d.layer_sync = (both & 0x20) != 0;
    }
    if ((present & 0x10) != 0) d.key_index = static_cast<std::uint8_t>(both & 0x1f);
  }
  if (!in.ok() || in.remaining() == 0) return std::nullopt;
  d.size = static_cast<std::uint8_t>(in.position());
  if (d.start_of_frame()) ReadPayloadHeader(in.Rest(), d);
  return d;
}

void Vp8Descriptor::Write(ByteWriter& out) const {
  const bool has_tid_key = temporal_layer || key_index;
  const bool extended = picture_id || tl0_picture_index || has_tid_key;
  out.U8(static_cast<std::uint8_t>((extended ? 0x80 : 0) | (non_reference ? 0x20 : 0) |
                                   (start_of_partition ? 0x10 : 0) | (partition & 0x07)));
  if (!extended) return;
  out.U8(static_cast<std::uint8_t>((picture_id ? 0x80 : 0) | (tl0_picture_index ? 0x40 : 0) |
                                   (temporal_layer ? 0x20 : 0) | (key_index ? 0x10 : 0)));
  if (picture_id && wide_picture_id) {
    out.U16(static_cast<std::uint16_t>(0x8000 | *picture_id));
  } else if (picture_id) {
    out.U8(static_cast<std::uint8_t>(*picture_id & 0x7f));
  }
  if (tl0_picture_index) out.U8(*tl0_picture_index);
  if (has_tid_key) {
    const unsigned tid = temporal_layer.value_or(0) & 3U;
    const unsigned key = key_index.value_or(0) & 0x1fU;
    out.U8(static_cast<std::uint8_t>((tid << 6) | (layer_sync ? 0x20U : 0U) | key));
  }
}

}  // namespace kcs::wire
