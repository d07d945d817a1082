#include "engine/media/speech_activity.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kcs::media {
namespace {

constexpr int kStepDb = 3;
constexpr int kRisingDb = 6;
// Noise is taken to be between -70 and -50 dBov: what is quieter is nothing that anybody hears, and what is
// louder may be speech without gaps.
constexpr int kLeastNoise = 127 - 70;
constexpr int kMostNoise = 127 - 50;
constexpr float kImmediateWeight = 0.4F;

constexpr std::uint64_t LowBits(int count) { return (std::uint64_t{1} << count) - 1; }

}  // namespace

void SpeechActivity::TrackNoise(int loudness, Timestamp now) {
  if (now - window_begin_ >= kNoiseWindow) {
    // After silence without packets nothing is known of the noise.
    const bool adjacent = now - window_begin_ < 2 * kNoiseWindow;
    quietest_before_ = adjacent ? quietest_ : std::uint8_t{0};
    quietest_ = 127;
    window_begin_ = now;
  }
  quietest_ = std::min(quietest_, static_cast<std::uint8_t>(loudness));
}

int SpeechActivity::Noise() const {
  return std::clamp<int>(std::min(quietest_, quietest_before_), kLeastNoise, kMostNoise);
}

void SpeechActivity::OnPacket(std::uint8_t level, bool voice, Timestamp now) {
  level_.OnPacket(level, voice, now);
  const int loudness = 127 - std::min<int>(level, 127);
  TrackNoise(loudness, now);
  flags_voice_ = flags_voice_ || voice;

  const std::int64_t gap = Gap(now);
  if (gap > 0) {
    slots_ = Slots(now) & ~std::uint64_t{1};
    slot_ += gap;
  }
  const bool speaks = voice || !flags_voice_;
  const int above = speaks ? std::clamp((loudness - Noise()) / kStepDb, 0, kImmediateMost) : 0;
  active_ = above >= kImmediateActive;
  if (active_) slots_ |= 1;
  if (gap > kMediumSlots) immediate_ = 0;
  immediate_ += (static_cast<float>(above) - immediate_) * kImmediateWeight;
  rising_ = speaks && loudness >= Noise() + kRisingDb;
  if (rising_) last_rising_ = now;
}

std::uint64_t SpeechActivity::Slots(Timestamp now) const {
  const std::int64_t gap = Gap(now);
  if (gap <= 0) return slots_;
  if (gap > kSlots) return 0;
  const int shift = static_cast<int>(gap);
  std::uint64_t slots = slots_ << shift;
  if (active_) {
    const int held = static_cast<int>(std::min(kHeldSlots, gap));
    slots |= LowBits(held) << (shift - held);
  }
  return slots & LowBits(kSlots);
}

int SpeechActivity::Immediate(Timestamp now) const {
  if (Gap(now) > kMediumSlots) return 0;
  return static_cast<int>(std::lround(immediate_));
}

int SpeechActivity::Medium(Timestamp now) const { return std::popcount(Slots(now) & LowBits(kMediumSlots)); }

int SpeechActivity::Long(Timestamp now) const {
  std::uint64_t slots = Slots(now);
  int blocks = 0;
  for (int i = 0; i < kLongBlocks; ++i, slots >>= kMediumSlots) {
    blocks += std::popcount(slots & LowBits(kMediumSlots)) >= kMediumActive ? 1 : 0;
  }
  return blocks;
}

}  // namespace kcs::media
