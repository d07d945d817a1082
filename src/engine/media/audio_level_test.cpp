#include "engine/media/audio_level.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

TEST(AudioLevel, IsLoudWithinAFewPacketsOfSpeech) {
  AudioLevel audio;
  Timestamp now{1s};
  EXPECT_EQ(audio.level(now), AudioLevel::kSilence);
  for (int i = 0; i < 5; ++i, now += 20ms) audio.OnPacket(30, true, now);
  EXPECT_LE(audio.level(now), 40);
  EXPECT_TRUE(audio.voice(now));
}

TEST(AudioLevel, HoldsOverTheGapBetweenTwoSyllables) {
  AudioLevel audio;
  Timestamp now{1s};
  for (int i = 0; i < 50; ++i, now += 20ms) audio.OnPacket(30, true, now);
  for (int i = 0; i < 4; ++i, now += 20ms) audio.OnPacket(90, false, now);
  EXPECT_LE(audio.level(now), 65);
  EXPECT_TRUE(audio.voice(now));
  for (int i = 0; i < 100; ++i, now += 20ms) audio.OnPacket(120, false, now);
  EXPECT_GE(audio.level(now), 115);
  EXPECT_FALSE(audio.voice(now));
}

TEST(AudioLevel, IsSilentWhenNothingComesAnyMore) {
  AudioLevel audio;
  audio.OnPacket(10, true, Timestamp{1s});
  audio.OnPacket(10, true, Timestamp{1s} + 20ms);
  EXPECT_LT(audio.level(Timestamp{1s} + 40ms), 60);
  EXPECT_EQ(audio.level(Timestamp{2s}), AudioLevel::kSilence);
}

}  // namespace
}  // namespace kcs::media
