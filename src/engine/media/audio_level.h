#pragma once

#include <cstdint>

#include "base/time.h"

namespace kcs::media {

// The loudness of one audio producer, smoothed over some packets, from the header extension of RFC 6464.
// It decays to silence while nothing comes (DTX, mute).
class AudioLevel {
 public:
  static constexpr std::uint8_t kSilence = 127;

  // `level`: -dBov, 0 (loudest) ... 127 (silence). `voice`: the sender's voice activity flag.
  void OnPacket(std::uint8_t level, bool voice, Timestamp now);
  // -dBov, smoothed: 0 (loudest) ... 127.
  std::uint8_t level(Timestamp now) const;
  // The sender has flagged voice within the last 300 ms.
  bool voice(Timestamp now) const;

 private:
  static constexpr Timestamp kNone = Timestamp::min();
  static constexpr Duration kHold = 300ms;

  float smoothed_ = kSilence;
  Timestamp last_ = kNone;
  Timestamp last_voice_ = kNone;
};

}  // namespace kcs::media
