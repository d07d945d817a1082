#include "engine/wire/dependency_descriptor.h"

#include <algorithm>

#include "engine/wire/bit_reader.h"
#include "engine/wire/bit_writer.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kMandatorySize = 3;
constexpr std::uint32_t kNoMoreLayers = 3;

DecodeTargetIndications ReadIndications(BitReader& in, std::size_t targets) {
  DecodeTargetIndications indications;
  for (std::size_t t = 0; t < targets; ++t) {
    indications.Set(t, static_cast<DecodeTargetIndication>(in.Bits(2)));
  }
  return indications;
}

// template_layers(): next_layer_idc says how the next template's layers follow from this one's.
bool ReadTemplateLayers(BitReader& in, FrameDependencyStructure& s) {
  unsigned temporal = 0;
  unsigned spatial = 0;
  while (true) {
    FrameDependencyTemplate t;
    t.spatial_id = static_cast<std::uint8_t>(spatial);
    t.temporal_id = static_cast<std::uint8_t>(temporal);
    if (!s.templates.PushBack(t)) return false;
    s.max_temporal_id = std::max(s.max_temporal_id, t.temporal_id);
    const std::uint32_t next_layer = in.Bits(2);
    if (!in.ok()) return false;
    if (next_layer == kNoMoreLayers) break;
    if (next_layer == 1) ++temporal;
    if (next_layer == 2) {
      temporal = 0;
      ++spatial;
    }
    if (spatial >= kMaxDdSpatialLayers || temporal >= 8)
      return false;  // the layer ids of AV1 have 2 and 3 bits
  }
  s.max_spatial_id = static_cast<std::uint8_t>(spatial);
  return true;
}

// template_fdiffs()
bool ReadTemplateDiffs(BitReader& in, FrameDependencyStructure& s) {
  for (std::size_t i = 0; i < s.templates.size(); ++i) {
    while (in.Flag()) {
      const auto diff = static_cast<std::uint16_t>(in.Bits(4) + 1);
      if (!s.templates[i].frame_diffs.PushBack(diff)) return false;
    }
  }
  return in.ok();
}

// template_chains()
void ReadTemplateChains(BitReader& in, FrameDependencyStructure& s) {
  s.chain_count = static_cast<std::uint8_t>(in.NonSymmetric(s.decode_target_count + 1U));
  if (s.chain_count == 0) return;
  for (std::size_t t = 0; t < s.decode_target_count; ++t) {
    s.protected_by[t] = static_cast<std::uint8_t>(in.NonSymmetric(s.chain_count));
  }
  for (std::size_t i = 0; i < s.templates.size(); ++i) {
    for (std::size_t c = 0; c < s.chain_count; ++c) {
      s.templates[i].chain_diffs[c] = static_cast<std::uint8_t>(in.Bits(4));
    }
  }
}

// decode_target_layers(): not on the wire; the highest layers that a decode target has any frames of.
void DeriveDecodeTargetLayers(FrameDependencyStructure& s) {
  for (std::size_t t = 0; t < s.decode_target_count; ++t) {
    for (const FrameDependencyTemplate& frame : s.templates) {
      if (frame.indications[t] == DecodeTargetIndication::kNotPresent) continue;
      s.target_spatial_id[t] = std::max(s.target_spatial_id[t], frame.spatial_id);
      s.target_temporal_id[t] = std::max(s.target_temporal_id[t], frame.temporal_id);
    }
    for (std::size_t layer = 0; layer < s.target_spatial_id[t]; ++layer) s.targets_above[layer] |= 1U << t;
  }
}

// template_dependency_structure()
bool ReadStructure(BitReader& in, FrameDependencyStructure& s) {
  s.template_id_offset = static_cast<std::uint8_t>(in.Bits(6));
  s.decode_target_count = static_cast<std::uint8_t>(in.Bits(5) + 1);
  if (!ReadTemplateLayers(in, s)) return false;
  for (std::size_t i = 0; i < s.templates.size(); ++i) {
    s.templates[i].indications = ReadIndications(in, s.decode_target_count);
  }
  if (!ReadTemplateDiffs(in, s)) return false;
  ReadTemplateChains(in, s);
  DeriveDecodeTargetLayers(s);
  if (in.Flag()) {
    for (unsigned layer = 0; layer <= s.max_spatial_id; ++layer) {
      const auto width = static_cast<std::uint16_t>(in.Bits(16) + 1);
      const auto height = static_cast<std::uint16_t>(in.Bits(16) + 1);
      s.resolutions.PushBack({width, height});
    }
  }
  return in.ok();
}

// frame_fdiffs(): next_fdiff_size is the number of 4-bit digits of the next distance, 0 the end.
bool ReadFrameDiffs(BitReader& in, FrameDependencyTemplate& frame) {
  frame.frame_diffs.Clear();
  for (std::uint32_t size = in.Bits(2); size != 0; size = in.Bits(2)) {
    const auto diff = static_cast<std::uint16_t>(in.Bits(4 * size) + 1);
    if (!frame.frame_diffs.PushBack(diff)) return false;
  }
  return in.ok();
}

