#include "engine/media/key_frame_requester.h"

#include <algorithm>

namespace kcs::media {

void KeyFrameRequester::Request(Timestamp now) {
  if (wanted_) return;
  wanted_ = true;
  tries_ = 0;
  deadline_ = last_sent_ == kNone ? now : std::max(now, last_sent_ + kInterval);
}

void KeyFrameRequester::OnKeyFrame() {
  wanted_ = false;
  deadline_ = kNever;
}

bool KeyFrameRequester::Due(Timestamp now, Duration rtt) {
  if (now < deadline_) return false;
  if (tries_ == kMaxTries) {
    OnKeyFrame();
    return false;
  }
  ++tries_;
  ++sent_;
  last_sent_ = now;
  deadline_ = now + std::clamp(rtt * 2, Duration{kShortestRetry}, Duration{kLongestRetry});
  return true;
}

}  // namespace kcs::media
