#include "engine/sfu/pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace kcs::sfu {
namespace {

constexpr std::uint16_t kSize = 1250;  // 10 ms at 1 Mbit/s, which is the pace of a link of 400 kbit/s
constexpr std::uint32_t kEstimate = 400'000;
constexpr std::uint32_t kPortion = 3 * kSize;

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
  // On a link that lets all of this through, were it not for the sound.
  void BesideSound() {
    pacer_.SetLink(4'000'000, false);
    pacer_.SetPortion(kPortion);
  }
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

  // A packet of sound every 20 ms. How many leave in each millisecond; `offer` is asked in each what comes.
  template <typename Offering>
  std::vector<std::size_t> LeaveBesideSound(int milliseconds, Offering offer) {
    std::vector<std::size_t> left;
    for (int i = 0; i < milliseconds; ++i, now_ += 1ms) {
      if (i % 20 == 0) pacer_.OnSound(now_);
      std::size_t leaves = 0;
      for (int packets = offer(i); packets > 0; --packets) leaves += Offer() ? 1 : 0;
      if (pacer_.NextDeadline() <= now_) {
        while (const PacedPacket* packet = pacer_.Take(now_)) {
          longest_wait_ = std::max(longest_wait_, now_ - packet->since);
          ++leaves;
        }
        pacer_.ReleaseTaken();
      }
      left.push_back(leaves);
    }
    return left;
  }

  Pacer pacer_;
  Duration longest_wait_{};
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

// Or else it would fill the link again.
TEST_F(Pacing, WhatHasGatheredBeforeAStandingQueueLeavesEvenlyWhenTheQueueIsGone) {
  pacer_.SetLink(kEstimate, true);
  for (int i = 0; i < 16; ++i) Offer();
  now_ += Pacer::kMaxWait + 20ms;
  pacer_.SetLink(kEstimate, false);
  const auto times = Leave();
  ASSERT_GE(times.size(), 8U);
  EXPECT_GT(times.back() - times.front(), 15ms * (times.size() - 1));
  now_ += 1s;
  for (int i = 0; i < 10; ++i) Offer();
  EXPECT_LE(Leave().back(), Pacer::kMaxWait) << "what comes then does not wait as long";
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

TEST_F(Pacing, BesideSoundPicturesLeaveBehindItAPortionAtATime) {
  BesideSound();
  std::vector<std::size_t> left;
  for (int i = 0; i < 10; ++i) {
    const bool lets_go = pacer_.OnSound(now_);
    EXPECT_EQ(lets_go, i > 0);
    const auto times = Leave(1ms);
    if (i > 0) left.push_back(times.size());
    for (const Duration time : times) EXPECT_LE(time, 1ms);
    now_ += 5ms;
    for (int packet = 0; packet < (i < 5 ? 3 : 2); ++packet) EXPECT_FALSE(Offer());
    EXPECT_TRUE(Leave(10ms).empty());
    now_ = Timestamp{Duration(10s)} + (i + 1) * Pacer::kSoundInterval;
  }
  EXPECT_EQ(left, (std::vector<std::size_t>{3, 3, 3, 3, 3, 2, 2, 2, 2}));
}

TEST_F(Pacing, ALargePictureLeavesInAFewLargerPortions) {
  BesideSound();
  pacer_.OnSound(now_);
  for (int i = 0; i < 30; ++i) Offer();
  std::size_t most = 0;
  for (int i = 0; i < 5; ++i) {
    now_ = Timestamp{Duration(10s)} + (i + 1) * Pacer::kSoundInterval;
    pacer_.OnSound(now_);
    most = std::max(most, Leave(15ms).size());
  }
  EXPECT_TRUE(pacer_.empty());
  EXPECT_LE(most, 10U);
}

TEST_F(Pacing, ALargePictureLeavesEvenlyBesideSoundAndInTime) {
  pacer_.SetLink(1'200'000, false);
  pacer_.SetPortion(kPortion);
  constexpr std::size_t kPackets = 34;
  const auto left = LeaveBesideSound(120, [](int i) { return i == 11 ? static_cast<int>(kPackets) : 0; });
  EXPECT_TRUE(pacer_.empty());
  EXPECT_LE(longest_wait_, Pacer::kMaxWait);
  EXPECT_LE(*std::ranges::max_element(left), kPackets / 4 + 2);
}

TEST_F(Pacing, BesideSoundPicturesKeepUpWithALinkBeforeWhichAQueueStands) {
  for (const std::uint32_t link : {1'200'000U, 2'000'000U, 4'000'000U}) {
    pacer_.SetLink(link, true);
    pacer_.SetPortion(link / 8 / 50 * 13 / 10);
    const int packets = static_cast<int>(0.9 * link / 8 / 30) / kSize;
    longest_wait_ = {};
    LeaveBesideSound(1000, [&](int i) { return i % 33 == 11 ? packets : 0; });
    EXPECT_LE(longest_wait_, 60ms) << link;
    LeaveBesideSound(100, [](int) { return 0; });
  }
}

TEST_F(Pacing, WithoutSoundPicturesDoNotWaitForIt) {
  BesideSound();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Offer());
  now_ += 100ms;
  pacer_.OnSound(now_);
  now_ += 10ms;
  EXPECT_FALSE(Offer());
  const auto times = Leave();
  ASSERT_EQ(times.size(), 1U);
  EXPECT_LE(times[0], Pacer::kLongestPortion - 10ms);
  EXPECT_TRUE(Offer());
}

TEST_F(Pacing, TheSoundOfSeveralSendersDoesNotMakeMorePortions) {
  BesideSound();
  pacer_.OnSound(now_);
  for (int i = 0; i < 12; ++i) Offer();
  std::size_t left = 0;
  for (int i = 0; i < 8; ++i) {  // four of them, 40 ms
    now_ = Timestamp{Duration(10s)} + (i + 1) * 5ms;
    pacer_.OnSound(now_);
    left += Leave(1ms).size();
  }
  EXPECT_GE(left, 6U);
  EXPECT_LE(left, 9U);
}

TEST_F(Pacing, OnALinkThatProvesWideWhatWaitsForSoundLeaves) {
  BesideSound();
  pacer_.OnSound(now_);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(Offer());
  pacer_.SetPortion(0);
  const auto times = Leave();
  ASSERT_EQ(times.size(), 6U);
  EXPECT_LE(times.back(), 10ms);
  EXPECT_FALSE(pacer_.OnSound(now_));
  EXPECT_TRUE(Offer());
}

}  // namespace
}  // namespace kcs::sfu
