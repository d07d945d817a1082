#include "load/audio_source.h"

#include <gtest/gtest.h>

namespace kcs::load {
namespace {

constexpr Timestamp kStart{Duration(1'000'000'000)};

TEST(AudioSource, SendsFiftyPacketsASecondWithContinuousTimestamps) {
  SeededEntropy entropy(1);
  AudioSource source(entropy, kStart);
  int packets = 0;
  std::optional<std::uint32_t> last;
  for (Timestamp now = kStart; now < kStart + 10s; now += 1ms) {
    Payload payload;
    while (source.Next(now, payload)) {
      ++packets;
      EXPECT_EQ(payload.size, 100);
      if (last) {
        EXPECT_EQ(payload.timestamp - *last, 960U);
      }
      last = payload.timestamp;
    }
  }
  EXPECT_EQ(packets, 500);
}

TEST(AudioSource, TalksAndPauses) {
  SeededEntropy entropy(1);
  AudioSource source(entropy, kStart);
  int loud = 0;
  int quiet = 0;
  Payload payload;
  for (Timestamp now = kStart; now < kStart + 80s; now += 20ms) {
    ASSERT_TRUE(source.Next(now, payload));
    ++(payload.audio_level < 50 ? loud : quiet);
  }
  EXPECT_EQ(loud, 3000);
  EXPECT_EQ(quiet, 1000);
}

TEST(AudioSource, SlowerMeansAsLargeAndAsSeldom) {
  SeededEntropy entropy(1);
  AudioSource source(entropy, kStart, 5);
  int packets = 0;
  Payload payload;
  for (Timestamp now = kStart; now < kStart + 10s; now += 1ms) {
    while (source.Next(now, payload)) {
      ++packets;
      EXPECT_EQ(payload.size, 100);
    }
  }
  EXPECT_EQ(packets, 100);
}

TEST(AudioSource, DoesNotMakeUpForATimeWhenNobodyAsked) {
  SeededEntropy entropy(1);
  AudioSource source(entropy, kStart);
  Payload payload;
  int packets = 0;
  while (source.Next(kStart + 5s, payload)) ++packets;
  EXPECT_EQ(packets, 1);
}

}  // namespace
}  // namespace kcs::load
