#include "engine/media/layer_ids.h"

#include <algorithm>
#include <bit>

namespace kcs::media {
namespace {

constexpr std::uint8_t kAll = 0xff;
constexpr std::uint8_t kTop = 7;

// The layers up to this one.
constexpr std::uint8_t UpTo(std::uint8_t spatial) {
  return spatial >= kTop ? kAll : static_cast<std::uint8_t>((2U << spatial) - 1);
}
constexpr std::uint8_t Highest(unsigned layers) {
  return static_cast<std::uint8_t>(std::bit_width(layers) - 1);
}

// Does the frame belong to what makes up the top layer?
bool IsNeeded(LayerCut cut, const wire::FrameInfo& frame) {
  return frame.spatial == cut.spatial || (frame.spatial < cut.spatial && frame.needed_above);
}

}  // namespace

std::uint8_t LayerIds::Wanted() const {
  const unsigned alive = (alive_ != 0 ? alive_ : kAll) & UpTo(cap_.spatial);
  return alive != 0 ? Highest(alive) : std::min(cap_.spatial, kTop);
}

std::uint8_t LayerIds::Next(std::uint8_t spatial) const {
  const unsigned possible = (alive_ != 0 ? alive_ : kAll) & UpTo(cap_.spatial) & ready_;
  return possible != 0 ? Highest(possible) : spatial;
}

LayerCut LayerIds::AtPicture(LayerCut now, const wire::FrameInfo& frame) {
  if (frame.ids.picture_id_offset != 0) AdvancePicture(frame.ids);
  clean_ = !gap_;
  if (frame.key_picture) {
    ready_ = kAll;
    open_ = false;
    return {.spatial = Wanted(), .temporal = cap_.temporal};
  }
  if (open_) now.temporal = cap_.temporal;
  open_ = false;
  now.temporal = std::min(now.temporal, cap_.temporal);
  now.spatial = Next(now.spatial);
  // Going down has to wait for a key picture. Until then, what can be saved is saved.
  if (now.spatial > Wanted()) now.temporal = 0;
  return now;
}

LayerCut LayerIds::AtFrame(LayerCut now, const wire::FrameInfo& frame, bool ended) const {
  const std::uint8_t wanted = std::min(cap_.spatial, kTop);
  // A layer that begins here and needs only what was sent: the first packets of a stream's key picture come
  // before anybody knows of the higher layers, and full SVC takes a layer up again without a key picture.
  if (frame.spatial > now.spatial && frame.spatial <= wanted && IsReady(frame.spatial) && !ended &&
      frame.temporal <= now.temporal) {
    now.spatial = frame.spatial;
  }
  // One layer at a time: that each of them can be taken up is said by a frame of its own.
  if (frame.temporal == now.temporal + 1 && frame.temporal <= cap_.temporal && now.spatial <= wanted &&
      clean_ && IsNeeded(now, frame)) {
    const bool references_sent = frame.names_references && (frame.references & ~(sent_ >> 1)) == 0;
    if (frame.switching_point || references_sent) now.temporal = frame.temporal;
  }
  return now;
}

bool LayerIds::Passes(LayerCut cut, const wire::FrameInfo& frame, bool /*of_key_picture*/) const {
  if (frame.temporal > cut.temporal || frame.spatial > cut.spatial) return false;
  return frame.spatial == cut.spatial || frame.needed_above || alive_ == 0;
}

void LayerIds::OnGap(LayerCut now) {
  gap_ = true;
  clean_ = false;
  open_ = false;
  ready_ &= UpTo(now.spatial);
}

void LayerIds::Note(LayerCut cut, const wire::FrameInfo& frame, bool passed) {
  gap_ = false;
  if (passed) {
    if (IsNeeded(cut, frame)) sent_ |= 1;
    if (frame.opens_temporal) open_ = true;
    return;
  }
  const bool is_of_top = frame.spatial <= cut.spatial && IsNeeded(cut, frame);
  if (is_of_top) {  // a temporal layer
    clean_ = false;
    return;
  }
  const auto itself = static_cast<std::uint8_t>(1U << frame.spatial);
  const auto below = static_cast<std::uint8_t>(itself - 1);
  ready_ &= static_cast<std::uint8_t>(frame.needed_above ? below : ~itself);
}

bool LayerIds::EndsPicture(LayerCut cut, std::uint8_t spatial) const {
  return spatial == cut.spatial && (cut.spatial >= cap_.spatial || (alive_ >> cut.spatial) > 1);
}

bool LayerIds::NeedsKeyFrame(LayerCut now) const {
  const std::uint8_t wanted = Wanted();
  return wanted != now.spatial && alive_ != 0 && !IsReady(wanted);
}

void LayerIds::AdvancePicture(const wire::PictureIds& ids) {
  const std::uint16_t mask = ids.wide ? 0x7fff : 0x7f;
  const auto ahead = static_cast<std::uint16_t>((ids.picture_id - picture_) & mask);
  sent_ = ahead < 64 ? sent_ << ahead : 0;
  picture_ = ids.picture_id;
}

}  // namespace kcs::media