std::uint32_t AllTargets(unsigned count) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
}

struct Extended {
  bool active_targets = false;
  bool custom_indications = false;
  bool custom_diffs = false;
  bool custom_chains = false;
};

// frame_dependency_definition()
bool ReadDefinition(BitReader& in, const Extended& extended, const FrameDependencyStructure& s,
                    DependencyDescriptor& d) {
  const std::size_t index = (d.template_id + 64U - s.template_id_offset) % 64;
  if (index >= s.templates.size()) return false;
  d.dependencies = s.templates[index];
  d.decode_target_count = s.decode_target_count;
  d.chain_count = s.chain_count;
  if (extended.custom_indications) d.dependencies.indications = ReadIndications(in, s.decode_target_count);
  if (extended.custom_diffs && !ReadFrameDiffs(in, d.dependencies)) return false;
  if (extended.custom_chains) {
    for (std::size_t c = 0; c < s.chain_count; ++c) {
      d.dependencies.chain_diffs[c] = static_cast<std::uint8_t>(in.Bits(8));
    }
  }
  if (!s.resolutions.empty()) d.resolution = s.resolutions[d.dependencies.spatial_id];
  return in.ok();
}

}  // namespace

std::optional<std::uint8_t> FrameDependencyStructure::DecodeTargetOf(std::uint8_t spatial_id,
                                                                     std::uint8_t temporal_id) const {
  for (std::uint8_t t = 0; t < decode_target_count; ++t) {
    if (target_spatial_id[t] == spatial_id && target_temporal_id[t] == temporal_id) return t;
  }
  return std::nullopt;
}

// "RTP Payload Format For AV1" A.8.2, most significant bit first:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |S|E| template  |         frame number          |T|A|D|F|C| ...
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   The first three bytes are mandatory; what follows is there if the extension is longer: T template
//   dependency structure, A bitmask of active decode targets, then D custom indications, F custom frame
//   diffs, C custom chains, then zero padding.
std::optional<DependencyDescriptor> DependencyDescriptor::Parse(Bytes data,
                                                                DependencyDescriptorState& state) {
  BitReader in(data);
  DependencyDescriptor d;
  d.start_of_frame = in.Flag();
  d.end_of_frame = in.Flag();
  d.template_id = static_cast<std::uint8_t>(in.Bits(6));
  d.frame_number = static_cast<std::uint16_t>(in.Bits(16));
  if (!in.ok()) return std::nullopt;

  Extended extended;
  if (data.size() > kMandatorySize) {
    d.has_structure = in.Flag();
    extended.active_targets = in.Flag();
    extended.custom_indications = in.Flag();
    extended.custom_diffs = in.Flag();
    extended.custom_chains = in.Flag();
  }
  // A structure is written to a copy: a malformed descriptor must change nothing.
  std::optional<FrameDependencyStructure> arrived;
  if (d.has_structure) {
    if (!ReadStructure(in, arrived.emplace())) return std::nullopt;
    d.active_decode_targets = AllTargets(arrived->decode_target_count);
  }
  if (!arrived && !state.structure) return std::nullopt;
  const FrameDependencyStructure& structure = arrived ? *arrived : *state.structure;

  if (extended.active_targets) d.active_decode_targets = in.Bits(structure.decode_target_count);
  if (!ReadDefinition(in, extended, structure, d)) return std::nullopt;

  if (arrived) state.structure = *arrived;
  if (d.active_decode_targets) state.active_decode_targets = *d.active_decode_targets;
  d.active_targets = state.active_decode_targets;
  d.structure = &*state.structure;
  return d;
}

std::size_t WriteActiveDecodeTargets(Bytes data, std::uint32_t active, unsigned targets, MutableBytes out) {
  if (data.size() < kMandatorySize) return 0;
  BitReader in(data);
  BitWriter copy(out);
  copy.Copy(in, kMandatorySize * 8);
  const bool is_extended = data.size() > kMandatorySize;
  const bool has_structure = is_extended && in.Flag();
  const bool had_targets = is_extended && in.Flag();
  copy.Bits(has_structure ? 3 : 1, 2);
  copy.Bits(is_extended ? in.Bits(3) : 0, 3);
  if (has_structure) {
    BitReader structure = in;
    FrameDependencyStructure read;
    if (!ReadStructure(structure, read) || read.decode_target_count != targets) return 0;
    copy.Copy(in, in.remaining() - structure.remaining());
  }
  if (had_targets) static_cast<void>(in.Bits(targets));
  copy.Bits(active, targets);
  copy.Copy(in, in.remaining());
  return in.ok() && copy.ok() ? copy.size() : 0;
}

}  // namespace kcs::wire
