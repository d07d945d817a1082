#include "engine/congestion/train_meter.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kcs::congestion {
namespace {

constexpr std::size_t kSize = 1000;

class Trains : public ::testing::Test {
 protected:
  Trains() { meter_.Believe(400'000); }

  // Pictures of four packets, which leave at a rate and pass a link.
  void Send(int pictures, double bps, double link) {
    for (; pictures > 0; --pictures, now_ += 100ms) {
      for (int i = 0; i < 4; ++i)
        SendPacket(now_ + i * Duration(static_cast<Duration::rep>(kSize * 8e6 / bps)), link);
    }
  }
  void SendPacket(Timestamp sent, double link) {
    free_at_us_ = std::max(free_at_us_, static_cast<double>(ToMicros(sent))) + kSize * 8e6 / link;
    meter_.Add(sent, kSize, static_cast<std::int64_t>(free_at_us_));
  }

  bool passes_faster() const { return meter_.passes_faster(now_); }

  TrainMeter meter_;
  Timestamp now_{50s};
  double free_at_us_ = 0;
};

TEST_F(Trains, PassALinkThatIsWiderThanWasBelieved) {
  Send(3, 1e6, 4e6);
  EXPECT_FALSE(passes_faster()) << "that may be chance";
  Send(2, 1e6, 4e6);
  EXPECT_TRUE(passes_faster());
}

TEST_F(Trains, AreSpreadOutByALinkThatIsNot) {
  Send(100, 1e6, 450e3);
  EXPECT_FALSE(passes_faster());
}

TEST_F(Trains, ThatAreSentSlowlySayNothing) {
  Send(100, 500e3, 4e6);
  EXPECT_FALSE(passes_faster());
}

TEST_F(Trains, ThatArriveInABunchHavePassedNoFasterThanTheyWereSent) {
  meter_.Believe(900'000);
  for (int i = 0; i < 100; ++i, now_ += 100ms) {
    for (int k = 0; k < 4; ++k) meter_.Add(now_ + k * 6ms, kSize, ToMicros(now_ + 50ms));  // 1.33 Mbit/s
  }
  EXPECT_FALSE(passes_faster());
  meter_.Believe(700'000);
  for (int i = 0; i < 10; ++i, now_ += 100ms) {
    for (int k = 0; k < 4; ++k) meter_.Add(now_ + k * 6ms, kSize, ToMicros(now_ + 50ms));
  }
  EXPECT_TRUE(passes_faster());
}

TEST_F(Trains, TellOfALinkThatWidens) {
  Send(100, 1e6, 450e3);
  int pictures = 0;
  for (; !passes_faster() && pictures < 100; ++pictures) Send(1, 1e6, 4e6);
  EXPECT_LE(pictures, 15);
}

TEST_F(Trains, AreComparedWithWhatIsBelievedNow) {
  Send(10, 1e6, 4e6);
  meter_.Believe(500'000);
  EXPECT_TRUE(passes_faster());
  meter_.Believe(900'000);
  EXPECT_FALSE(passes_faster());
}

TEST_F(Trains, OfLongAgoSayNothing) {
  Send(10, 1e6, 4e6);
  now_ += 5s;
  SendPacket(now_, 4e6);
  EXPECT_FALSE(passes_faster());
}

TEST_F(Trains, TooShortToTellFromJitterSayNothing) {
  meter_.Believe(2'000'000);
  Send(100, 8e6, 100e6);
  EXPECT_FALSE(passes_faster());
}

}  // namespace
}  // namespace kcs::congestion
