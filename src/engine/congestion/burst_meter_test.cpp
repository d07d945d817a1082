#include "engine/congestion/burst_meter.h"

#include <gtest/gtest.h>

namespace kcs::congestion {
namespace {

constexpr std::size_t kSize = 1200;

class Bursts : public ::testing::Test {
 protected:
  // A train over a link of this width, every 33 ms.
  void Send(int packets, double bps, Duration apart = {}) {
    now_ += 33ms;
    double arrival_us = 1e9 + static_cast<double>(ToMicros(now_));
    for (int i = 0; i < packets; ++i) {
      arrival_us += kSize * 8e6 / bps;
      meter_.Add(now_ + i * apart, kSize, static_cast<std::int64_t>(arrival_us));
    }
  }
  double Mbps() const { return meter_.bits_per_second(now_) / 1e6; }

  BurstMeter meter_;
  Timestamp now_{50s};
};

TEST_F(Bursts, ArriveAsFastAsTheLinkIs) {
  for (int i = 0; i < 5; ++i) Send(4, 3e6);
  EXPECT_NEAR(Mbps(), 3, 0.1);
}

TEST_F(Bursts, OfAWideLinkAreKnownAfterTheFirst) {
  Send(4, 100e6);
  EXPECT_EQ(Mbps(), 0) << "it may still go on";
  Send(1, 100e6);
  EXPECT_GT(Mbps(), 50);
}

TEST_F(Bursts, AreSeveralPacketsThatWereSentAtOnce) {
  for (int i = 0; i < 20; ++i) Send(2, 3e6);
  for (int i = 0; i < 20; ++i) Send(6, 3e6, 1ms);
  EXPECT_EQ(Mbps(), 0);
}

TEST_F(Bursts, OneThatALinkLetGoAtOnceSaysLittle) {
  for (int i = 0; i < 10; ++i) Send(4, 3e6);
  Send(4, 1e9);
  Send(1, 3e6);
  EXPECT_LT(Mbps(), 5);
}

TEST_F(Bursts, FollowALinkThatBecomesNarrow) {
  for (int i = 0; i < 10; ++i) Send(4, 100e6);
  for (int i = 0; i < 10; ++i) Send(4, 2e6);
  EXPECT_LT(Mbps(), 3);
}

TEST_F(Bursts, AreForgotten) {
  for (int i = 0; i < 10; ++i) Send(4, 100e6);
  now_ += BurstMeter::kForgetAfter;
  EXPECT_EQ(Mbps(), 0);
}

}  // namespace
}  // namespace kcs::congestion
