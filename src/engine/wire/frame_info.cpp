#include "engine/wire/frame_info.h"

#include <algorithm>

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
  info.layers = LayerModel::kIds;
  info.key_picture = info.opens_temporal = info.key_frame;
  info.ids = {
      .picture_id = d->picture_id.value_or(0),
      .tl0 = d->tl0_picture_index.value_or(0),
      .key_index = d->key_index.value_or(0),
      .picture_id_offset = d->picture_id_offset,
      .tl0_offset = d->tl0_offset,
      .key_index_offset = d->key_index ? d->tid_key_offset : std::uint8_t{0},
      .size = d->picture_id_offset == 0 && d->tl0_offset == 0 && !d->key_index ? std::uint8_t{0} : d->size,
      .wide = d->wide_picture_id};
  return info;
}

// P_DIFF counts from 1. Farther than 64 pictures back nobody remembers.
std::uint64_t References(const Vp9Descriptor& d) {
  std::uint64_t references = 0;
  for (const std::uint8_t diff : d.picture_diffs) {
    if (diff >= 1 && diff <= 64) references |= std::uint64_t{1} << (diff - 1);
  }
  return references;
}

bool NamesReferences(const Vp9Descriptor& d) {
  return d.flexible_mode && d.picture_id &&
         std::ranges::all_of(d.picture_diffs, [](std::uint8_t diff) { return diff >= 1 && diff <= 64; });
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
  info.layers = LayerModel::kIds;
  info.key_picture = !d->inter_picture_predicted && d->spatial_layer == 0;
  info.switching_point = !d->inter_picture_predicted || d->temporal_layer == 0;
  // RFC 9628 4.2, U: what comes later and is of a higher temporal layer than this picture needs nothing
  // higher from before it.
  info.opens_temporal = info.key_picture || d->switching_up_point;
  info.independent = d->start_of_layer_frame && !d->inter_picture_predicted && !d->inter_layer_predicted;
  info.inter_layer = d->inter_layer_predicted;
  // Of a key picture the lower layers go along whatever Z says: the first of them begins the decoder and
  // carries the scalability structure.
  info.needed_above = !d->not_reference_for_upper || !d->inter_picture_predicted;
  info.names_references = NamesReferences(*d);
  info.references = References(*d);
  info.ids = {
      .picture_id = d->picture_id.value_or(0),
      .tl0 = d->tl0_picture_index.value_or(0),
      .picture_id_offset = d->picture_id ? std::uint8_t{1} : std::uint8_t{0},
      .tl0_offset = d->tl0_offset,
      .size = std::max(d->tl0_offset != 0 ? static_cast<std::uint8_t>(d->tl0_offset + 1) : std::uint8_t{0},
                       static_cast<std::uint8_t>(!d->picture_id       ? 0
                                                 : d->wide_picture_id ? 3
                                                                      : 2)),
      .wide = d->wide_picture_id};
  return info;
}

std::optional<FrameInfo> DescribeH264(Bytes payload, bool marker) {
  const std::optional<H264Payload> h264 = H264Payload::Parse(payload);
  if (!h264) return std::nullopt;
  FrameInfo info;
  info.key_frame = h264->key_frame;
  info.start_of_frame = h264->start_of_frame;
  info.end_of_frame = marker;
  // Unless somebody tells more there are two layers: what others refer to, and what nobody does.
  info.layers = LayerModel::kIds;
  info.switching_point = true;
  info.key_picture = info.opens_temporal = h264->key_frame;
  info.discardable = h264->slice && !h264->reference;
  info.temporal = info.discardable ? 1 : 0;
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

void ApplyDependencyDescriptor(const DependencyDescriptor& dd, FrameInfo& info) {
  const DecodeTargetIndications& indications = dd.dependencies.indications;
  info.key_frame = dd.has_structure && dd.start_of_frame;
  info.start_of_frame = dd.start_of_frame;
  info.end_of_frame = dd.end_of_frame;
  info.layers = dd.structure != nullptr ? LayerModel::kTargets : LayerModel::kNone;
  info.spatial = dd.spatial_id();
  info.temporal = dd.temporal_id();
  info.needed_by = indications.NeededBy();
  info.required_by = indications.RequiredBy();
  info.switches_to = indications.SwitchesTo();
  info.active_targets = dd.active_targets;
  info.structure = dd.structure;
  info.key_picture = info.key_frame;
  info.switching_point = info.key_frame || info.switches_to != 0;
  info.opens_temporal = info.key_frame;
  info.discardable = info.required_by == 0;
  info.independent = dd.start_of_frame && dd.dependencies.frame_diffs.empty();
  info.inter_layer = dd.spatial_id() > 0 && !dd.dependencies.frame_diffs.empty();
  info.needed_above =
      dd.structure != nullptr && (info.needed_by & dd.structure->targets_above[info.spatial]) != 0;
}

constexpr std::uint8_t kHighestTemporal = 3;

void ApplyFrameMarking(const FrameMarking& marking, FrameInfo& info) {
  info.discardable = info.discardable || marking.discardable;
  if (marking.temporal_layer == 0) {
    info.temporal = info.discardable ? 1 : 0;
    return;
  }
  info.temporal = std::min(marking.temporal_layer, kHighestTemporal);
  // RFC 9626 3.1, B: "When the TID is not 0, this MUST be 1 if the sender knows this frame within a layer
  // only depends on the base temporal layer".
  info.switching_point = info.key_frame || marking.base_layer_sync;
}

}  // namespace

std::optional<FrameInfo> DescribePayload(CodecType codec, Bytes payload, bool marker,
                                         const DependencyDescriptor* dd, const FrameMarking* marking) {
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
  if (dd == nullptr) {
    if (marking != nullptr && codec == CodecType::kH264) ApplyFrameMarking(*marking, *info);
    return info;
  }
  info->frame_number = dd->frame_number;
  const bool header_knows_layers = codec == CodecType::kVp8 || codec == CodecType::kVp9;
  if (!header_knows_layers) ApplyDependencyDescriptor(*dd, *info);
  return info;
}

}  // namespace kcs::wire
