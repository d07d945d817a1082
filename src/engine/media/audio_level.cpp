#include "engine/media/audio_level.h"

#include <cmath>

namespace kcs::media {

void AudioLevel::OnPacket(std::uint8_t level, bool voice, Timestamp now) {
  const auto sample = static_cast<float>(level);
  if (last_ == kNone || now - last_ > kHold) smoothed_ = kSilence;
  // Up within two packets, down within some ten: syllables hold together.
  const float weight = sample < smoothed_ ? 0.5F : 0.1F;
  smoothed_ += (sample - smoothed_) * weight;
  last_ = now;
  if (voice) last_voice_ = now;
}

std::uint8_t AudioLevel::level(Timestamp now) const {
  if (last_ == kNone || now - last_ > kHold) return kSilence;
  return static_cast<std::uint8_t>(std::lround(smoothed_));
}

bool AudioLevel::voice(Timestamp now) const { return last_voice_ != kNone && now - last_voice_ <= kHold; }

}  // namespace kcs::media
