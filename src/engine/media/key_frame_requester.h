#pragma once

#include <cstdint>

#include "base/time.h"

namespace kcs::media {

// Merges the wishes of many receivers for a key frame of one source stream, with a budget: a key frame takes
// the quality of all who receive the stream. The first wish is passed on at once; after a key frame came, the
// next one waits until a second has passed since the last request. While no key frame comes the request is
// repeated, because it or the key frame may be lost; the first repetition may come early, and is paid for by
// what follows. So in any n seconds there are at most n + 2 requests, and n + 1 if none is lost.
class KeyFrameRequester {
 public:
  static constexpr Duration kInterval = 1s;
  static constexpr Duration kShortestRetry = 300ms;
  static constexpr Duration kLongestRetry = 2s;
  static constexpr std::uint8_t kMaxTries = 10;  // then only a new wish begins again

  // A receiver wants one (it joined, resumed, switched, lost too much, or asked).
  void Request(Timestamp now);
  // A key frame began to arrive: all wishes up to now are fulfilled.
  void OnKeyFrame();
  // The stream is paused: what it begins with again need not wait for what was asked before.
  void OnPause() { paid_ = Timestamp::min(); }
  // True: send a PLI (or FIR) now; it is noted as sent.
  bool Due(Timestamp now, Duration rtt);
  // kNever while nothing is to be sent.
  Timestamp NextDeadline() const { return deadline_; }
  bool pending() const { return wanted_; }
  std::uint64_t sent() const { return sent_; }

 private:
  bool wanted_ = false;
  std::uint8_t tries_ = 0;
  // When all requests so far are paid for, at one per kInterval.
  Timestamp paid_ = Timestamp::min();
  Timestamp deadline_ = kNever;
  std::uint64_t sent_ = 0;
};

}  // namespace kcs::media
