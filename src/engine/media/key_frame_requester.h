#pragma once

#include <cstdint>

#include "base/time.h"

namespace kcs::media {

// Merges the wishes of many receivers for a key frame of one source stream: the first is passed on at once.
// After a key frame came, the next request goes out 500 ms after the last one at the earliest; while none
// comes, the request is repeated, because it or the key frame may be lost.
class KeyFrameRequester {
 public:
  static constexpr Duration kInterval = 500ms;
  static constexpr Duration kShortestRetry = 300ms;
  static constexpr Duration kLongestRetry = 2s;
  static constexpr std::uint8_t kMaxTries = 10;  // then only a new wish begins again

  // A receiver wants one (it joined, resumed, switched, lost too much, or asked).
  void Request(Timestamp now);
  // A key frame began to arrive: all wishes up to now are fulfilled.
  void OnKeyFrame();
  // True: send a PLI (or FIR) now; it is noted as sent.
  bool Due(Timestamp now, Duration rtt);
  // kNever while nothing is to be sent.
  Timestamp NextDeadline() const { return deadline_; }
  bool pending() const { return wanted_; }
  std::uint64_t sent() const { return sent_; }

 private:
  static constexpr Timestamp kNone = Timestamp::min();

  bool wanted_ = false;
  std::uint8_t tries_ = 0;
  Timestamp last_sent_ = kNone;
  Timestamp deadline_ = kNever;
  std::uint64_t sent_ = 0;
};

}  // namespace kcs::media
