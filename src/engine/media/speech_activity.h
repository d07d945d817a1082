#pragma once

#include <cstdint>

#include "base/time.h"
#include "engine/media/audio_level.h"

namespace kcs::media {

// Whether somebody speaks, over three stretches of time, from the audio levels of RFC 6464 alone: what Volfin
// and Cohen ("Dominant speaker identification for multipoint videoconferencing", 2012) count in frequency
// bands and frames, counted here in loudness over the noise and in slots of 20 ms. One for each audio
// producer; ~80 bytes, no heap; a packet costs some nanoseconds.
class SpeechActivity {
 public:
  static constexpr Duration kSlot = 20ms;
  static constexpr int kImmediateMost = 13;
  static constexpr int kImmediateActive = 4;  // 12 dB above the noise
  static constexpr int kMediumSlots = 5;
  static constexpr int kMediumActive = 4;  // slots, for a block to count as speech
  static constexpr int kLongBlocks = 10;

  // `level`: -dBov, 0 (loudest) ... 127 (silence). `voice`: the sender's voice activity flag; of a sender
  // that has ever set it, only what is flagged counts as speech.
  void OnPacket(std::uint8_t level, bool voice, Timestamp now);

  // How far the last 100 ms are above the noise, in steps of 3 dB: 0...13.
  int Immediate(Timestamp now) const;
  // How many of the last five slots have speech: 0...5.
  int Medium(Timestamp now) const;
  // How many of the last ten blocks of five slots have speech: 0...10.
  int Long(Timestamp now) const;

  // The packet that came last is louder than the noise; said a little earlier than it counts as speech, as
  // words begin softly.
  bool rising() const { return rising_; }
  // When it last was; long ago if never.
  Timestamp last_rising() const { return last_rising_; }
  // -dBov, smoothed.
  std::uint8_t level(Timestamp now) const { return level_.level(now); }

 private:
  static constexpr int kSlots = kMediumSlots * kLongBlocks;
  static constexpr std::int64_t kHeldSlots = 2;  // packets of up to 60 ms, and jitter
  static constexpr Duration kNoiseWindow = 1500ms;

  std::int64_t Gap(Timestamp now) const { return ToMicros(now) / kSlot.count() - slot_; }
  // The slots, newest in bit 0, as they are at `now`.
  std::uint64_t Slots(Timestamp now) const;
  // Loudness is 127 - level here: more is louder.
  void TrackNoise(int loudness, Timestamp now);
  int Noise() const;

  AudioLevel level_;
  std::uint64_t slots_ = 0;
  std::int64_t slot_ = 0;
  float immediate_ = 0;
  bool active_ = false;
  bool rising_ = false;
  bool flags_voice_ = false;
  Timestamp last_rising_{};
  // The quietest of this window and of the one before: speech has gaps, noise has none.
  Timestamp window_begin_{};
  std::uint8_t quietest_ = 127;
  std::uint8_t quietest_before_ = 0;
};

}  // namespace kcs::media
