#include "engine/media/speaker_detector.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "base/testing/allocations.h"
#include "engine/media/loudest_n.h"
#include "engine/media/talk_for_test.h"

namespace kcs::media {
namespace {

// A room of five. Speakers are named 0...4.
class Room {
 public:
  static constexpr std::size_t kPeople = 5;
  using Level = std::function<LevelForTest(std::size_t person, LevelForTest)>;

  // `loudness`: of each one's voice, -dBov.
  explicit Room(std::uint64_t seed, bool flags = true,
                std::array<int, kPeople> loudness = {30, 30, 30, 30, 30})
      : flags_(flags) {
    for (std::size_t i = 0; i < kPeople; ++i) {
      people_.emplace_back(seed * 100 + i, loudness[i]);
      detector_.Add(i, activities_[i]);
    }
  }

  // `change` may put a noise in the place of a person's level.
  void Run(Duration time, const Level& change = nullptr) {
    for (const Timestamp end = now_ + time; now_ < end; now_ += 20ms) {
      for (std::size_t i = 0; i < kPeople; ++i) {
        LevelForTest sample = people_[i].Next();
        if (change) sample = change(i, sample);
        activities_[i].OnPacket(sample.level, sample.voice && flags_, now_);
      }
      if (now_ < detector_.NextDeadline()) continue;
      if (detector_.Update(now_)) {
        ++changes_;
        changed_ = now_;
      }
    }
  }
  // The floor goes to somebody else.
  void Speak(std::size_t person) {
    for (TalkForTest& other : people_) other.End();
    people_[person].Begin();
    began_ = now_;
  }
  TalkForTest& person(std::size_t i) { return people_[i]; }
  std::optional<SpeakerDetector::Id> dominant() const { return detector_.dominant(); }
  Duration took() const { return changed_ - began_; }
  int changes() const { return changes_; }
  SpeakerDetector& detector() { return detector_; }
  Timestamp now() const { return now_; }

 private:
  bool flags_;
  Timestamp now_{50s};
  Timestamp began_{};
  Timestamp changed_{};
  int changes_ = 0;
  std::array<SpeechActivity, kPeople> activities_;
  std::vector<TalkForTest> people_;
  SpeakerDetector detector_;
};

TEST(SpeakerDetector, NobodyLeadsASilentRoom) {
  Room room{1};
  room.Run(60s);
  EXPECT_EQ(room.dominant(), std::nullopt);
}

class Turns : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(WithAndWithoutTheVoiceFlag, Turns, testing::Bool());

TEST_P(Turns, TheSpeakerIsKnownWithinASecond) {
  Duration longest{};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Room room{seed, GetParam()};
    SeededEntropy entropy{seed};
    std::size_t last = 99;
    for (int turn = 0; turn < 30; ++turn) {
      std::size_t next = entropy.Below(Room::kPeople);
      if (next == last) next = (next + 1) % Room::kPeople;
      last = next;
      room.Speak(next);
      room.Run(2s);
      ASSERT_EQ(room.dominant(), next) << "seed " << seed << " turn " << turn;
      longest = std::max(longest, room.took());
      room.Run(8s);
      ASSERT_EQ(room.dominant(), next);
    }
    EXPECT_EQ(room.changes(), 30) << "seed " << seed;
  }
  EXPECT_LE(longest, 1s);
}

TEST_P(Turns, NoiseUpTo300MillisecondsChangesNothing) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Room room{seed, GetParam()};
    SeededEntropy entropy{seed};
    room.Speak(0);
    room.Run(5s);
    room.person(0).End();  // the hardest case: nobody speaks meanwhile
    // One cough a second and a half from somebody else, each as long and loud as can be.
    int left = 0;
    int pause = 75;
    room.Run(60s, [&](std::size_t person, LevelForTest sample) -> LevelForTest {
      if (person != 3) return sample;
      if (left > 0) return --left, LevelForTest{.level = 12, .voice = true};
      if (--pause == 0) {
        left = 1 + static_cast<int>(entropy.Below(15));
        pause = 75;
      }
      return sample;
    });
    EXPECT_EQ(room.dominant(), 0U);
    room.Speak(0);
    room.Run(20s, [&](std::size_t person, LevelForTest sample) -> LevelForTest {
      if (person != 3) return sample;
      if (left > 0) return --left, LevelForTest{.level = 12, .voice = true};
      if (--pause == 0) left = 15, pause = 75;
      return sample;
    });
    EXPECT_EQ(room.changes(), 1) << "seed " << seed;
  }
}

