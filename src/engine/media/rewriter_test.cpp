#include "engine/media/rewriter.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace kcs::media {
namespace {

constexpr std::uint32_t kVideo = 90'000;

class RewriterTest : public testing::Test {
 protected:
  Rewriter::Mapped Map(std::uint64_t sequence, std::uint32_t timestamp, std::uint8_t source = 0) {
    const auto mapped = rewriter_.Map(source, sequence, timestamp, now_);
    EXPECT_TRUE(mapped.has_value());
    return mapped.value_or(Rewriter::Mapped{});
  }

  SeededEntropy entropy_{11};
  Rewriter rewriter_{kVideo, entropy_};
  Timestamp now_{5s};
};

TEST(Rewriter, FirstNumberIsBelowTheMiddleAndNotZero) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededEntropy entropy{seed};
    Rewriter rewriter{kVideo, entropy};
    const auto first = rewriter.Map(0, 65'536 + 65'000, 1, Timestamp{1s});
    ASSERT_TRUE(first);
    EXPECT_GE(first->sequence, 1U);
    EXPECT_LT(first->sequence, 32'768U);
    EXPECT_TRUE(first->first_of_segment);
  }
}

TEST_F(RewriterTest, KeepsHolesAndDistancesOfTheSource) {
  const auto first = Map(70'000, 1000);
  const auto next = Map(70'003, 4000);
  EXPECT_EQ(next.sequence, first.sequence + 3);
  EXPECT_EQ(next.timestamp, first.timestamp + 3000);
  const auto late = Map(70'001, 1000);
  EXPECT_EQ(late.sequence, first.sequence + 1);
  EXPECT_EQ(late.timestamp, first.timestamp);
  EXPECT_EQ(late.segment, first.segment);
  EXPECT_FALSE(late.first_of_segment);
}

TEST_F(RewriterTest, CountsTheRolloversOfAnEndlessStream) {
  const auto first = Map(70'000, 1000);
  for (std::uint64_t s = 1; s <= 200'000; ++s) {
    ASSERT_EQ(Map(70'000 + s, 1000).sequence, first.sequence + s);
  }
}

TEST_F(RewriterTest, RefusesWhatIsOlderThanTheBeginning) {
  Map(70'000, 1000);
  EXPECT_FALSE(rewriter_.Map(0, 69'999, 900, now_));
}

TEST_F(RewriterTest, AfterAPauseTheNumbersGoOnAndTheTimeHasPassed) {
  const auto before = Map(70'000, 1000);
  rewriter_.Break();
  now_ += 10s;
  // 300 packets were not forwarded; the source's clock ran on.
  const auto after = Map(70'300, 1000 + 10 * kVideo + 450);
  EXPECT_EQ(after.sequence, before.sequence + 1);
  EXPECT_EQ(after.timestamp, before.timestamp + 10 * kVideo + 450) << "exactly by the source's clock";
  EXPECT_TRUE(after.first_of_segment);
  EXPECT_NE(after.segment, before.segment);
  EXPECT_FALSE(rewriter_.Map(0, 70'299, 1000 + 9 * kVideo, now_)) << "older than the point of resuming";
}

TEST_F(RewriterTest, WhatWasTakenBackLeavesNoHole) {
  const auto sent = Map(70'000, 1000);
  Map(70'001, 1000);
  rewriter_.Switch(1, std::nullopt);
  Map(90'000, 5000, 1);
  Map(90'001, 5000, 1);
  // Neither the end of one segment nor the beginning of the next left.
  rewriter_.TakeBack(sent.sequence);
  EXPECT_EQ(rewriter_.highest_sequence(), sent.sequence);
  now_ += 1s;
  const auto next = Map(90'100, 95'000, 1);
  EXPECT_EQ(next.sequence, sent.sequence + 1);
  EXPECT_TRUE(next.first_of_segment);
  const auto origin = rewriter_.Source(static_cast<std::uint16_t>(next.sequence));
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->source_sequence, 90'100U);
  const auto before = rewriter_.Source(static_cast<std::uint16_t>(sent.sequence));
  ASSERT_TRUE(before);
  EXPECT_EQ(before->source_sequence, 70'000U);
  EXPECT_FALSE(rewriter_.Source(static_cast<std::uint16_t>(next.sequence + 1)));
}

TEST_F(RewriterTest, ALateCopyFromBeforeThePauseDoesNotResume) {
  Map(70'000, 1000);
  Map(70'002, 4000);
  rewriter_.Break();
  EXPECT_FALSE(rewriter_.Map(0, 70'001, 1000, now_ + 5s));
  EXPECT_TRUE(rewriter_.Map(0, 70'003, 1000 + 5 * kVideo, now_ + 5s));
}

TEST_F(RewriterTest, WhoReplacesASpeakerGoesOnWithTheTimeThatPassedWhateverItsNumbersAre) {
  const auto before = Map(70'000, 1'000'000);
  rewriter_.Replace();
  EXPECT_FALSE(rewriter_.Source(static_cast<std::uint16_t>(before.sequence))) << "of somebody else";
  now_ += 2s;
  const auto after = Map(300, 5);
  EXPECT_EQ(after.sequence, before.sequence + 1);
  EXPECT_EQ(after.timestamp, before.timestamp + 2 * kVideo);
  EXPECT_TRUE(after.first_of_segment);
  EXPECT_FALSE(rewriter_.Source(static_cast<std::uint16_t>(before.sequence)));
  ASSERT_TRUE(rewriter_.Source(static_cast<std::uint16_t>(after.sequence)));
  EXPECT_EQ(rewriter_.Source(static_cast<std::uint16_t>(after.sequence))->source_sequence, 300U);

  rewriter_.Replace();
  const auto at_once = Map(90'000, 77);
  EXPECT_EQ(at_once.timestamp, after.timestamp + kVideo / 50) << "not within the packet before";
  EXPECT_EQ(Map(90'001, 77 + 960).timestamp, at_once.timestamp + 960);
}

TEST_F(RewriterTest, ARestartedClockIsReplacedByTheTimeThatPassed) {
  const auto before = Map(70'000, 1000);
  rewriter_.Break();
  now_ += 2s;
  const auto after = Map(140'000, 3'000'000'000);
  EXPECT_EQ(after.timestamp, before.timestamp + 2 * kVideo);
}

TEST_F(RewriterTest, ASwitchWithoutClocksGoesByTheTimeThatPassed) {
  const auto before = Map(70'000, 1000);
  rewriter_.Switch(2, std::nullopt);
  now_ += 40ms;
  EXPECT_FALSE(rewriter_.Map(0, 70'001, 4000, now_)) << "the old source is out";
  const auto after = Map(90'000, 777'000'000, 2);
  EXPECT_EQ(after.sequence, before.sequence + 1);
  EXPECT_EQ(after.timestamp, before.timestamp + 3600);
  EXPECT_FALSE(rewriter_.Map(0, 70'002, 7000, now_));
}

TEST_F(RewriterTest, ASwitchWithClocksIsExact) {
  const auto before = Map(70'000, 1000);
  // The other source shows 5,000,000 more at any moment.
  rewriter_.Switch(1, static_cast<std::uint32_t>(-5'000'000));
  now_ += 25ms;  // arrival says 2,250, the clocks say 3,000
  const auto after = Map(90'000, 5'004'000, 1);
  EXPECT_EQ(after.timestamp, before.timestamp + 3000);
}

TEST_F(RewriterTest, AWrongClockIsNotBelieved) {
  const auto before = Map(70'000, 1000);
  rewriter_.Switch(1, 123'456'789);
  now_ += 100ms;
  EXPECT_EQ(Map(90'000, 5'004'000, 1).timestamp, before.timestamp + 9000);
}

TEST_F(RewriterTest, TwoFramesNeverHaveOneTimestamp) {
  const auto before = Map(70'000, 10'000);
  rewriter_.Switch(1, 0);
  const auto after = Map(90'000, 10'000, 1);  // the same moment in another resolution
  EXPECT_GT(static_cast<std::int32_t>(after.timestamp - before.timestamp), 0);
  rewriter_.Switch(0, 0);
  const auto earlier = Map(70'100, 9'000);
  EXPECT_GT(static_cast<std::int32_t>(earlier.timestamp - after.timestamp), 0);
}

TEST_F(RewriterTest, AHugeHoleIsClosed) {
  const auto before = Map(70'000, 1000);
  now_ += 30s;
  const auto after = Map(90'000, 1000 + 30 * kVideo);
  EXPECT_EQ(after.sequence, before.sequence + 1);
  EXPECT_EQ(after.timestamp, before.timestamp + 30 * kVideo);
}

TEST_F(RewriterTest, WhatIsLeftOutLeavesNoHole) {
  const auto first = Map(70'000, 0);
  rewriter_.Drop(0, 70'001);
  const auto second = Map(70'002, 0);
  EXPECT_EQ(second.sequence, first.sequence + 1);
  EXPECT_TRUE(rewriter_.Drop(0, 70'004));
  EXPECT_EQ(Map(70'005, 0).sequence, first.sequence + 3);
  EXPECT_FALSE(rewriter_.Drop(0, 70'003)) << "its hole is there already";
  EXPECT_EQ(Map(70'003, 0).sequence, first.sequence + 2) << "late: into its hole";
  EXPECT_FALSE(rewriter_.Map(0, 70'004, 0, now_)) << "it had been left out";
  EXPECT_EQ(rewriter_.Source(static_cast<std::uint16_t>(first.sequence + 1))->source_sequence, 70'002U);
  EXPECT_EQ(rewriter_.Source(static_cast<std::uint16_t>(first.sequence + 2))->source_sequence, 70'003U);
  EXPECT_EQ(rewriter_.Source(static_cast<std::uint16_t>(first.sequence + 3))->source_sequence, 70'005U);
}

TEST_F(RewriterTest, ANumberFilledLateBehindTheNewestIsNotGivenOutTwice) {
  const auto first = Map(70'000, 0);
  rewriter_.Drop(0, 70'003);
  EXPECT_EQ(Map(70'001, 0).sequence, first.sequence + 1);
  EXPECT_TRUE(rewriter_.Source(static_cast<std::uint16_t>(first.sequence + 1))) << "it was sent";
  rewriter_.Break();
  EXPECT_EQ(Map(70'010, 9000).sequence, first.sequence + 2);
}

TEST_F(RewriterTest, FindsTheSourceOfAPacketOverEarlierSegments) {
  const auto first = Map(70'000, 1000);
  rewriter_.Switch(1, std::nullopt);
  now_ += 1s;
  const auto second = Map(90'000, 5, 1);
  const auto origin = rewriter_.Source(static_cast<std::uint16_t>(first.sequence));
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->source, 0);
  EXPECT_EQ(origin->source_sequence, 70'000U);
  EXPECT_EQ(origin->sequence, first.sequence);
  EXPECT_EQ(1000 + origin->timestamp_offset, first.timestamp);
  EXPECT_EQ(origin->segment, first.segment);
  EXPECT_EQ(rewriter_.Source(static_cast<std::uint16_t>(second.sequence))->source, 1);
  EXPECT_FALSE(rewriter_.Source(static_cast<std::uint16_t>(second.sequence + 1))) << "not sent yet";
  EXPECT_FALSE(rewriter_.Source(static_cast<std::uint16_t>(first.sequence - 1))) << "before the first";
}

// A meeting's worth of trouble: loss, reordering, duplicates, pauses, switches and packets left out, in
// random order. What goes out must look to the receiver like one stream.
class RewriterProperties : public testing::TestWithParam<std::uint64_t> {
 protected:
  struct Feed {
    std::uint64_t sequence = 0;
    std::uint32_t timestamp = 0;
  };
  using Key = std::pair<std::uint8_t, std::uint64_t>;  // source and its sequence number

  RewriterProperties() {
    for (Feed& feed : sources_)
      feed = {.sequence = 65'536 + entropy_.Below(65'536), .timestamp = entropy_.NextU32()};
  }

  void Advance() {
    now_ += Duration{1000 + entropy_.Below(5000)};
    for (Feed& feed : sources_) {
      ++feed.sequence;
      if (entropy_.Below(3) == 0) feed.timestamp += 3000;
    }
  }

  // One thing that happens to a packet, or to the whole stream.
  void Step() {
    const Feed feed = sources_[source_];
    const std::uint32_t dice = entropy_.Below(1000);
    if (dice < 3) {
      Pause();
    } else if (dice < 8) {
      source_ = static_cast<std::uint8_t>(entropy_.Below(3));
      held_.clear();
      rewriter_.Switch(source_, entropy_.Below(2) == 0 ? std::nullopt : std::optional{entropy_.NextU32()});
    } else if (dice < 60) {
      // lost
    } else if (dice < 110) {
      held_.push_back(feed);
    } else if (dice < 150 && !held_.empty()) {
      Pass(held_.back());
      Pass(feed);
      held_.pop_back();
    } else if (dice < 170) {
      Pass(feed);
      Pass(feed);
    } else if (dice < 350 && leaves_out_) {
      rewriter_.Drop(source_, feed.sequence);
    } else {
      Pass(feed);
    }
  }

  void Pause() {
    rewriter_.Break();
    held_.clear();
    now_ += Duration{entropy_.Below(3'000'000)};
    for (Feed& feed : sources_) feed.sequence += 50;
  }

  void Pass(Feed feed) {
    const std::uint64_t before = rewriter_.started() ? rewriter_.highest_sequence() : 0;
    const auto mapped = rewriter_.Map(source_, feed.sequence, feed.timestamp, now_);
    if (!mapped) return;
    if (mapped->first_of_segment) {
      if (before != 0) {
        ASSERT_EQ(mapped->sequence, before + 1);
      }
      last_break_at_ = mapped->sequence;
    }
    const Key key{source_, feed.sequence};
    if (const auto again = numbers_.find(key); again != numbers_.end()) {
      ASSERT_EQ(again->second, mapped->sequence) << "a duplicate must get the same number";
    } else {
      ASSERT_FALSE(sent_.contains(mapped->sequence)) << "one number for two packets breaks the cipher";
    }
    sent_[mapped->sequence] = {key, *mapped};
    numbers_[key] = mapped->sequence;
  }

  // Whatever was sent within the last 200 numbers can be found again, in this segment.
  void CheckOrigins() const {
    auto it = sent_.rbegin();
    for (int i = 0; i < 200 && it != sent_.rend(); ++i, ++it) {
      const auto origin = rewriter_.Source(static_cast<std::uint16_t>(it->first));
      if (it->first < last_break_at_ && !origin) continue;
      ASSERT_TRUE(origin) << it->first;
      ASSERT_EQ(origin->sequence, it->first);
      ASSERT_EQ((Key{origin->source, origin->source_sequence}), it->second.key);
      ASSERT_EQ(origin->segment, it->second.mapped.segment);
    }
  }

  // Across segments the timestamps only ever go up.
  void CheckTimestamps() const {
    std::uint32_t segment = 0;
    std::uint32_t newest = 0;
    for (const auto& [number, packet] : sent_) {
      const bool newer = static_cast<std::int32_t>(packet.mapped.timestamp - newest) > 0;
      const bool begins = packet.mapped.segment != segment;
      if (segment != 0 && begins) {
        ASSERT_TRUE(newer) << "at " << number;
      }
      if (begins || newer) newest = packet.mapped.timestamp;
      segment = packet.mapped.segment;
    }
  }

  struct Sent {
    Key key;
    Rewriter::Mapped mapped;
  };
  SeededEntropy entropy_{GetParam()};
  Rewriter rewriter_{kVideo, entropy_};
  bool leaves_out_ = GetParam() % 2 == 1;
  std::array<Feed, 3> sources_{};
  std::uint8_t source_ = 0;
  Timestamp now_{1s};
  std::map<std::uint64_t, Sent> sent_;    // by outgoing number
  std::map<Key, std::uint64_t> numbers_;  // the other way round
  std::vector<Feed> held_;                // reordered packets of `source_`
  std::uint64_t last_break_at_ = 0;
};

TEST_P(RewriterProperties, TheReceiverSeesOneStream) {
  for (int step = 0; step < 6000; ++step) {
    Advance();
    ASSERT_NO_FATAL_FAILURE(Step());
    if (step % 20 == 0) {
      ASSERT_NO_FATAL_FAILURE(CheckOrigins());
    }
  }
  ASSERT_GT(sent_.size(), 3000U);
  CheckTimestamps();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RewriterProperties, testing::Range<std::uint64_t>(0, 24));

}  // namespace
}  // namespace kcs::media
