#pragma once

#include <cstdint>

#include "base/time.h"

namespace kcs::media {

// Merges the wishes of many receivers for a key frame of one source stream: the first is passed on at once,
// further ones at most every 500 ms, and one that stays unanswered is repeated.
class KeyFrameRequester {
 public:
  static constexpr Duration kInterval = 500ms;
  static constexpr Duration kShortestRetry = 300ms;
  static constexpr int kMaxRetries = 10;

  // A receiver wants one (it joined, resumed, switched, lost too much, or asked).
  void Request(Timestamp now);
  // A key frame began to arrive. Wishes from within the last round trip after our request are thereby
  // fulfilled.
  void OnKeyFrame(Timestamp now);
  // True: send a PLI (or FIR) now; it is noted as sent.
  bool Due(Timestamp now, Duration rtt);
  Timestamp NextDeadline() const { return deadline_; }
  bool pending() const { return wanted_; }
  std::uint64_t sent() const { return sent_; }

 private:
  static constexpr Timestamp kNone = Timestamp::min();

  bool wanted_ = false;
  std::uint8_t retries_ = 0;
  Timestamp last_sent_ = kNone;
  Timestamp deadline_ = kNever;
  std::uint64_t sent_ = 0;
};

}  // namespace kcs::media
