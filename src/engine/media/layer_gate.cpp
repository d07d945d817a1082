#include "engine/media/layer_gate.h"

#include <algorithm>
#include <bit>

namespace kcs::media {

LayerGate::LayerGate(wire::MediaKind kind, std::uint8_t streams)
    : kind_(kind), streams_(std::clamp<std::uint8_t>(streams, 1, kMaxStreams)) {}

bool LayerGate::SetTarget(LayerTarget target) {
  target_ = target;
  return Choose();
}

bool LayerGate::OnStreams(std::uint8_t alive, std::uint8_t steady) {
  alive_ = alive;
  steady_ = steady;
  return Choose();
}

bool LayerGate::Choose() {
  const std::uint8_t before = wanted_;
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
  return wanted_ != before;
}

LayerGate::Decision LayerGate::Decide(std::uint8_t stream, const wire::FrameInfo& frame) {
  if (stream == current_) return Decision::kForward;
  if (kind_ == wire::MediaKind::kVideo) {
    if (!frame.key_frame || stream > Cap()) return Decision::kDrop;
    const bool anything_goes = current_ == kNone || IsLost(current_);
    if (stream != wanted_ && !anything_goes) return Decision::kDrop;
  } else if (current_ != kNone) {
    return Decision::kDrop;
  }
  current_ = stream;
  return Decision::kSwitch;
}

std::optional<std::uint8_t> LayerGate::wants_key_frame() const {
  if (kind_ == wire::MediaKind::kAudio || current_ == wanted_) return std::nullopt;
  return wanted_;
}

std::optional<std::uint8_t> LayerGate::current() const {
  if (current_ == kNone) return std::nullopt;
  return current_;
}

}  // namespace kcs::media
