#pragma once

#include "base/time.h"

namespace kcs::media {

// Does a stream arrive steadily? With hysteresis: it is steady once its packets have come for a while without
// a pause, and stops being so when nothing has come for a second, or for four usual gaps between frames if
// that is longer (a screen that does not change is sent once a second). O(1) per packet.
class Activity {
 public:
  static constexpr Duration kSettling = 400ms;
  static constexpr Duration kShortestSilence = 1s;
  static constexpr Duration kLongestSilence = 5s;

  // `new_frame`: the packet has another RTP timestamp than the newest one before it.
  void OnPacket(bool new_frame, Timestamp now);
  bool IsSteady(Timestamp now) const { return IsAlive(now) && now - running_since_ >= kSettling; }
  // At least one packet came lately.
  bool IsAlive(Timestamp now) const { return last_packet_ != kNone && now - last_packet_ <= Patience(); }
  // When IsSteady() may next change although no packet comes; kNever if it will not.
  Timestamp NextChange(Timestamp now) const;

 private:
  static constexpr Timestamp kNone = Timestamp::min();

  Duration Patience() const;

  Timestamp last_packet_ = kNone;
  Timestamp last_frame_ = kNone;
  Timestamp running_since_ = kNone;
  Duration frame_gap_{};  // smoothed; 0: unknown
};

}  // namespace kcs::media