TEST_P(Turns, AKeyboardIsNoSpeaker) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Room room{seed, GetParam()};
    SeededEntropy entropy{seed};
    int left = 0;
    int pause = 1;
    const auto keyboard = [&](std::size_t person, LevelForTest sample) -> LevelForTest {
      if (person != 2) return sample;
      if (left > 0) return --left, LevelForTest{.level = 35, .voice = entropy.Below(2) == 0};
      if (--pause == 0) {  // some eight keys a second
        left = 1 + static_cast<int>(entropy.Below(3));
        pause = 3 + static_cast<int>(entropy.Below(6));
      }
      return sample;
    };
    room.Run(60s, keyboard);
    EXPECT_EQ(room.dominant(), std::nullopt);
    room.Speak(1);
    room.Run(60s, keyboard);
    EXPECT_EQ(room.dominant(), 1U);
    EXPECT_EQ(room.changes(), 1);
  }
}

TEST_P(Turns, WhenTwoTalkAtATimeTheyDoNotTakeTurns) {
  int changes = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Room room{seed, GetParam()};
    room.Speak(0);
    room.Run(5s);
    room.person(1).Begin();
    room.Run(30s);
    EXPECT_LE(room.dominant(), 1U);
    changes += room.changes() - 1;
    room.person(0).End();
    room.Run(3s);
    EXPECT_EQ(room.dominant(), 1U);
  }
  EXPECT_LE(changes, 20 * 30 / 8);
}

// Somebody types, and somebody coughs, as loud as can be and up to 300 ms long, all the time.
class Disturbance {
 public:
  explicit Disturbance(std::uint64_t seed) : entropy_(seed) {}

  LevelForTest operator()(std::size_t person, LevelForTest sample) {
    if (person == types_) return Play(key_, {.level = 35, .most = 3, .gap = 3, .varies = 6}, sample);
    if (person == coughs_) return Play(cough_, {.level = 12, .most = 15, .gap = 60, .varies = 60}, sample);
    return sample;
  }
  // Neither is the speaker.
  void Beside(std::size_t speaker) {
    types_ = (speaker + 1 + entropy_.Below(2)) % Room::kPeople;
    coughs_ = (speaker + 3 + entropy_.Below(2)) % Room::kPeople;
    // Two coughs without a breath between them would be one that is longer.
    key_ = {.pause = 10};
    cough_ = {.pause = 60};
  }

 private:
  struct Noise {
    std::uint32_t left = 0;
    std::uint32_t pause = 1;
  };
  struct Kind {
    std::uint8_t level = 0;
    std::uint32_t most = 0;  // slots of 20 ms that it lasts; between two: gap, and up to `varies` more
    std::uint32_t gap = 0;
    std::uint32_t varies = 0;
  };
  LevelForTest Play(Noise& noise, const Kind& kind, LevelForTest sample) {
    if (noise.left > 0) return --noise.left, LevelForTest{.level = kind.level, .voice = true};
    if (--noise.pause == 0) {
      noise.left = 1 + entropy_.Below(kind.most);
      noise.pause = kind.gap + entropy_.Below(kind.varies);
    }
    return sample;
  }

  SeededEntropy entropy_;
  std::size_t types_ = 99;
  std::size_t coughs_ = 99;
  Noise key_;
  Noise cough_;
};

TEST_P(Turns, SoftAndLoudVoicesAreKnownWithinASecondBesideTypingAndCoughs) {
  Duration longest{};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SeededEntropy entropy{seed + 1000};
    std::array<int, Room::kPeople> loudness{};
    for (int& voice : loudness) voice = 20 + static_cast<int>(entropy.Below(21));
    Room room{seed, GetParam(), loudness};
    Disturbance disturbance{seed};
    std::size_t last = 99;
    for (int turn = 0; turn < 20; ++turn) {
      std::size_t next = entropy.Below(Room::kPeople);
      if (next == last) next = (next + 1) % Room::kPeople;
      last = next;
      room.Speak(next);
      disturbance.Beside(next);
      room.Run(2s, std::ref(disturbance));
      ASSERT_EQ(room.dominant(), next) << "seed " << seed << " turn " << turn << " voice " << loudness[next];
      longest = std::max(longest, room.took());
      room.Run(8s, std::ref(disturbance));
      ASSERT_EQ(room.dominant(), next) << "seed " << seed << " turn " << turn;
    }
    EXPECT_EQ(room.changes(), 20) << "seed " << seed;
  }
  EXPECT_LE(longest, 1s);
}

