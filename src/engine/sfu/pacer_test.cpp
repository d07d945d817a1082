#include "engine/sfu/pacer.h"

#include <gtest/gtest.h>

#include <vector>

namespace kcs::sfu {
namespace {

constexpr std::uint16_t kSize = 1250;  // 10 ms at 1 Mbit/s, which is the pace of a link of 400 kbit/s
constexpr std::uint32_t kEstimate = 400'000;

class Pacing : public ::testing::Test {
 protected:
  Pacing() { pacer_.SetLink(kEstimate, false); }
  // As a consumer does with each packet. Returns whether it went straight through.
  bool Offer(std::uint16_t size = kSize, std::size_t consumer = 1) {
    if (!pacer_.MustWait(now_)) {
      pacer_.OnSent(size, now_);
      return true;
    }
    if (pacer_.is_full()) {
      const PacedPacket* oldest = pacer_.Take(now_, true);
      taken_.push_back(oldest->outgoing.sequence);
      pacer_.ReleaseTaken();
    }
    PacedPacket& packet = pacer_.Add(now_, size);
    packet.consumer = Name(consumer);
    packet.outgoing.sequence = ++sequence_;
    return false;
  }
  // Names only; nobody looks inside.
  static Consumer* Name(std::size_t consumer) { return reinterpret_cast<Consumer*>(consumer * 64); }
  // What leaves until then: the times, from now on, and the numbers in taken_.
  std::vector<Duration> Leave(Duration during = 1s) {
    std::vector<Duration> times;
    const Timestamp begin = now_;
    while (pacer_.NextDeadline() <= begin + during) {
      now_ = std::max(now_ + 1ms, pacer_.NextDeadline());
      while (const PacedPacket* packet = pacer_.Take(now_)) {
        taken_.push_back(packet->outgoing.sequence);
        times.push_back(now_ - begin);
      }
      pacer_.ReleaseTaken();
    }
    return times;
  }

  Pacer pacer_;
  Timestamp now_{Duration(10s)};
  std::uint64_t sequence_ = 0;
  std::vector<std::uint64_t> taken_;
};

TEST_F(Pacing, WithoutAnEstimateNothingWaits) {
  pacer_.SetLink(0, false);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Offer());
  EXPECT_EQ(pacer_.NextDeadline(), kNever);
}

TEST_F(Pacing, WhatFitsTheLinkGoesStraightThrough) {
  for (int i = 0; i < 100; ++i, now_ += 10ms) EXPECT_TRUE(Offer()) << i;
}

TEST_F(Pacing, ABurstLeavesAtItsPaceAndInOrder) {
  int straight = 0;
  for (int i = 0; i < 9; ++i) straight += Offer() ? 1 : 0;
  EXPECT_EQ(straight, 2) << "the burst that is allowed, begun";
  const auto times = Leave();
  ASSERT_EQ(times.size(), 7U);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(ToMillis(times[i])), 10.0 * static_cast<double>(i + 1), 6) << i;
    EXPECT_EQ(taken_[i], i + 1);
  }
  EXPECT_EQ(pacer_.NextDeadline(), kNever);
}

TEST_F(Pacing, WhoComesWhileOthersWaitGoesBehindThem) {
  for (int i = 0; i < 3; ++i) Offer();
  now_ += 60ms;  // nobody has looked at the timer yet
  EXPECT_FALSE(Offer(10));
  Leave();
  EXPECT_EQ(taken_, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Pacing, NobodyWaitsLongerThanTheMost) {
  for (int i = 0; i < 200; ++i) Offer();  // two seconds' worth
  const auto times = Leave();
  ASSERT_EQ(times.size(), 198U);
  EXPECT_LE(times.back(), Pacer::kMaxWait);
  EXPECT_GE(times.back(), Pacer::kMaxWait - 10ms);
  // Evenly, not at the last moment.
  EXPECT_NEAR(static_cast<double>(ToMillis(times[99])), 50, 10);
}

TEST_F(Pacing, BeforeAStandingQueueABurstLeavesAsFastAsTheLinkIs) {
  pacer_.SetLink(kEstimate, true);
  for (int i = 0; i < 12; ++i) Offer();
  const auto times = Leave();
  ASSERT_GE(times.size(), 10U);
  // 20 ms each at 500 kbit/s.
  EXPECT_NEAR(static_cast<double>(ToMillis(times.back() - times.front())),
              20.0 * static_cast<double>(times.size() - 1), 10);
  EXPECT_GT(times.back(), Pacer::kMaxWait);

  for (int i = 0; i < 200; ++i) Offer();
  EXPECT_LE(Leave().back(), Pacer::kMaxWaitCongested);
}

TEST_F(Pacing, TooManyPushTheOldestOut) {
  for (std::size_t i = 0; i < Pacer::kMaxPackets + 2; ++i) Offer();
  EXPECT_EQ(pacer_.waiting(), Pacer::kMaxPackets);
  EXPECT_TRUE(taken_.empty());
  Offer();
  EXPECT_EQ(pacer_.waiting(), Pacer::kMaxPackets);
  EXPECT_EQ(taken_, std::vector<std::uint64_t>{1});
}

TEST_F(Pacing, WhatWasSentPastItMakesPicturesWait) {
  pacer_.OnSent(5000, now_);  // 40 ms
  EXPECT_FALSE(Offer());
  const auto times = Leave();
  ASSERT_EQ(times.size(), 1U);
  EXPECT_NEAR(static_cast<double>(ToMillis(times[0])), 35, 6);
}

TEST_F(Pacing, WhatIsForgottenLeavesNoMoreAndFreesItsSlot) {
  Slab slab(16);
  for (int i = 0; i < 2; ++i) Offer();
  for (std::size_t i = 0; i < 6; ++i) {
    pacer_.Add(now_, kSize).slot = slab.Acquire();
  }
  EXPECT_EQ(slab.in_use(), 6U);
  pacer_.Clear();
  EXPECT_EQ(slab.in_use(), 0U);
  EXPECT_EQ(pacer_.NextDeadline(), kNever);

  for (int i = 0; i < 3; ++i) Offer(kSize, 1);
  for (int i = 0; i < 3; ++i) Offer(kSize, 2);
  EXPECT_EQ(pacer_.Forget(*Name(1)), 3U);
  EXPECT_EQ(pacer_.Forget(*Name(1)), 0U);
  EXPECT_EQ(pacer_.waiting(), 3U);
  Leave();
  EXPECT_EQ(taken_, (std::vector<std::uint64_t>{4, 5, 6}));
}

TEST_F(Pacing, WhenTheEstimateIsGoneAllLeave) {
  for (int i = 0; i < 9; ++i) Offer();
  pacer_.SetLink(0, false);
  const auto times = Leave();
  ASSERT_EQ(times.size(), 7U);
  EXPECT_LE(times.back(), 1ms);
  EXPECT_TRUE(Offer());
}

}  // namespace
}  // namespace kcs::sfu
