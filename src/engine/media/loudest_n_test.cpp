#include "engine/media/loudest_n.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <set>

#include "engine/media/talk_for_test.h"

namespace kcs::media {
namespace {

class LoudestNTest : public testing::Test {
 protected:
  LoudestN::Verdict Send(LoudestN::Id id, std::uint8_t level) {
    activities_.resize(std::max<std::size_t>(activities_.size(), id + 1));
    activities_[id].OnPacket(level, level < 60, now_);
    return loudest_.OnPacket(id, activities_[id], now_);
  }
  // Sound of some at `level`, silence of the others there have been.
  void Run(Duration time, const std::set<LoudestN::Id>& loud, std::uint8_t level = 30) {
    for (const Timestamp end = now_ + time; now_ < end; now_ += 20ms) {
      for (std::size_t id = 0; id < activities_.size(); ++id) Send(id, loud.contains(id) ? level : 90);
    }
  }
  bool IsIn(LoudestN::Id id) const { return loudest_.PlaceOf(id).has_value(); }

  Timestamp now_{10s};
  std::deque<SpeechActivity> activities_;
  LoudestN loudest_{2};
};

TEST_F(LoudestNTest, WhoIsSilentGetsNoPlace) { EXPECT_FALSE(Send(0, 90).place); }

TEST_F(LoudestNTest, AWordIsHeardFromItsFirstPacket) {
  Send(0, 90);
  now_ += 20ms;
  const LoudestN::Verdict soft = Send(0, 59);
  EXPECT_EQ(soft.place, 0);
  EXPECT_TRUE(soft.entered);
  EXPECT_EQ(soft.replaced, std::nullopt);
  now_ += 20ms;
  const LoudestN::Verdict next = Send(0, 30);
  EXPECT_EQ(next.place, 0);
  EXPECT_FALSE(next.entered);
}

TEST_F(LoudestNTest, WhoHasAPlaceIsHeardInPausesAsWell) {
  Send(0, 30);
  now_ += 10s;
  EXPECT_TRUE(Send(0, 90).place);
}

TEST_F(LoudestNTest, TakesThePlaceOfWhoHasBeenSilentForLongest) {
  Send(0, 30);
  Send(1, 30);
  Run(500ms, {0, 1});
  Run(500ms, {0});
  Run(2s, {});
  const LoudestN::Verdict verdict = Send(2, 30);
  EXPECT_TRUE(verdict.entered);
  EXPECT_EQ(verdict.replaced, 1U);
  EXPECT_EQ(verdict.place, 1);
  EXPECT_TRUE(IsIn(0));
}

TEST_F(LoudestNTest, AShortPauseCostsNobodyThePlace) {
  Send(0, 30);
  Send(1, 30);
  Run(1s, {0, 1});
  Run(300ms, {1});
  for (int i = 0; i < 8; ++i, now_ += 20ms) {
    Send(1, 30);
    EXPECT_FALSE(Send(2, 30).place);
  }
  EXPECT_TRUE(IsIn(0));
}

TEST_F(LoudestNTest, WhoTalksReplacesWhoIsInALongPause) {
  Send(0, 30);
  Send(1, 30);
  Send(2, 90);
  Run(1s, {0, 1});
  Run(700ms, {1, 2});
  EXPECT_TRUE(IsIn(2));
  EXPECT_FALSE(IsIn(0));
}

TEST_F(LoudestNTest, WhileAllTalkTheClearlyLouderOneReplacesTheQuietest) {
  Send(0, 30);
  Send(1, 45);
  Send(2, 90);
  const auto talk = [&](Duration time, std::uint8_t third) {
    for (const Timestamp end = now_ + time; now_ < end; now_ += 20ms) {
      const bool gap = ToMillis(now_.time_since_epoch()) % 200 == 0;  // or else it would be taken for a noise
      Send(0, gap ? 80 : 30);
      Send(1, gap ? 80 : 45);
      Send(2, gap ? 80 : third);
    }
  };
  talk(1s, 90);
  talk(3s, 42);
  EXPECT_FALSE(IsIn(2));
  talk(1s, 30);
  EXPECT_TRUE(IsIn(2));
  EXPECT_FALSE(IsIn(1));
}

TEST_F(LoudestNTest, WhoLeavesFreesThePlace) {
  Send(0, 30);
  Send(1, 30);
  EXPECT_FALSE(Send(2, 30).place);
  loudest_.Remove(0);
  EXPECT_EQ(Send(2, 30).place, 0);
}

// Fifty people, of whom one or two at a time speak, and now and then all at once.
TEST(LoudestN, OfFiftyTalkersAtMostThreeAreForwardedAndNoWordOfASpeakerIsCut) {
  LoudestN loudest{3};
  std::array<SpeechActivity, 50> activities;
  std::vector<TalkForTest> people;
  for (std::uint64_t i = 0; i < 50; ++i) people.emplace_back(i, 25 + static_cast<int>(i % 10));
  SeededEntropy entropy{9};
  Timestamp now{10s};
  std::size_t speaker = 0;
  int spoken = 0;
  int cut = 0;
  for (int tick = 0; tick < 50 * 300; ++tick, now += 20ms) {
    const bool all = tick % 3000 >= 2750;
    if (tick % 3000 == 2750) {
      for (auto& person : people) person.Begin();
    } else if (tick % 3000 == 0 || (!all && tick % 200 == 0)) {
      for (auto& person : people) person.End();
      speaker = entropy.Below(50);
      people[speaker].Begin();
    }
    int forwarded = 0;
    for (std::size_t i = 0; i < 50; ++i) {
      const LevelForTest sample = people[i].Next();
      activities[i].OnPacket(sample.level, sample.voice, now);
      const bool passes = loudest.OnPacket(i, activities[i], now).place.has_value();
      if (all || i != speaker || sample.level > 58) continue;
      ++spoken;
      // After all have talked at once, the first word may wait for the end of a hold-over.
      if (!passes && tick % 3000 >= 100) ++cut;
    }
    for (std::size_t i = 0; i < 50; ++i) forwarded += loudest.PlaceOf(i) ? 1 : 0;
    ASSERT_LE(forwarded, 3);
  }
  EXPECT_GT(spoken, 5000);
  EXPECT_EQ(cut, 0);
}

}  // namespace
}  // namespace kcs::media
