#include "engine/media/activity.h"

#include <algorithm>

namespace kcs::media {

void Activity::OnPacket(bool new_frame, Timestamp now) {
  if (last_packet_ == kNone) {
    running_since_ = last_frame_ = now;
  } else if (!IsAlive(now)) {
    // A stream of few frames is learnt to be one by its first long gap.
    const Duration gap = now - last_frame_;
    frame_gap_ = gap <= kLongestSilence ? gap : Duration{};
    running_since_ = last_frame_ = now;
  } else if (new_frame) {
    const Duration gap = now - last_frame_;
    frame_gap_ = frame_gap_ == Duration{} ? gap : (frame_gap_ * 7 + gap) / 8;
    last_frame_ = now;
  }
  last_packet_ = now;
}

Timestamp Activity::NextChange(Timestamp now) const {
  if (!IsAlive(now)) return kNever;
  const Timestamp end = last_packet_ + Patience() + Duration{1};
  const Timestamp settled = running_since_ + kSettling;
  return now < settled ? std::min(settled, end) : end;
}

Duration Activity::Patience() const {
  return std::clamp(frame_gap_ * 4, Duration{kShortestSilence}, Duration{kLongestSilence});
}

}  // namespace kcs::media
