#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/dependency_descriptor.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// What a forwarder must know of one packet's payload, whatever the codec.
struct FrameInfo {
  bool key_frame = false;       // a decoder can begin with this packet: the first one of a key frame
  bool start_of_frame = false;  // first packet of a (layer) frame
  bool end_of_frame =
      false;  // last packet of a (layer) frame; with spatial layers this comes before the marker
  bool end_of_picture = false;  // the RTP marker: last packet of all layers of one instant
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  bool switching_point = false;  // from this frame on, this temporal layer can be taken up
  bool discardable = false;      // no other frame needs this one
  bool independent = false;      // first packet of a frame, of any spatial layer, that needs no other frame
  bool inter_layer = false;      // may need the next lower spatial layer of the same picture
  std::optional<std::uint16_t> picture_id;        // VP8, VP9: 7 or 15 bits
  std::optional<std::uint8_t> tl0_picture_index;  // VP8, VP9
  std::optional<std::uint16_t> frame_number;      // dependency descriptor
};

// nullopt: the payload is malformed for its codec. `dd` is the packet's dependency descriptor if it carries
// one; it decides over layers and frame bounds where the codec's own header does not know them (AV1, H.264)
// and never hurts. Audio and unknown codecs: every packet is a whole key frame. AV1
// without a descriptor knows the bounds of OBUs, not of frames.
std::optional<FrameInfo> DescribePayload(CodecType codec, Bytes payload, bool marker,
                                         const DependencyDescriptor* dd = nullptr);

}  // namespace kcs::wire
