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

TEST_F(RewriterTest, ALateCopyFromBeforeThePauseDoesNotResume) {
  Map(70'000, 1000);
  Map(70'002, 4000);
  rewriter_.Break();
  EXPECT_FALSE(rewriter_.Map(0, 70'001, 1000, now_ + 5s));
  EXPECT_TRUE(rewriter_.Map(0, 70'003, 1000 + 5 * kVideo, now_ + 5s));
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
  rewriter_.Drop(0, 70'004);
  EXPECT_EQ(Map(70'005, 0).sequence, first.sequence + 3);
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
class RewriterProperties : public testing::TestWithParam<std::uint64_t> {};

struct Feed {
  std::uint64_t sequence;
  std::uint32_t timestamp;
};

TEST_P(RewriterProperties, TheReceiverSeesOneStream) {
  SeededEntropy entropy{GetParam()};
  Rewriter rewriter{kVideo, entropy};
  const bool leaves_out = GetParam() % 2 == 1;
  std::array<Feed, 3> sources{};
  for (Feed& feed : sources)
    feed = {.sequence = 65'536 + entropy.Below(65'536), .timestamp = entropy.NextU32()};
  std::uint8_t source = 0;
  Timestamp now{1s};
  std::map<std::uint64_t, std::pair<std::uint8_t, std::uint64_t>> sent;  // out -> origin
  std::map<std::pair<std::uint8_t, std::uint64_t>, std::uint64_t> reverse;
  std::map<std::uint64_t, std::pair<std::uint32_t, std::uint32_t>> frames;  // out -> timestamp, segment
  std::vector<std::pair<std::uint64_t, std::uint32_t>> held;                // reordered packets of `source`
  std::uint64_t last_break_at = 0;

  const auto pass = [&](std::uint64_t sequence, std::uint32_t timestamp) {
    const std::uint64_t before = rewriter.started() ? rewriter.highest_sequence() : 0;
    const auto mapped = rewriter.Map(source, sequence, timestamp, now);
    if (!mapped) return;
    if (mapped->first_of_segment) {
      if (before != 0) {
        ASSERT_EQ(mapped->sequence, before + 1);
      }
      last_break_at = mapped->sequence;
    }
    const auto key = std::make_pair(source, sequence);
    if (const auto again = reverse.find(key); again != reverse.end()) {
      ASSERT_EQ(again->second, mapped->sequence) << "a duplicate must get the same number";
    } else {
      ASSERT_FALSE(sent.contains(mapped->sequence)) << "one number for two packets breaks the cipher";
    }
    sent[mapped->sequence] = key;
    reverse[key] = mapped->sequence;
    frames[mapped->sequence] = {mapped->timestamp, mapped->segment};
  };

  for (int step = 0; step < 6000; ++step) {
    now += Duration{1000 + entropy.Below(5000)};
    for (Feed& feed : sources) {
      ++feed.sequence;
      if (entropy.Below(3) == 0) feed.timestamp += 3000;
    }
    const Feed feed = sources[source];
    const std::uint32_t dice = entropy.Below(1000);
    if (dice < 3) {
      rewriter.Break();
      held.clear();
      now += Duration{entropy.Below(3'000'000)};
      for (Feed& f : sources) f.sequence += 50;
    } else if (dice < 8) {
      source = static_cast<std::uint8_t>(entropy.Below(3));
      held.clear();
      rewriter.Switch(source, entropy.Below(2) == 0 ? std::nullopt : std::optional{entropy.NextU32()});
    } else if (dice < 60) {
      continue;  // lost
    } else if (dice < 110) {
      held.emplace_back(feed.sequence, feed.timestamp);
    } else if (dice < 150 && !held.empty()) {
      pass(held.back().first, held.back().second);
      pass(feed.sequence, feed.timestamp);
      held.pop_back();
    } else if (dice < 170) {
      pass(feed.sequence, feed.timestamp);
      pass(feed.sequence, feed.timestamp);
    } else if (dice < 350 && leaves_out) {
      rewriter.Drop(source, feed.sequence);
    } else {
      pass(feed.sequence, feed.timestamp);
    }
    ASSERT_FALSE(HasFatalFailure());

    // Whatever was sent within the last 200 numbers can be found again, in this segment.
    if (step % 20 == 0 && !sent.empty()) {
      auto it = sent.rbegin();
      for (int i = 0; i < 200 && it != sent.rend(); ++i, ++it) {
        const auto origin = rewriter.Source(static_cast<std::uint16_t>(it->first));
        if (it->first < last_break_at && !origin) continue;
        ASSERT_TRUE(origin) << it->first;
        ASSERT_EQ(origin->sequence, it->first);
        ASSERT_EQ(std::make_pair(origin->source, origin->source_sequence), it->second);
        ASSERT_EQ(origin->segment, frames[it->first].second);
      }
    }
  }
  ASSERT_GT(sent.size(), 3000U);
  // Across segments the timestamps only ever go up.
  std::uint32_t segment = 0;
  std::uint32_t newest = 0;
  for (const auto& [number, frame] : frames) {
    if (segment != 0 && frame.second != segment) {
      ASSERT_GT(static_cast<std::int32_t>(frame.first - newest), 0) << "at " << number;
      newest = frame.first;
    }
    if (segment == 0 || static_cast<std::int32_t>(frame.first - newest) > 0) newest = frame.first;
    segment = frame.second;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RewriterProperties, testing::Range<std::uint64_t>(0, 24));

}  // namespace
}  // namespace kcs::media
