// AUDIO_LAST_N: of fifty people who talk three are forwarded, over a network.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "simulation.h"

namespace kcs::sim {
namespace {

constexpr std::uint8_t kPlaces = 3;
constexpr std::size_t kTalkers = 50;
constexpr std::uint8_t kQuiet = 90;  // -dBov: a room with nobody speaking
constexpr std::uint8_t kTalk = 35;
constexpr std::uint8_t kLoud = 15;
constexpr Duration kPacket = 20ms;

std::uint64_t Seed() {
  const char* seed = std::getenv("KCS_SIM_SEED");
  return seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
}

// Fifty with a microphone each, who hear each other over speaker places, and one more who has consumed every
// microphone.
class FiftyTalkers : public testing::Test {
 protected:
  FiftyTalkers() {
    for (std::size_t i = 0; i < kTalkers; ++i) {
      Participant& person = simulation_.Join({.delay = 20ms, .jitter = 8ms});
      microphones_.push_back(&person.Publish(
          {.kind = wire::MediaKind::kAudio, .ssrc = SsrcOf(i), .payload_type = 111, .seed = i + Seed()}));
      microphones_.back()->SetLevel(kQuiet, false);
      people_.push_back(&person);
    }
    listener_ = &simulation_.Join({.delay = 20ms, .jitter = 8ms});
    for (Participant* person : people_) {
      for (std::uint64_t place = 0; place < kPlaces; ++place) person->ConsumePlace(place);
      listener_->Consume(*person, 0);
    }
    simulation_.RunFor(3s);
  }
  static std::uint32_t SsrcOf(std::size_t person) { return static_cast<std::uint32_t>(1000 + person); }

  void Talk(std::size_t person, std::uint8_t level = kTalk) { microphones_[person]->SetLevel(level, true); }
  void Silence(std::size_t person) { microphones_[person]->SetLevel(kQuiet, false); }
  // The packet that this person sends next.
  std::uint32_t Next(std::size_t person) const { return microphones_[person]->frames() + 1; }
  // Which packets of a speaker a receiver has had.
  static std::set<std::uint32_t> Packets(const Participant& receiver, std::size_t speaker) {
    std::set<std::uint32_t> numbers;
    for (const auto& sink : receiver.sinks()) {
      for (const auto& heard : sink->heard()) {
        if (heard.mark.speaker == SsrcOf(speaker)) numbers.insert(heard.mark.number);
      }
    }
    return numbers;
  }
  // Of the people but the speaker, and of the listener, how many have not had this packet.
  std::size_t Without(std::size_t speaker, std::uint32_t number) const {
    std::size_t without = Packets(*listener_, speaker).contains(number) ? 0 : 1;
    for (std::size_t i = 0; i < kTalkers; ++i) {
      if (i != speaker && !Packets(*people_[i], speaker).contains(number)) ++without;
    }
    return without;
  }

