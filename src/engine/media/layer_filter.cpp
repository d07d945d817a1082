#include "engine/media/layer_filter.h"

#include <algorithm>

namespace kcs::media {

using wire::FrameInfo;
using wire::LayerModel;

void LayerFilter::Begin(LayerModel model) {
  Adopt(model);
  started_ = whole_ = begun_ = torn_ = ended_ = wished_ = false;
  highest_ = 0;
  seen_ = {};
  epochs_ = {};
  epoch_count_ = 0;
}

void LayerFilter::Adopt(LayerModel model) {
  model_ = model;
  if (model == LayerModel::kTargets) {
    layers_.emplace<DecodeTargets>();
  } else {
    layers_.emplace<LayerIds>();
  }
  SetCap(cap_);
  SetAlive(alive_);
}

void LayerFilter::SetCap(Layers cap) {
  cap_ = cap;
  whole_ = false;
  std::visit([&](auto& layers) { layers.SetCap(cap); }, layers_);
}

void LayerFilter::SetAlive(std::uint8_t alive) {
  alive_ = alive;
  whole_ = false;
  ever_alive_ |= alive;
  if (auto* ids = std::get_if<LayerIds>(&layers_)) ids->SetAlive(alive);
  if (auto* targets = std::get_if<DecodeTargets>(&layers_)) {
    targets->SetGone(alive == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(ever_alive_ & ~alive));
  }
}

bool LayerFilter::IsWhole() const {
  if (model_ == LayerModel::kNone) return started_;
  const bool one_spatial = ever_alive_ <= 1 && std::max(seen_.now.spatial, seen_.before.spatial) == 0;
  return started_ && model_ == LayerModel::kIds && one_spatial && epochs_[0].cut.temporal == cap_.temporal;
}

namespace {

// Whether the receiver gets nothing more of the picture behind the frame.
template <typename Model>
bool Ends(const Model& layers, LayerCut cut, std::uint8_t spatial, std::uint8_t next_spatial) {
  const bool knows_next = next_spatial != FrameInfo::kUnknownLayer;
  return layers.EndsPicture(cut, spatial) || (knows_next && layers.IsTooHigh(cut, next_spatial));
}

}  // namespace

LayerFilter::Verdict LayerFilter::DecideFully(const FrameInfo& frame, std::uint64_t sequence,
                                              std::uint32_t timestamp) {
  if (started_ && sequence <= highest_) return DecideLate(frame, timestamp);
  const bool new_picture = IsNewPicture(sequence, timestamp);
  const bool gap = started_ && sequence != highest_ + 1;
  // Only when the next picture has begun it is known that nothing was to follow: without its end the last one
  // is never shown, nor what builds on it.
  const bool never_ended = new_picture && !gap && begun_ && !torn_ && !ended_;
  torn_ = gap || (torn_ && !new_picture);
  started_ = true;
  highest_ = sequence;
  timestamp_ = timestamp;
  if (frame.key_frame && frame.layers != model_) Adopt(frame.layers);
  whole_ = IsWhole();
  if (frame.layers != model_ || model_ == LayerModel::kNone) return {};

  if (new_picture) ended_ = false;
  if (new_picture && frame.key_picture) key_timestamp_ = timestamp;
  LayerCut cut = epochs_[0].cut;
  Verdict verdict;
  std::visit(
      [&](auto& layers) {
        if (gap) layers.OnGap(cut);
        if (new_picture) cut = layers.AtPicture(cut, frame);
        if (frame.start_of_frame) cut = layers.AtFrame(cut, frame, ended_);
        verdict.pass = layers.Passes(cut, frame, timestamp == key_timestamp_);
        layers.Note(cut, frame, verdict.pass);
        const bool goes_on =
            frame.next_spatial != FrameInfo::kUnknownLayer && layers.MayTakeUp(cut, frame.next_spatial);
        verdict.ends_picture = verdict.pass && frame.end_of_frame && !goes_on &&
                               Ends(layers, cut, frame.spatial, frame.next_spatial);
      },
      layers_);
  if (cut != epochs_[0].cut) Change(cut);
  begun_ = verdict.pass || (begun_ && !new_picture);
  ended_ = ended_ || verdict.ends_picture || (verdict.pass && frame.end_of_picture);
  if (new_picture && frame.key_picture) seen_ = {.now = {}, .before = seen_.now};
  NoteSeen(frame);
  whole_ = IsWhole();
  if (new_picture) verdict.needs_key_frame = TakeWish() || (never_ended && !frame.key_picture);
  return verdict;
}

LayerFilter::Verdict LayerFilter::DecideLate(const FrameInfo& frame, std::uint32_t timestamp) {
  if (frame.key_frame && frame.layers != model_) Adopt(frame.layers);
  if (frame.layers != model_ || model_ == LayerModel::kNone) return {};
  if (frame.key_frame && timestamp == timestamp_) key_timestamp_ = timestamp;
  const LayerCut cut = CutAt(timestamp);
  Verdict verdict;
  std::visit(
      [&](auto& layers) {
        if (frame.key_frame) layers.OnLateKeyFrame(frame);
        verdict.pass = frame.key_frame || layers.Passes(cut, frame, timestamp == key_timestamp_);
        verdict.ends_picture =
            verdict.pass && frame.end_of_frame && Ends(layers, cut, frame.spatial, frame.next_spatial);
      },
      layers_);
  return verdict;
}

void LayerFilter::Change(LayerCut cut) {
  if (epoch_count_ > 0 && epochs_[0].from == timestamp_) {
    epochs_[0].cut = cut;
    return;
  }
  std::copy_backward(epochs_.begin(), epochs_.end() - 1, epochs_.end());
  epochs_[0] = {timestamp_, cut};
  if (epoch_count_ < epochs_.size()) ++epoch_count_;
}

LayerCut LayerFilter::CutAt(std::uint32_t timestamp) const {
  for (std::size_t i = 0; i < epoch_count_; ++i) {
    if (static_cast<std::int32_t>(timestamp - epochs_[i].from) >= 0) return epochs_[i].cut;
  }
  return epochs_[epoch_count_ == 0 ? 0 : epoch_count_ - 1U].cut;
}

void LayerFilter::NoteSeen(const FrameInfo& frame) {
  seen_.now.spatial = std::max(seen_.now.spatial, frame.spatial);
  seen_.now.temporal = std::max(seen_.now.temporal, frame.temporal);
}

bool LayerFilter::TakeWish() {
  if (!NeedsKeyFrame()) {
    wished_ = false;
    return false;
  }
  if (wished_ && timestamp_ - wished_at_ < kAskAgain) return false;
  wished_ = true;
  wished_at_ = timestamp_;
  return true;
}

bool LayerFilter::NeedsKeyFrame() const {
  if (model_ == LayerModel::kNone || !started_) return false;
  return std::visit([&](const auto& layers) { return layers.NeedsKeyFrame(epochs_[0].cut); }, layers_);
}

Layers LayerFilter::current() const {
  const LayerCut cut = epochs_[0].cut;
  const Layers seen{std::max(seen_.now.spatial, seen_.before.spatial),
                    std::max(seen_.now.temporal, seen_.before.temporal)};
  if (model_ == LayerModel::kNone) return {};
  return {std::min(cut.spatial, seen.spatial), std::min(cut.temporal, seen.temporal)};
}

bool LayerFilter::EndedPicture(std::uint32_t timestamp, std::uint8_t spatial,
                               std::uint8_t next_spatial) const {
  if (model_ == LayerModel::kNone) return false;
  return std::visit([&](const auto& layers) { return Ends(layers, CutAt(timestamp), spatial, next_spatial); },
                    layers_);
}

std::optional<ActiveTargets> LayerFilter::active_targets() const {
  const auto* targets = std::get_if<DecodeTargets>(&layers_);
  if (model_ != LayerModel::kTargets || targets == nullptr) return std::nullopt;
  return targets->ActiveFor(epochs_[0].cut);
}

}  // namespace kcs::media
