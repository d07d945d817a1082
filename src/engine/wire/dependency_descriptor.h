#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"

// The dependency descriptor header extension ("RTP Payload Format For AV1", appendix A).
namespace kcs::wire {

inline constexpr std::size_t kMaxDdTemplates = 64;
inline constexpr std::size_t kMaxDecodeTargets = 32;
inline constexpr std::size_t kMaxDdSpatialLayers = 4;
inline constexpr std::size_t kMaxFrameDiffs = 16;

// Of the first byte, and of the fourth if there is one.
inline constexpr std::uint8_t kDdStartOfFrame = 0x80;
inline constexpr std::uint8_t kDdHasStructure = 0x80;

// What a frame is to a decode target.
enum class DecodeTargetIndication : std::uint8_t {
  kNotPresent = 0,
  kDiscardable = 1,
  kSwitch = 2,
  kRequired = 3
};

// One indication per decode target, two bits each.
class DecodeTargetIndications {
 public:
  DecodeTargetIndication operator[](std::size_t target) const {
    return static_cast<DecodeTargetIndication>((bits_ >> (2 * target)) & 3);
  }
  void Set(std::size_t target, DecodeTargetIndication value) {
    bits_ = (bits_ & ~(std::uint64_t{3} << (2 * target))) | (std::uint64_t(value) << (2 * target));
  }
  // A bit for each target that has the frame at all, that cannot go on without it, and that can be taken up
  // with it.
  std::uint32_t NeededBy() const { return Even(bits_ | (bits_ >> 1)); }
  std::uint32_t RequiredBy() const { return Even(bits_ >> 1); }
  std::uint32_t SwitchesTo() const { return Even((bits_ >> 1) & ~bits_); }
  friend bool operator==(const DecodeTargetIndications&, const DecodeTargetIndications&) = default;

 private:
  // Every second bit, moved together.
  static constexpr std::uint32_t Even(std::uint64_t x) {
    x &= 0x5555555555555555;
    x = (x | (x >> 1)) & 0x3333333333333333;
    x = (x | (x >> 2)) & 0x0f0f0f0f0f0f0f0f;
    x = (x | (x >> 4)) & 0x00ff00ff00ff00ff;
    x = (x | (x >> 8)) & 0x0000ffff0000ffff;
    return static_cast<std::uint32_t>(x | (x >> 16));
  }

  std::uint64_t bits_ = 0;
};

// Which frames a frame needs, relative to it, and what it is to whom.
struct FrameDependencyTemplate {
  std::uint8_t spatial_id = 0;
  std::uint8_t temporal_id = 0;
  DecodeTargetIndications indications;  // per decode target
  BoundedList<std::uint16_t, kMaxFrameDiffs>
      frame_diffs;  // distance of each referred frame, in frame numbers
  std::array<std::uint8_t, kMaxDecodeTargets>
      chain_diffs{};  // per chain: distance of its previous frame; 0: none
};

struct RenderResolution {
  std::uint16_t width = 0;  // in pixels; 65,536 would read as 0
  std::uint16_t height = 0;
  friend bool operator==(const RenderResolution&, const RenderResolution&) = default;
};

// The template dependency structure that a key frame carries and later frames refer to.
struct FrameDependencyStructure {
  std::uint8_t template_id_offset = 0;
  std::uint8_t decode_target_count = 0;
  std::uint8_t chain_count = 0;
  std::uint8_t max_spatial_id = 0;
  std::uint8_t max_temporal_id = 0;
  BoundedList<FrameDependencyTemplate, kMaxDdTemplates> templates;
  std::array<std::uint8_t, kMaxDecodeTargets>
      protected_by{};  // chain of each decode target, if chain_count > 0
  std::array<std::uint8_t, kMaxDecodeTargets> target_spatial_id{};
  std::array<std::uint8_t, kMaxDecodeTargets> target_temporal_id{};
  // Per spatial layer: the decode targets of higher ones, a bit each.
  std::array<std::uint32_t, kMaxDdSpatialLayers> targets_above{};
  BoundedList<RenderResolution, kMaxDdSpatialLayers> resolutions;  // per spatial layer, or none

  // The decode target of exactly these layers.
  std::optional<std::uint8_t> DecodeTargetOf(std::uint8_t spatial_id, std::uint8_t temporal_id) const;
};

// What has to be remembered of one stream to read its descriptors. About 6 KiB; empty until a structure
// arrived.
struct DependencyDescriptorState {
  std::optional<FrameDependencyStructure> structure;
  std::uint32_t active_decode_targets = 0;  // bit i: decode target i is being sent
};

// One descriptor, resolved against the structure.
struct DependencyDescriptor {
  bool start_of_frame = false;
  bool end_of_frame = false;
  std::uint16_t frame_number = 0;
  std::uint8_t template_id = 0;
  bool has_structure = false;  // carries a structure: first packet of a key frame
  std::uint8_t decode_target_count = 0;
  std::uint8_t chain_count = 0;
  // Set when this descriptor carries a bitmask (or a structure, which makes all active).
  std::optional<std::uint32_t> active_decode_targets;
  // What holds from this descriptor on, if it says so or not.
  std::uint32_t active_targets = 0;
  const FrameDependencyStructure* structure = nullptr;  // in the state
  FrameDependencyTemplate dependencies;  // of this frame: template with its custom parts applied
  std::optional<RenderResolution> resolution;

  std::uint8_t spatial_id() const { return dependencies.spatial_id; }
  std::uint8_t temporal_id() const { return dependencies.temporal_id; }
  // A receiver of this decode target needs the frame.
  bool NeededBy(std::size_t target) const {
    return dependencies.indications[target] != DecodeTargetIndication::kNotPresent;
  }
  // From this frame on a receiver can decode this decode target, if it has decoded the frames this one needs.
  bool SwitchesTo(std::size_t target) const {
    return dependencies.indications[target] == DecodeTargetIndication::kSwitch;
  }

  // nullopt: malformed, or it refers to a structure or template that is not known (then wait for a key
  // frame). The state takes a structure and an active bitmask that the descriptor carries; a malformed one
  // changes nothing.
  static std::optional<DependencyDescriptor> Parse(Bytes data, DependencyDescriptorState& state);
};

// Copies a descriptor to `out` with `active` as its bitmask of active decode targets, of which there are
// `targets`. Returns the size of the result, at most kActiveTargetsGrowth more than that of `data`; 0:
// malformed, or no room.
inline constexpr std::size_t kActiveTargetsGrowth = 6;
std::size_t WriteActiveDecodeTargets(Bytes data, std::uint32_t active, unsigned targets, MutableBytes out);

}  // namespace kcs::wire
