#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/media/layers.h"
#include "engine/wire/frame_info.h"

namespace kcs::media {

// The bitmask of decode targets that a receiver is told to be active.
struct ActiveTargets {
  std::uint32_t mask = 0;
  std::uint8_t count = 0;
  bool all = true;  // everything the sender sends
};

// Which frames of one stream pass, by the decode targets of its dependency descriptors
// (wire::LayerModel::kTargets). One target is the receiver's; what it does not need is left out. Another one
// can be taken with any picture as long as nothing was left out that it cannot go on without.
class DecodeTargets {
 public:
  void SetCap(Layers cap) { cap_ = cap; }
  // Spatial layers that arrived once and do not any more, a bit each.
  void SetGone(std::uint8_t gone) { gone_ = gone; }

  // As in LayerIds.
  LayerCut AtPicture(LayerCut now, const wire::FrameInfo& frame);
  LayerCut AtFrame(LayerCut now, const wire::FrameInfo& /*frame*/, bool /*ended*/) const { return now; }
  bool Passes(LayerCut cut, const wire::FrameInfo& frame, bool of_key_picture) const;
  void OnGap(LayerCut now);
  void Note(LayerCut cut, const wire::FrameInfo& frame, bool passed);
  void OnLateKeyFrame(const wire::FrameInfo& frame);

  bool EndsPicture(LayerCut cut, std::uint8_t spatial) const { return spatial == cut.spatial; }
  bool MayTakeUp(LayerCut /*cut*/, std::uint8_t /*spatial*/) const { return false; }
  bool IsTooHigh(LayerCut cut, std::uint8_t spatial) const { return spatial > cut.spatial; }
  bool NeedsKeyFrame(LayerCut now) const;
  Layers LayersOf(LayerCut cut) const { return {cut.spatial, cut.temporal}; }
  ActiveTargets ActiveFor(LayerCut cut) const;

 private:
  static constexpr std::uint32_t kAll = 0xffffffff;

  // The sender says that these are sent from now on, before the first packet of them comes.
  void Return(std::uint32_t targets);
  void Learn(const wire::FrameDependencyStructure& structure);
  Layers At(std::size_t target) const {
    return {static_cast<std::uint8_t>(layers_[target] >> 4), static_cast<std::uint8_t>(layers_[target] & 15)};
  }
  LayerCut CutAt(std::uint8_t target) const {
    return {.spatial = At(target).spatial, .temporal = At(target).temporal, .decode_target = target};
  }
  bool IsAllowed(Layers layers) const {
    return layers.spatial <= cap_.spatial && layers.temporal <= cap_.temporal &&
           ((gone_ >> layers.spatial) & 1) == 0;
  }
  // The best of these targets that the cap allows.
  std::optional<std::uint8_t> Best(std::uint32_t targets) const;
  std::optional<std::uint8_t> LowestOfSpatial(std::uint8_t spatial) const;
  std::uint8_t Wanted() const;

  Layers cap_{255, 255};
  std::uint8_t gone_ = 0;
  std::uint8_t count_ = 0;
  std::array<std::uint8_t, wire::kMaxDecodeTargets> layers_{};  // spatial << 4 | temporal
  std::uint32_t active_ = 0;
  // Targets that can be gone on with: nothing they cannot do without was left out since the key picture, or
  // since a frame with which they can be taken up.
  std::uint32_t ready_ = 0;
};

}  // namespace kcs::media
