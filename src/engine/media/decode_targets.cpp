#include "engine/media/decode_targets.h"

namespace kcs::media {

void DecodeTargets::Learn(const wire::FrameDependencyStructure& structure) {
  count_ = structure.decode_target_count;
  for (std::size_t t = 0; t < count_; ++t) {
    layers_[t] =
        static_cast<std::uint8_t>((structure.target_spatial_id[t] << 4) | structure.target_temporal_id[t]);
  }
}

std::optional<std::uint8_t> DecodeTargets::Best(std::uint32_t targets) const {
  std::optional<std::uint8_t> best;
  for (std::uint8_t t = 0; t < count_; ++t) {
    if (((targets >> t) & 1) == 0 || !IsAllowed(At(t))) continue;
    if (!best || layers_[t] > layers_[*best]) best = t;
  }
  return best;
}

std::optional<std::uint8_t> DecodeTargets::LowestOfSpatial(std::uint8_t spatial) const {
  std::optional<std::uint8_t> lowest;
  for (std::uint8_t t = 0; t < count_; ++t) {
    if ((((active_ & ready_) >> t) & 1) == 0 || At(t).spatial != spatial) continue;
    if (!lowest || layers_[t] < layers_[*lowest]) lowest = t;
  }
  return lowest;
}

std::uint8_t DecodeTargets::Wanted() const {
  if (const auto best = Best(active_)) return *best;
  // Nothing so low is sent: the least there is.
  std::uint8_t lowest = 0;
  bool found = false;
  for (std::uint8_t t = 0; t < count_; ++t) {
    if (((active_ >> t) & 1) == 0 || (found && layers_[t] >= layers_[lowest])) continue;
    lowest = t;
    found = true;
  }
  return lowest;
}

void DecodeTargets::Return(std::uint32_t targets) {
  for (std::uint8_t t = 0; t < count_; ++t) {
    if (((targets >> t) & 1) != 0) gone_ &= static_cast<std::uint8_t>(~(1U << At(t).spatial));
  }
}

LayerCut DecodeTargets::AtPicture(LayerCut now, const wire::FrameInfo& frame) {
  if (frame.key_frame) {
    Learn(*frame.structure);
    ready_ = kAll;
  }
  Return(frame.active_targets & ~active_);
  active_ = frame.active_targets;
  const std::uint8_t wanted = Wanted();
  if (((ready_ >> wanted) & 1) != 0) return CutAt(wanted);
  const auto possible = Best(active_ & ready_);
  if (possible) return CutAt(*possible);
  // Going down has to wait for a key picture. Until then, what can be saved is saved.
  const auto least = LowestOfSpatial(now.spatial);
  return least ? CutAt(*least) : now;
}

bool DecodeTargets::Passes(LayerCut cut, const wire::FrameInfo& frame, bool of_key_picture) const {
  if (((frame.needed_by >> cut.decode_target) & 1) != 0) return true;
  // The structure comes with the lowest layer of a key picture, whoever needs that layer.
  return of_key_picture && frame.spatial <= cut.spatial;
}

void DecodeTargets::OnGap(LayerCut now) {
  for (std::uint8_t t = 0; t < count_; ++t) {
    if (At(t).spatial > now.spatial || At(t).temporal > now.temporal) ready_ &= ~(1U << t);
  }
}

void DecodeTargets::Note(LayerCut /*cut*/, const wire::FrameInfo& frame, bool passed) {
  if (passed) {
    ready_ |= frame.switches_to;
  } else {
    ready_ &= ~frame.required_by;
  }
}

void DecodeTargets::OnLateKeyFrame(const wire::FrameInfo& frame) {
  // Without the structure what followed could not be told apart, and passed.
  Learn(*frame.structure);
  active_ = frame.active_targets;
  ready_ = kAll;
}

bool DecodeTargets::NeedsKeyFrame(LayerCut now) const {
  const std::uint8_t spatial = At(Wanted()).spatial;
  if (spatial == now.spatial) return false;
  const auto possible = Best(active_ & ready_);
  return !possible || At(*possible).spatial != spatial;
}

ActiveTargets DecodeTargets::ActiveFor(LayerCut cut) const {
  ActiveTargets active{.mask = 0, .count = count_, .all = true};
  for (std::uint8_t t = 0; t < count_; ++t) {
    if (((active_ >> t) & 1) == 0) continue;
    const Layers layers = At(t);
    if (layers.spatial <= cut.spatial && layers.temporal <= cut.temporal) {
      active.mask |= 1U << t;
    } else {
      active.all = false;
    }
  }
  return active;
}

}  // namespace kcs::media
