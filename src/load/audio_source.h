#pragma once

#include <cstdint>

#include "base/entropy.h"
#include "base/time.h"
#include "load/payload.h"

namespace kcs::load {

// A microphone: an Opus-like packet of 100 bytes every 20 ms, with the audio level of somebody who talks and
// pauses.
class AudioSource {
 public:
  static constexpr Duration kInterval = 20ms;
  static constexpr std::uint16_t kPayload = 100;  // bytes: 40 kbit/s
  static constexpr std::uint32_t kClockRate = 48'000;
  // Talks for the one, is silent for the other; microphones begin at different places of that.
  static constexpr Duration kTalk = 6s;
  static constexpr Duration kSilence = 2s;

  // `slower`: packets are so many times as far apart, and as large.
  AudioSource(Entropy& entropy, Timestamp first, std::uint32_t slower = 1);

  // As VideoSource::Next.
  bool Next(Timestamp now, Payload& out);
  Timestamp NextDeadline() const { return next_; }
  std::uint32_t TimestampAt(Timestamp at) const;

 private:
  Duration interval_;
  Timestamp next_;
  std::uint32_t timestamp_offset_;
  Duration phase_;
};

}  // namespace kcs::load
