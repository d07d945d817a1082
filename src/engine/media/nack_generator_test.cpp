#include "engine/media/nack_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "base/entropy.h"

namespace kcs::media {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NackGeneratorTest : public testing::Test {
 protected:
  void Receive(std::uint64_t sequence, bool key_frame = false) { nacks_.OnPacket(sequence, key_frame, now_); }
  std::vector<std::uint16_t> Due() {
    std::array<std::uint16_t, 64> out{};
    const std::size_t n = nacks_.Due(now_, kRtt, out);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n)};
  }

  static constexpr Duration kRtt = 50ms;
  NackGenerator nacks_;
  Timestamp now_{1s};
};

TEST_F(NackGeneratorTest, AsksNothingWhileAllArrives) {
  for (std::uint64_t s = 100; s < 200; ++s) Receive(s);
  EXPECT_EQ(nacks_.NextDeadline(), kNever);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(NackGeneratorTest, GivesAReorderedPacketAMoment) {
  Receive(100);
  Receive(102);
  EXPECT_THAT(Due(), IsEmpty());
  now_ += 3ms;
  Receive(101);
  EXPECT_EQ(nacks_.NextDeadline(), kNever);
  now_ += 1s;
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(NackGeneratorTest, AsksAtOnceWhenTwoNewerPacketsHaveCome) {
  Receive(100);
  Receive(102);
  Receive(103);
  EXPECT_LE(nacks_.NextDeadline(), now_);
  EXPECT_THAT(Due(), ElementsAre(101));
}

TEST_F(NackGeneratorTest, AsksAfterSomeMillisecondsWhenNothingFollows) {
  Receive(100);
  Receive(102);
  EXPECT_EQ(nacks_.NextDeadline(), now_ + NackGenerator::kReorderWait);
  now_ = nacks_.NextDeadline();
  EXPECT_THAT(Due(), ElementsAre(101));
}

TEST_F(NackGeneratorTest, AsksForAWholeBurst) {
  Receive(65'533);
  Receive(65'538);
  Receive(65'539);
  EXPECT_THAT(Due(), ElementsAre(65'534, 65'535, 0, 1));
}

TEST_F(NackGeneratorTest, AsksAgainAfterOneRoundTripAndNotSooner) {
  Receive(100);
  Receive(102);
  Receive(103);
  EXPECT_THAT(Due(), ElementsAre(101));
  now_ += kRtt;
  EXPECT_THAT(Due(), IsEmpty());
  now_ = nacks_.NextDeadline();
  EXPECT_LE(now_, Timestamp{1s} + kRtt + 20ms);
  EXPECT_THAT(Due(), ElementsAre(101));
}

TEST_F(NackGeneratorTest, StopsWhenThePacketComes) {
  Receive(100);
  Receive(103);
  Receive(104);
  EXPECT_THAT(Due(), ElementsAre(101, 102));
  Receive(101);
  now_ = nacks_.NextDeadline();
  EXPECT_THAT(Due(), ElementsAre(102));
  Receive(102);
  EXPECT_EQ(nacks_.NextDeadline(), kNever);
  EXPECT_EQ(nacks_.recovered(), 2U);
}

TEST_F(NackGeneratorTest, GivesUpAfterTenTriesAndWantsAKeyFrame) {
  Receive(100);
  Receive(102);
  Receive(103);
  int tries = 0;
  while (nacks_.NextDeadline() != kNever) {
    EXPECT_FALSE(nacks_.TakeKeyFrameWanted());
    now_ = nacks_.NextDeadline();
    tries += static_cast<int>(Due().size());
  }
  EXPECT_EQ(tries, NackGenerator::kMaxTries);
  EXPECT_TRUE(nacks_.TakeKeyFrameWanted());
  EXPECT_FALSE(nacks_.TakeKeyFrameWanted());
  EXPECT_EQ(nacks_.given_up(), 1U);
}

TEST_F(NackGeneratorTest, SoundThatIsGivenUpNeedsNoKeyFrame) {
  nacks_ = NackGenerator({.max_age = 200ms, .needs_key_frames = false});
  Receive(100);
  Receive(102, true);
  Receive(103, true);
  EXPECT_THAT(Due(), ElementsAre(101)) << "with sound, every packet is a whole one";
  while (nacks_.NextDeadline() != kNever) {
    now_ = nacks_.NextDeadline();
    Due();
  }
  EXPECT_LE(now_, Timestamp{1s} + 300ms);
  EXPECT_FALSE(nacks_.TakeKeyFrameWanted());
}

TEST_F(NackGeneratorTest, AKeyFrameClearsWhatIsBeforeIt) {
  Receive(100);
  Receive(105);
  Receive(107, true);
  Receive(108);
  EXPECT_EQ(nacks_.missing(), 0U);
  Receive(110);
  Receive(111);
  EXPECT_THAT(Due(), ElementsAre(109));
}

TEST_F(NackGeneratorTest, ALateKeyFrameLeavesWhatIsBehindIt) {
  Receive(100);
  Receive(105);
  Receive(106);
  EXPECT_THAT(Due(), ElementsAre(101, 102, 103, 104));
  Receive(103, true);
  EXPECT_EQ(nacks_.missing(), 1U);
  now_ = nacks_.NextDeadline();
  EXPECT_THAT(Due(), ElementsAre(104));
}

TEST_F(NackGeneratorTest, TooLargeAHoleIsHealedByAKeyFrameAlone) {
  Receive(100);
  Receive(100 + NackGenerator::kMaxMissing + 2);
  EXPECT_TRUE(nacks_.TakeKeyFrameWanted());
  EXPECT_EQ(nacks_.missing(), 0U);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(NackGeneratorTest, WhatDoesNotFitOneMessageIsDueAtOnceAgain) {
  Receive(100);
  Receive(201);
  Receive(203);
  const auto first = Due();
  EXPECT_EQ(first.size(), 64U);
  EXPECT_LE(nacks_.NextDeadline(), now_);
  const auto second = Due();
  EXPECT_EQ(second.size(), 36U);
  EXPECT_EQ(second.back(), 200);
}

TEST_F(NackGeneratorTest, AfterAResetOldHolesAreForgotten) {
  Receive(100);
  Receive(105);
  nacks_.Reset();
  Receive(90'000);
  EXPECT_EQ(nacks_.missing(), 0U);
  EXPECT_EQ(nacks_.NextDeadline(), kNever);
}

// A link that loses, delays and reorders in both directions; the sender answers every request it hears.
struct Link {
  double loss = 0.05;
  Duration delay = 25ms;
  Duration jitter = 6ms;
};

struct Outcome {
  std::size_t missing = 0;
  std::size_t requests = 0;
  std::size_t sent = 0;
};

Outcome RunLink(std::uint64_t seed, Link link) {
  SeededEntropy entropy{seed};
  const auto lost = [&] { return entropy.Below(10'000) < static_cast<std::uint32_t>(link.loss * 10'000); };
  const auto travel = [&] {
    return link.delay + Duration{entropy.Below(static_cast<std::uint32_t>(link.jitter.count()))};
  };
  NackGenerator nacks;
  std::multimap<Timestamp, std::uint64_t> to_receiver;
  std::multimap<Timestamp, std::uint64_t> to_sender;
  std::set<std::uint64_t> have;
  Outcome outcome;
  constexpr std::uint64_t kFirst = 65'000;
  constexpr std::uint64_t kPackets = 3000;
  for (std::uint64_t i = 0; i < kPackets; ++i) {
    const bool first_or_last = i < 2 || i + 3 > kPackets;
    if (first_or_last || !lost()) to_receiver.emplace(Timestamp{1s} + i * 4ms + travel(), kFirst + i);
  }
  Timestamp now{};
  while (true) {
    Timestamp next = nacks.NextDeadline();
    if (!to_receiver.empty()) next = std::min(next, to_receiver.begin()->first);
    if (!to_sender.empty()) next = std::min(next, to_sender.begin()->first);
    if (next == kNever) break;
    now = std::max(now, next);
    for (; !to_receiver.empty() && to_receiver.begin()->first <= now;
         to_receiver.erase(to_receiver.begin())) {
      if (have.insert(to_receiver.begin()->second).second) {
        nacks.OnPacket(to_receiver.begin()->second, false, now);
      }
    }
    for (; !to_sender.empty() && to_sender.begin()->first <= now; to_sender.erase(to_sender.begin())) {
      ++outcome.sent;
      if (!lost()) to_receiver.emplace(now + travel(), to_sender.begin()->second);
    }
    std::array<std::uint16_t, 100> out{};
    const std::size_t n = nacks.Due(now, 2 * link.delay + link.jitter, out);
    outcome.requests += n;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t sequence = kFirst + static_cast<std::uint16_t>(out[i] - kFirst);
      EXPECT_FALSE(have.contains(sequence)) << "asked for a packet that had come";
      if (!lost()) to_sender.emplace(now + travel(), sequence);
    }
  }
  outcome.missing = kPackets - have.size();
  EXPECT_EQ(nacks.missing(), 0U);
  return outcome;
}

TEST(NackGeneratorOnALink, RecoversEverythingAtFivePercentLoss) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    const Outcome outcome = RunLink(seed, {});
    EXPECT_EQ(outcome.missing, 0U);
    EXPECT_LT(outcome.requests, 3000 * 0.05 * 1.8);
  }
}

TEST(NackGeneratorOnALink, RecoversNearlyEverythingAtThirtyPercentLoss) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_LE(RunLink(seed, {.loss = 0.3}).missing, 10U);
  }
}

TEST(NackGeneratorOnALink, AsksNextToNothingOnALinkThatOnlyReorders) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_EQ(RunLink(seed, {.loss = 0, .jitter = 7ms}).requests, 0U);
  }
}

}  // namespace
}  // namespace kcs::media
