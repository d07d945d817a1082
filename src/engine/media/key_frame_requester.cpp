#include "engine/media/key_frame_requester.h"

#include <algorithm>

namespace kcs::media {

void KeyFrameRequester::Request(Timestamp now) {
  if (wanted_) return;
  wanted_ = true;
  tries_ = 0;
  deadline_ = std::max(now, paid_);
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
  paid_ = std::max(paid_, now) + kInterval;
  const Duration retry = std::clamp(rtt * 2, Duration{kShortestRetry}, Duration{kLongestRetry});
  deadline_ = std::max(now + retry, paid_ - kInterval);
  return true;
}

}  // namespace kcs::media
