#include "engine/wire/frame_marking.h"

namespace kcs::wire {

std::optional<FrameMarking> FrameMarking::Parse(Bytes data) {
  if (data.empty() || data.size() > kMaxSize) return std::nullopt;
  FrameMarking marking{.start_of_frame = (data[0] & 0x80) != 0,
                       .end_of_frame = (data[0] & 0x40) != 0,
                       .independent = (data[0] & 0x20) != 0,
                       .discardable = (data[0] & 0x10) != 0,
                       .base_layer_sync = (data[0] & 0x08) != 0,
                       .temporal_layer = static_cast<std::uint8_t>(data[0] & 0x07),
                       .layer_id = {},
                       .tl0_picture_index = {}};
  if (data.size() > 1) marking.layer_id = data[1];
  if (data.size() > 2) marking.tl0_picture_index = data[2];
  return marking;
}

void FrameMarking::Write(ByteWriter& out) const {
  out.U8(static_cast<std::uint8_t>((start_of_frame ? 0x80 : 0) | (end_of_frame ? 0x40 : 0) |
                                   (independent ? 0x20 : 0) | (discardable ? 0x10 : 0) |
                                   (base_layer_sync ? 0x08 : 0) | (temporal_layer & 0x07)));
  if (!layer_id) return;
  out.U8(*layer_id);
  if (tl0_picture_index) out.U8(*tl0_picture_index);
}

}  // namespace kcs::wire
