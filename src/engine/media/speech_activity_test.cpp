#include "engine/media/speech_activity.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

class SpeechActivityTest : public testing::Test {
 protected:
  void Send(int packets, std::uint8_t level, bool voice = false, Duration every = 20ms) {
    for (int i = 0; i < packets; ++i, now_ += every) speech_.OnPacket(level, voice, now_);
  }
  Timestamp last() const { return now_ - 20ms; }

  SpeechActivity speech_;
  Timestamp now_{10s};
};

TEST_F(SpeechActivityTest, CountsOverThreeStretchesOfTime) {
  Send(50, 80);
  EXPECT_EQ(speech_.Immediate(last()), 0);
  EXPECT_EQ(speech_.Medium(last()), 0);
  EXPECT_EQ(speech_.Long(last()), 0);
  Send(25, 30);
  EXPECT_GE(speech_.Immediate(last()), 12);
  EXPECT_EQ(speech_.Medium(last()), 5);
  EXPECT_EQ(speech_.Long(last()), 5);
  Send(25, 80);
  EXPECT_EQ(speech_.Immediate(last()), 0);
  EXPECT_EQ(speech_.Medium(last()), 0);
  EXPECT_EQ(speech_.Long(last()), 5);
  Send(30, 80);
  EXPECT_EQ(speech_.Long(last()), 0);
}

TEST_F(SpeechActivityTest, PacketsOf60MillisecondsCountLikeThoseOf20) {
  Send(20, 30, true, 60ms);
  EXPECT_EQ(speech_.Medium(now_ - 60ms), 5);
  EXPECT_EQ(speech_.Long(now_ - 60ms), 10);
}

TEST_F(SpeechActivityTest, NoPacketsAreSilence) {
  Send(50, 30);
  EXPECT_EQ(speech_.Long(last()), 10);
  EXPECT_EQ(speech_.Medium(now_ + 200ms), 0);
  EXPECT_EQ(speech_.Immediate(now_ + 200ms), 0);
  EXPECT_NEAR(speech_.Long(now_ + 500ms), 5, 1);
  EXPECT_EQ(speech_.Long(now_ + 2s), 0);
  EXPECT_EQ(speech_.Long(now_ + 600s), 0);
}

TEST_F(SpeechActivityTest, BelievesAVoiceFlagThatIsUsed) {
  Send(25, 30, false);
  EXPECT_EQ(speech_.Medium(last()), 5);  // perhaps it flags nothing
  Send(1, 30, true);
  Send(25, 30, false);
  EXPECT_EQ(speech_.Medium(last()), 0);
  EXPECT_FALSE(speech_.rising());
  Send(1, 30, true);
  EXPECT_TRUE(speech_.rising());
}

TEST_F(SpeechActivityTest, SteadyNoiseStopsCounting) {
  Send(10, 55);
  EXPECT_EQ(speech_.Medium(last()), 5);
  Send(200, 55);
  EXPECT_EQ(speech_.Medium(last()), 0);
  Send(5, 30);
  EXPECT_EQ(speech_.Medium(last()), 5);
}

TEST_F(SpeechActivityTest, RisesBeforeItCountsAsSpeech) {
  Send(50, 80);
  EXPECT_FALSE(speech_.rising());
  const Timestamp before = now_;
  Send(1, 62);
  EXPECT_TRUE(speech_.rising());
  EXPECT_EQ(speech_.last_rising(), before);
  EXPECT_EQ(speech_.Medium(before), 0);
}

}  // namespace
}  // namespace kcs::media
