#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/dependency_descriptor.h"
#include "engine/wire/frame_marking.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// How the layers inside one stream can be told apart.
enum class LayerModel : std::uint8_t {
  kNone,     // there are none, or nobody says which packet is of which
  kIds,      // by the numbers and hints of the codec's own header
  kTargets,  // by the decode targets of the dependency descriptor
};

// The counters of VP8 and VP9 payload descriptors, and where they stand: an offset is from the start of the
// payload, 0 for a field that is absent.
struct PictureIds {
  std::uint16_t picture_id = 0;  // 7 or 15 bits
  std::uint8_t tl0 = 0;
  std::uint8_t key_index = 0;  // VP8: KEYIDX, 5 bits
  std::uint8_t picture_id_offset = 0;
  std::uint8_t tl0_offset = 0;
  std::uint8_t key_index_offset = 0;
  std::uint8_t size = 0;  // up to the last of the fields; 0: there are none
  bool wide = false;      // the picture id has 15 bits

  static constexpr std::size_t kMaxSize = 6;
};

// What a forwarder must know of one packet's payload, whatever the codec.
struct FrameInfo {
  bool key_frame = false;       // a decoder can begin with this packet: the first one of a key frame
  bool start_of_frame = false;  // first packet of a (layer) frame
  bool end_of_frame =
      false;  // last packet of a (layer) frame; with spatial layers this comes before the marker
  bool end_of_picture = false;  // the RTP marker: last packet of all layers of one instant
  LayerModel layers = LayerModel::kNone;
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  bool key_picture = false;      // of the lowest layer of a picture that needs no other picture
  bool switching_point = false;  // its temporal layer can be taken up with it by who has those below
  bool opens_temporal = false;   // behind this picture all higher temporal layers can be taken up
  bool discardable = false;      // no other frame needs this one
  bool independent = false;      // first packet of a frame, of any spatial layer, that needs no other frame
  bool inter_layer = false;      // may need the next lower spatial layer of the same picture
  bool needed_above = true;      // may be needed by a higher spatial layer
  // Of the last packet of a frame: the spatial layer of the frame behind it in the same picture, if that has
  // come. Encoders leave out layers of single pictures.
  std::uint8_t next_spatial = kUnknownLayer;
  static constexpr std::uint8_t kUnknownLayer = 255;
  bool names_references = false;  // `references` is complete
  std::uint64_t references = 0;   // bit i: the picture whose id is smaller by i + 1 (VP9, flexible mode)
  PictureIds ids;                 // VP8, VP9
  std::optional<std::uint16_t> frame_number;  // dependency descriptor

  // LayerModel::kTargets: a bit for each decode target.
  std::uint32_t needed_by = 0;       // it has this frame
  std::uint32_t required_by = 0;     // and cannot go on without
  std::uint32_t switches_to = 0;     // and can be taken up with it
  std::uint32_t active_targets = 0;  // are being sent
  // As long as the stream's DependencyDescriptorState lives; a newer structure takes its place there.
  const FrameDependencyStructure* structure = nullptr;
};

// nullopt: the payload is malformed for its codec. `dd` is the packet's dependency descriptor if it carries
// one; it decides over layers and frame bounds where the codec's own header does not know them (AV1, H.264)
// and never hurts. Without one `marking` tells the temporal layers of H.264. Audio and unknown codecs: every
// packet is a whole key frame. AV1 without a descriptor knows the bounds of OBUs, not of frames.
std::optional<FrameInfo> DescribePayload(CodecType codec, Bytes payload, bool marker,
                                         const DependencyDescriptor* dd = nullptr,
                                         const FrameMarking* marking = nullptr);

}  // namespace kcs::wire
