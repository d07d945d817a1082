#include "engine/wire/frame_info.h"

#include "engine/wire/av1.h"
#include "engine/wire/h264.h"
#include "engine/wire/red.h"
#include "engine/wire/vp8.h"
#include "engine/wire/vp9.h"

namespace kcs::wire {
namespace {

std::optional<FrameInfo> DescribeVp8(Bytes payload, bool marker) {
  const std::optional<Vp8Descriptor> d = Vp8Descriptor::Parse(payload);
  if (!d) return std::nullopt;
  FrameInfo info;
  info.key_frame = d->key_frame;
  info.start_of_frame = d->start_of_frame();
  info.end_of_frame = marker;
  info.temporal = d->temporal_layer.value_or(0);
  // The base layer, or a frame that depends on nothing but the base layer.
  info.switching_point = info.key_frame || info.temporal == 0 || d->layer_sync;
  info.discardable = d->non_reference;
  info.independent = info.key_frame;
  info.picture_id = d->picture_id;
  info.tl0_picture_index = d->tl0_picture_index;
  return info;
}

std::optional<FrameInfo> DescribeVp9(Bytes payload) {
  const std::optional<Vp9Descriptor> d = Vp9Descriptor::Parse(payload);
  if (!d) return std::nullopt;
  FrameInfo info;
  info.key_frame = d->key_frame();
  info.start_of_frame = d->start_of_layer_frame;
  info.end_of_frame = d->end_of_layer_frame;
  info.spatial = d->spatial_layer;
  info.temporal = d->temporal_layer;
  info.switching_point = !d->inter_picture_predicted || d->temporal_layer == 0 || d->switching_up_point;
  info.independent = d->start_of_layer_frame && !d->inter_picture_predicted && !d->inter_layer_predicted;
  info.inter_layer = d->inter_layer_predicted;
  info.picture_id = d->picture_id;
  info.tl0_picture_index = d->tl0_picture_index;
  return info;
}

std::optional<FrameInfo> DescribeH264(Bytes payload, bool marker) {
  const std::optional<H264Payload> h264 = H264Payload::Parse(payload);
  if (!h264) return std::nullopt;
  FrameInfo info;
  info.key_frame = h264->key_frame;
  info.start_of_frame = h264->start_of_frame;
  info.end_of_frame = marker;
  info.switching_point = true;  // one layer, unless a dependency descriptor says otherwise
  info.discardable = !h264->reference;
  info.independent = h264->key_frame;
  return info;
}

std::optional<FrameInfo> DescribeAv1(Bytes payload, bool marker) {
  const std::optional<Av1Payload> av1 = Av1Payload::Parse(payload);
  if (!av1) return std::nullopt;
  FrameInfo info;
  info.key_frame = av1->key_frame();
  info.start_of_frame = !av1->continues_obu;
  info.end_of_frame = marker;
  info.spatial = av1->spatial_layer;
  info.temporal = av1->temporal_layer;
  info.switching_point = info.key_frame || info.temporal == 0;
  info.independent = info.key_frame;
  return info;
}

FrameInfo WholeFrame() {
  FrameInfo info;
  info.key_frame = true;
  info.start_of_frame = true;
  info.end_of_frame = true;
  info.switching_point = true;
  info.independent = true;
  return info;
}

// Can a receiver take up the layers of this frame with it?
bool IsSwitchingPoint(const DependencyDescriptor& dd) {
  for (std::size_t t = 0; t < dd.decode_target_count; ++t) {
    if (dd.SwitchesTo(t)) return true;
  }
  return false;
}

bool IsDiscardable(const DependencyDescriptor& dd) {
  for (std::size_t t = 0; t < dd.decode_target_count; ++t) {
    const DecodeTargetIndication indication = dd.dependencies.indications[t];
    if (indication == DecodeTargetIndication::kSwitch || indication == DecodeTargetIndication::kRequired)
      return false;
  }
  return true;
}

void ApplyDependencyDescriptor(const DependencyDescriptor& dd, FrameInfo& info) {
  info.key_frame = dd.has_structure && dd.start_of_frame;
  info.start_of_frame = dd.start_of_frame;
  info.end_of_frame = dd.end_of_frame;
  info.spatial = dd.spatial_id();
  info.temporal = dd.temporal_id();
  info.switching_point = info.key_frame || IsSwitchingPoint(dd);
  info.discardable = IsDiscardable(dd);
  info.independent = dd.start_of_frame && dd.dependencies.frame_diffs.empty();
  info.inter_layer = dd.spatial_id() > 0 && !dd.dependencies.frame_diffs.empty();
}

}  // namespace

std::optional<FrameInfo> DescribePayload(CodecType codec, Bytes payload, bool marker,
                                         const DependencyDescriptor* dd) {
  std::optional<FrameInfo> info;
  switch (codec) {
    case CodecType::kVp8:
      info = DescribeVp8(payload, marker);
      break;
    case CodecType::kVp9:
      info = DescribeVp9(payload);
      break;
    case CodecType::kH264:
      info = DescribeH264(payload, marker);
      break;
    case CodecType::kAv1:
      info = DescribeAv1(payload, marker);
      break;
    case CodecType::kRed:
      if (IsRed(payload)) info = WholeFrame();
      break;
    case CodecType::kUnknown:
    case CodecType::kOpus:
      info = WholeFrame();
      break;
  }
  if (!info) return std::nullopt;
  info->end_of_picture = marker;
  if (dd == nullptr) return info;
  info->frame_number = dd->frame_number;
  const bool header_knows_layers = codec == CodecType::kVp8 || codec == CodecType::kVp9;
  if (!header_knows_layers) ApplyDependencyDescriptor(*dd, *info);
  return info;
}

}  // namespace kcs::wire