  Simulation simulation_{Seed(), kPlaces};
  std::vector<Participant*> people_;
  std::vector<MediaSource*> microphones_;
  Participant* listener_ = nullptr;
};

// The most speakers that a receiver heard at a time. Where one replaces another the network may put their
// packets in each other's place: what overlaps by less than two packets is not counted.
std::size_t MostAtOnce(const Participant& receiver) {
  std::map<std::uint32_t, std::map<std::uint32_t, Timestamp>> speakers;  // packets by number
  for (const auto& sink : receiver.sinks()) {
    for (const auto& heard : sink->heard()) speakers[heard.mark.speaker][heard.mark.number] = heard.at;
  }
  std::vector<std::pair<Timestamp, int>> changes;
  for (const auto& [speaker, packets] : speakers) {
    for (auto first = packets.begin(); first != packets.end();) {
      auto last = first;
      while (std::next(last) != packets.end() && std::next(last)->first == last->first + 1) ++last;
      const Timestamp begins = first->second + kPacket;
      const Timestamp ends = last->second - kPacket;
      if (begins < ends) {
        changes.emplace_back(begins, 1);
        changes.emplace_back(ends, -1);
      }
      first = std::next(last);
    }
  }
  std::ranges::sort(changes);
  std::size_t now = 0;
  std::size_t most = 0;
  for (const auto& [at, change] : changes) {
    now += static_cast<std::size_t>(change);
    most = std::max(most, now);
  }
  return most;
}

std::size_t PacketsOf(const Participant& receiver) {
  std::size_t packets = 0;
  for (const auto& sink : receiver.sinks()) packets += sink->heard().size();
  return packets;
}

TEST_F(FiftyTalkers, WhoBeginsAWordIsHeardFromItsFirstPacketByEverybodyElse) {
  Talk(0);
  Talk(1);
  SeededEntropy chance(Seed());
  for (int word = 0; word < 12; ++word) {
    const std::size_t speaker = 2 + chance.Below(kTalkers - 2);
    const std::uint32_t first = Next(speaker);
    Talk(speaker);
    simulation_.RunFor(500ms);
    EXPECT_EQ(Without(speaker, first), 0U) << "word " << word;
    EXPECT_FALSE(Packets(*people_[speaker], speaker).contains(first)) << "nobody hears themselves";
    Silence(speaker);
    simulation_.RunFor(1700ms);  // its place is somebody else's after a second and a half
  }
}

TEST_F(FiftyTalkers, WhoIsClearlyLouderIsHeardSoonThoughThreeTalkAlready) {
  for (std::size_t i = 0; i < kPlaces; ++i) Talk(i);
  simulation_.RunFor(2s);
  for (std::size_t speaker = 10; speaker < 15; ++speaker) {
    const std::uint32_t first = Next(speaker);
    Talk(speaker, kLoud);
    simulation_.RunFor(1s);
    const auto packets = Packets(*listener_, speaker);
    const auto heard = packets.lower_bound(first);
    ASSERT_NE(heard, packets.end());
    EXPECT_LE((*heard - first) * kPacket, 500ms);
    Silence(speaker);
    simulation_.RunFor(2s);
  }
}

TEST_F(FiftyTalkers, NobodyGetsMoreThanThreeOfManyWhoTalkAtATime) {
  SeededEntropy chance(Seed());
  std::vector<int> left(kTalkers, 0);  // of a word or of a silence, in packets
  std::vector<bool> talks(kTalkers, false);
  std::vector<std::size_t> before;
  for (const Participant* person : people_) before.push_back(PacketsOf(*person));
  constexpr int kTicks = 400;
  int talking = 0;
  for (int tick = 0; tick < kTicks; ++tick) {
    for (std::size_t i = 0; i < kTalkers; ++i) {
      talking += talks[i] ? 1 : 0;
      if (--left[i] > 0) continue;
      talks[i] = !talks[i] && chance.Below(2) == 0;
      left[i] = 20 + static_cast<int>(chance.Below(60));
      talks[i] ? Talk(i, static_cast<std::uint8_t>(kLoud + chance.Below(kTalk - kLoud))) : Silence(i);
    }
    simulation_.RunFor(kPacket);
  }
  EXPECT_GT(talking / kTicks, 10) << "at a time";
  simulation_.RunFor(100ms);
  EXPECT_LE(MostAtOnce(*listener_), kPlaces);
  for (std::size_t i = 0; i < kTalkers; ++i) {
    EXPECT_LE(MostAtOnce(*people_[i]), kPlaces);
    EXPECT_LE(PacketsOf(*people_[i]) - before[i], kTicks * kPlaces * 11 / 10U);
    for (const auto& sink : people_[i]->sinks()) {
      EXPECT_FALSE(sink->timestamps_went_back());
      EXPECT_EQ(sink->duplicates(), 0U);
    }
  }
}

}  // namespace
}  // namespace kcs::sim
