#include "engine/media/layer_gate.h"

#include <algorithm>
#include <bit>

namespace kcs::media {

LayerGate::LayerGate(wire::MediaKind kind, std::uint8_t streams)
    : filter_(kind == wire::MediaKind::kVideo ? std::make_unique<LayerFilter>() : nullptr),
      kind_(kind),
      streams_(std::clamp<std::uint8_t>(streams, 1, kMaxStreams)) {}

bool LayerGate::SetTarget(LayerTarget target) {
  const auto before = wants_key_frame();
  target_ = target;
  Choose();
  SetFilterCap();
  const auto after = wants_key_frame();
  return after && after != before;
}

bool LayerGate::OnStreams(std::uint8_t alive, std::uint8_t steady) {
  const auto before = wants_key_frame();
  const bool single = streams_ == 1;
  alive_ = single ? static_cast<std::uint8_t>(alive != 0) : alive;
  steady_ = single ? static_cast<std::uint8_t>(steady != 0) : steady;
  if (single && filter_ != nullptr) filter_->SetAlive(alive);
  Choose();
  SetFilterCap();
  const auto after = wants_key_frame();
  return after && after != before;
}

void LayerGate::Choose() {
  const auto allowed = static_cast<std::uint8_t>((2U << Cap()) - 1);
  const auto highest = [](std::uint8_t mask) { return static_cast<std::uint8_t>(std::bit_width(mask) - 1); };
  const auto steady = static_cast<std::uint8_t>(steady_ & allowed);
  const auto alive = static_cast<std::uint8_t>(alive_ & allowed);
  if (steady != 0) {
    wanted_ = highest(steady);
  } else if (wanted_ > Cap() || (IsLost(wanted_) && alive != 0)) {
    // Better a stream that has only begun than none.
    wanted_ = alive != 0 ? highest(alive) : Cap();
  }
}

void LayerGate::SetFilterCap() {
  if (filter_ == nullptr) return;
  const bool goes_down = current_ != kNone && current_ > Cap();
  filter_->SetCap({.spatial = streams_ == 1 ? target_.spatial : std::uint8_t{255},
                   .temporal = goes_down ? std::uint8_t{0} : target_.temporal});
}

bool LayerGate::MayBegin(std::uint8_t stream, const wire::FrameInfo& frame) const {
  if (target_.nothing) return false;
  if (kind_ == wire::MediaKind::kAudio) return current_ == kNone;
  if (!frame.key_frame || stream > Cap()) return false;
  const bool anything_goes = current_ == kNone || IsLost(current_);
  return stream == wanted_ || anything_goes;
}

LayerGate::Decision LayerGate::DecideOther(std::uint8_t stream, const wire::FrameInfo& frame,
                                           std::uint64_t sequence, std::uint32_t timestamp) {
  if (stream == current_) {
    // Nothing is wanted: the picture that has begun is the last.
    if (filter_ == nullptr || filter_->IsNewPicture(sequence, timestamp)) {
      Interrupt();
      return {};
    }
    const LayerFilter::Verdict verdict = filter_->Decide(frame, sequence, timestamp);
    return {.action = verdict.pass ? Action::kForward : Action::kDrop, .ends_picture = verdict.ends_picture};
  }
  if (!MayBegin(stream, frame)) return {};
  current_ = stream;
  if (filter_ == nullptr) return {.action = Action::kSwitch};
  SetFilterCap();
  filter_->Begin(frame.layers);
  const LayerFilter::Verdict verdict = filter_->Decide(frame, sequence, timestamp);
  return {.action = Action::kSwitch,
          .ends_picture = verdict.ends_picture,
          .wants_key_frame = verdict.needs_key_frame};
}

std::optional<std::uint8_t> LayerGate::wants_key_frame() const {
  if (kind_ == wire::MediaKind::kAudio || target_.nothing) return std::nullopt;
  if (current_ != wanted_ || filter_->NeedsKeyFrame()) return wanted_;
  return std::nullopt;
}

std::optional<std::uint8_t> LayerGate::current() const {
  if (current_ == kNone) return std::nullopt;
  return current_;
}

std::optional<Layers> LayerGate::current_layers() const {
  if (current_ == kNone) return std::nullopt;
  if (filter_ == nullptr) return Layers{};
  const Layers inside = filter_->current();
  return Layers{.spatial = streams_ == 1 ? inside.spatial : current_, .temporal = inside.temporal};
}

}  // namespace kcs::media