TEST_P(Turns, WhoBeginsBeforeTheOtherHasEndedIsKnownWithinASecondOfThat) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Room room{seed, GetParam()};
    SeededEntropy entropy{seed};
    room.Speak(0);
    room.Run(5s);
    for (std::size_t turn = 1; turn < 20; ++turn) {
      const std::size_t next = turn % Room::kPeople;
      room.person(next).Begin();
      room.Run(Duration(100ms * (1 + entropy.Below(15))));
      room.Speak(next);  // and nobody else any more
      room.Run(1s);
      ASSERT_EQ(room.dominant(), next) << "seed " << seed << " turn " << turn;
      room.Run(4s);
      ASSERT_EQ(room.dominant(), next) << "seed " << seed << " turn " << turn;
    }
    EXPECT_EQ(room.changes(), 20) << "seed " << seed;
  }
}

TEST(SpeakerDetector, APauseOfTheSpeakerChangesNothing) {
  Room room{3};
  room.Speak(2);
  room.Run(5s);
  room.person(2).End();
  room.Run(30s);
  EXPECT_EQ(room.dominant(), 2U);
  EXPECT_EQ(room.changes(), 1);
}

TEST(SpeakerDetector, AFanIsNoSpeakerForLong) {
  Room room{4, false};
  room.Speak(0);
  room.Run(5s, [](std::size_t person, LevelForTest sample) {
    return person == 1 ? LevelForTest{.level = 55} : sample;
  });
  EXPECT_EQ(room.dominant(), 0U);
  room.person(0).End();
  room.Run(30s, [](std::size_t person, LevelForTest sample) {
    return person == 1 ? LevelForTest{.level = 55} : sample;
  });
  EXPECT_EQ(room.dominant(), 0U);
}

TEST(SpeakerDetector, ForgetsWhoLeaves) {
  Room room{5};
  room.Speak(2);
  room.Run(5s);
  EXPECT_FALSE(room.detector().Remove(1));
  EXPECT_TRUE(room.detector().Remove(2));
  EXPECT_EQ(room.dominant(), std::nullopt);
  room.Speak(3);
  room.Run(2s);
  EXPECT_EQ(room.dominant(), 3U);
}

TEST(SpeakerDetector, NeedsNoTimeWhileThereIsNobody) {
  SpeakerDetector detector;
  EXPECT_EQ(detector.NextDeadline(), kNever);
  EXPECT_FALSE(detector.Update(Timestamp{1s}));
}

TEST(SpeakerDetector, TellsTheLevelsOfWhoCanBeHeard) {
  Room room{6};
  room.Speak(4);
  room.Run(300ms);
  std::vector<SpeakerDetector::Level> levels;
  room.detector().AppendLevels(room.now(), levels);
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(levels[0].id, 4U);
  EXPECT_NEAR(levels[0].level, 32, 10);
  room.person(4).End();
  room.Run(3s);
  levels.clear();
  room.detector().AppendLevels(room.now(), levels);
  EXPECT_TRUE(levels.empty());
}

TEST(SpeakerDetector, NeedsNoHeapWhileNobodyComesOrGoes) {
  Room room{7};
  LoudestN loudest{2};
  SpeechActivity activity;
  room.Speak(1);
  room.Run(2s);
  const std::uint64_t before = AllocationsSoFar();
  room.Speak(2);
  room.Run(2s);
  for (Timestamp now = room.now(); now < room.now() + 2s; now += 20ms) {
    activity.OnPacket(30, true, now);
    EXPECT_TRUE(loudest.OnPacket(7, activity, now).place);
  }
  EXPECT_EQ(AllocationsSoFar(), before);
  EXPECT_EQ(room.dominant(), 2U);
}

}  // namespace
}  // namespace kcs::media
