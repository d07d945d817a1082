// AUDIO_LAST_N: a few speakers of many are forwarded, over each one's own consumers and over speaker places.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;

constexpr std::uint8_t kPlaces = 3;
constexpr std::uint32_t kPacketTicks = 960;  // 20 ms of 48 kHz
constexpr std::uint8_t kQuiet = 90;
constexpr std::uint8_t kTalk = 30;

// Of what a receiver hears: each packet says who speaks, and the how many-th of its packets it is.
struct Heard {
  std::uint32_t ssrc = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  std::uint8_t speaker = 0;
  std::uint16_t number = 0;
};

// A meeting of people who send sound all the time; some of it is talk.
class SpeakerPlaces : public ::testing::Test {
 protected:
  struct Person {
    CoreRig::Member* sends = nullptr;
    CreateProducer producer;
    TestStream voice;
    std::uint16_t sent = 0;
  };
  static std::uint32_t PlaceSsrc(std::size_t place) { return 70'000 + static_cast<std::uint32_t>(place); }

  // Somebody with a microphone.
  Person& Add(ParticipantId participant = {}, bool waiting = false, bool screen = false) {
    const auto number = static_cast<std::uint8_t>(people_.size());
    Person& person = people_.emplace_back();
    person.sends = &rig_.Join(std::nullopt, participant);
    rig_.Exchange();
    person.voice.ssrc = 1000U + number;
    person.voice.payload_type = testing::kAudioPayloadType;
    person.voice.timestamp = 77'777U * number;
    person.voice.sequence = static_cast<std::uint16_t>(7'000 * number);
    person.producer = testing::AudioProducer(person.sends->transport, ProducerId(1U + number),
                                             wire::Ssrc(person.voice.ssrc));
    person.producer.waiting = waiting;
    person.producer.screen = screen;
    rig_.Must(person.producer);
    return person;
  }
  void ConsumePlaces(CoreRig::Member& receiver) {
    for (std::size_t i = 0; i < kPlaces; ++i) {
      CreateProducer place = testing::AudioProducer(receiver.transport, PlaceId(i), wire::Ssrc(1));
      rig_.Must(testing::ConsumerOf(place, receiver.transport, ConsumerId(++last_consumer_),
                                    wire::Ssrc(PlaceSsrc(i))));
    }
  }
  void ConsumeEach(CoreRig::Member& receiver) {
    for (const Person& person : people_) {
      if (person.sends == &receiver) continue;
      rig_.Must(testing::ConsumerOf(person.producer, receiver.transport, ConsumerId(++last_consumer_),
                                    wire::Ssrc(80'000U + person.voice.ssrc)));
    }
  }
  static ProducerId PlaceId(std::size_t place) { return ProducerId(CoreRig::kFirstPlace + place); }

  // 20 ms in which those talk, and the others send what a quiet room sounds like.
  void Tick(const std::set<std::size_t>& talking) {
    for (std::size_t i = 0; i < people_.size(); ++i) {
      const auto level = static_cast<char>(talking.contains(i) ? (0x80 | kTalk) : kQuiet);
      Send(people_[i], static_cast<std::uint8_t>(i), level);
    }
    rig_.MoveClock(20ms);
    rig_.RunTimers();
  }
  void Send(Person& person, std::uint8_t number, char level) {
    ++person.sent;
    person.voice.timestamp += kPacketTicks;
    person.voice.extensions = {{testing::kAudioLevelId, std::string(1, level)}};
    const auto datagram = person.sends->Rtp(person.voice.WithPayload(
        {0xfc, number, static_cast<std::uint8_t>(person.sent >> 8), static_cast<std::uint8_t>(person.sent)},
        false));
    rig_.Feed({&datagram, 1});
  }
  void Run(Duration time, const std::set<std::size_t>& talking) {
    for (Duration done{}; done < time; done += 20ms) Tick(talking);
  }
  static std::vector<Heard> TakeHeard(CoreRig::Member& receiver) {
    std::vector<Heard> heard;
    for (const auto& received : receiver.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp || rtp->payload_size() != 4) continue;
      const Bytes payload = rtp->payload();
      heard.push_back({.ssrc = rtp->ssrc().value(),
                       .sequence = rtp->sequence_number(),
                       .timestamp = rtp->timestamp(),
                       .marker = rtp->marker(),
                       .speaker = payload[1],
                       .number = static_cast<std::uint16_t>(payload[2] << 8 | payload[3])});
    }
    return heard;
  }
  static std::set<std::uint8_t> Speakers(const std::vector<Heard>& heard) {
    std::set<std::uint8_t> speakers;
    for (const Heard& h : heard) speakers.insert(h.speaker);
    return speakers;
  }

  CoreRig rig_{kPlaces};
  std::deque<Person> people_;
  std::uint64_t last_consumer_ = 0;
};

// One place's stream, as a receiver without any idea of places must be able to play it.
void ExpectUnbroken(const std::vector<Heard>& heard) {
  std::int64_t changes = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) {
    const Heard& before = heard[i - 1];
    const Heard& now = heard[i];
    ASSERT_EQ(now.sequence, static_cast<std::uint16_t>(before.sequence + 1));
    ASSERT_GE(static_cast<std::int32_t>(now.timestamp - before.timestamp), std::int32_t{kPacketTicks})
        << "a packet within the one before is thrown away";
    if (now.speaker != before.speaker) {
      ASSERT_TRUE(now.marker) << "a talk spurt begins";
      ++changes;
    } else if (now.number == before.number + 1) {
      ASSERT_EQ(now.timestamp - before.timestamp, kPacketTicks);
      ASSERT_FALSE(now.marker);
    }
    // Everybody's packets count the time.
    const std::int64_t passed = (now.number - heard.front().number) * std::int64_t{kPacketTicks};
    const std::int64_t played = now.timestamp - heard.front().timestamp;
    ASSERT_LE(std::abs(played - passed), changes * std::int64_t{kPacketTicks}) << "goes with the time";
  }
}

class FiftyTalkers : public SpeakerPlaces {
 protected:
  static constexpr std::size_t kTalkers = 50;
  FiftyTalkers() {
    for (std::size_t i = 0; i < kTalkers; ++i) Add();
    for (Person& person : people_) ConsumePlaces(*person.sends);
    ConsumeEach(listener_);
    Run(2s, {});
    for (Person& person : people_) TakeHeard(*person.sends);
    TakeHeard(listener_);
  }
  CoreRig::Member& listener_ = rig_.Join();
};

TEST_F(FiftyTalkers, WhoBeginsIsHeardFromTheFirstPacketOnByEverybodyElse) {
  std::vector<std::vector<Heard>> heard(kTalkers);
  std::vector<Heard> listened;
  for (std::size_t speaker = 0; speaker < kTalkers; speaker += 3) {
    const auto first = static_cast<std::uint16_t>(people_[speaker].sent + 1);
    Run(1s, {speaker});
    for (std::size_t i = 0; i <= kTalkers; ++i) {
      const auto now = TakeHeard(i < kTalkers ? *people_[i].sends : listener_);
      std::vector<std::uint16_t> numbers;
      for (const Heard& h : now) {
        if (h.speaker == speaker) numbers.push_back(h.number);
      }
      auto& all = i < kTalkers ? heard[i] : listened;
      all.insert(all.end(), now.begin(), now.end());
      if (i == speaker) continue;
      ASSERT_EQ(numbers.size(), 50U) << i << " hears " << speaker;
      ASSERT_EQ(numbers.front(), first) << i << " hears " << speaker;
    }
  }
  for (std::size_t i = 0; i < kTalkers; ++i) {
    EXPECT_FALSE(Speakers(heard[i]).contains(static_cast<std::uint8_t>(i))) << "hears itself";
    EXPECT_EQ(people_[i].sends->peer->undecryptable(), 0U);
    std::map<std::uint32_t, std::vector<Heard>> streams;
    for (const Heard& h : heard[i]) streams[h.ssrc].push_back(h);
    EXPECT_EQ(streams.size(), kPlaces);
    for (const auto& [ssrc, stream] : streams) ExpectUnbroken(stream);
  }
}

TEST_F(FiftyTalkers, WhenManyTalkAtATimeNobodyGetsMoreThanThreeOfThem) {
  SeededEntropy chance(3);
  std::vector<int> talks(kTalkers, 0);  // ticks left; negative: of silence
  std::set<std::uint32_t> before;
  std::size_t listened = 0;
  std::size_t most_at_once = 0;
  constexpr int kTicks = 500;
  for (int tick = 0; tick < kTicks; ++tick) {
    std::set<std::size_t> talking;
    for (std::size_t i = 0; i < kTalkers; ++i) {
      if (talks[i] == 0) talks[i] = chance.Below(2) == 0 ? 20 + static_cast<int>(chance.Below(100)) : -100;
      if (talks[i] > 0) talking.insert(i);
      talks[i] += talks[i] > 0 ? -1 : 1;
    }
    most_at_once = std::max(most_at_once, talking.size());
    Tick(talking);
    std::set<std::uint32_t> now;
    const auto heard = TakeHeard(listener_);
    listened += heard.size();
    for (const Heard& h : heard) now.insert(h.ssrc);
    std::size_t lasting = 0;  // beside whom somebody replaced in this very moment
    for (const std::uint32_t ssrc : now) lasting += before.count(ssrc);
    ASSERT_LE(lasting, kPlaces);
    before = std::move(now);
  }
  EXPECT_GT(most_at_once, 15U);
  EXPECT_GT(listened, kTicks * kPlaces * 9 / 10U) << "the places are used";
  EXPECT_LT(listened, kTicks * kPlaces * 11 / 10U);
  for (std::size_t i = 0; i < kTalkers; ++i) {
    const auto heard = TakeHeard(*people_[i].sends);
    EXPECT_LT(heard.size(), kTicks * kPlaces * 11 / 10U);
    EXPECT_FALSE(Speakers(heard).contains(static_cast<std::uint8_t>(i))) << "hears itself";
    std::map<std::uint32_t, std::vector<Heard>> streams;
    for (const Heard& h : heard) streams[h.ssrc].push_back(h);
    for (const auto& [ssrc, stream] : streams) ExpectUnbroken(stream);
  }
}

TEST_F(SpeakerPlaces, NobodyHearsThemselvesOverTheirOtherTransport) {
  Add(ParticipantId(7));
  Add(ParticipantId(8));
  CoreRig::Member& own = rig_.Join(std::nullopt, ParticipantId(7));
  rig_.Exchange();
  ConsumePlaces(own);
  Run(1s, {0, 1});
  EXPECT_EQ(Speakers(TakeHeard(own)), (std::set<std::uint8_t>{1}));
}

TEST_F(SpeakerPlaces, WhoComesLateHearsWhoSpeaksAlready) {
  Add();
  Run(1s, {0});
  CoreRig::Member& late = rig_.Join();
  rig_.Exchange();
  ConsumePlaces(late);
  Run(200ms, {0});
  EXPECT_EQ(TakeHeard(late).size(), 10U);
}

TEST_F(SpeakerPlaces, APlaceGoesOnWhenItsSpeakerPausesOrLeaves) {
  CoreRig::Member& receiver = rig_.Join();
  rig_.Exchange();
  ConsumePlaces(receiver);
  for (int i = 0; i < 5; ++i) Add();
  Run(500ms, {0});
  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kPause});
  Run(500ms, {1});
  rig_.Must(ProducerCommand{.producer = ProducerId(2), .action = ProducerAction::kClose});
  Run(500ms, {2});
  rig_.Must(CloseTransport{people_[2].sends->transport});
  Run(500ms, {3});
  const auto heard = TakeHeard(receiver);
  EXPECT_EQ(Speakers(heard), (std::set<std::uint8_t>{0, 1, 2, 3}));
  for (const Heard& h : heard) EXPECT_EQ(h.ssrc, PlaceSsrc(0)) << "each time the first was free again";
  ExpectUnbroken(heard);
  const auto stats = std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter}));
  EXPECT_EQ(stats.producers.size(), 3U) << "places are no producers";
  ASSERT_EQ(stats.consumers.size(), kPlaces);
  EXPECT_EQ(stats.consumers[0].producer, PlaceId(0)) << "whoever is there";

  // What is left goes in any order.
  rig_.Must(CloseTransport{receiver.transport});
  Run(100ms, {4});
  rig_.Must(CloseRouter{CoreRig::kRouter});
}

TEST_F(SpeakerPlaces, APausedConsumerOfAPlaceGetsNothingWhoeverComes) {
  CoreRig::Member& receiver = rig_.Join();
  rig_.Exchange();
  ConsumePlaces(receiver);
  Add();
  Add();
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kPause});
  Run(500ms, {0});
  EXPECT_TRUE(TakeHeard(receiver).empty());
  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kClose});
  Run(500ms, {1});
  EXPECT_TRUE(TakeHeard(receiver).empty());
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kResume});
  Run(500ms, {1});
  EXPECT_EQ(TakeHeard(receiver).size(), 25U);
}

TEST_F(SpeakerPlaces, WhoWaitsAtTheDoorIsNotHeardAndTakesNobodysPlace) {
  CoreRig::Member& receiver = rig_.Join();
  rig_.Exchange();
  ConsumePlaces(receiver);
  Add({}, true);
  Run(500ms, {0});
  EXPECT_TRUE(TakeHeard(receiver).empty());
  EXPECT_TRUE(rig_.TakeNews<ActiveSpeakerChanged>().empty());
  EXPECT_TRUE(rig_.TakeNews<SpeakerPlacesChanged>().empty());
  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kAdmit});
  Run(500ms, {0});
  EXPECT_EQ(TakeHeard(receiver).size(), 25U);
}

TEST_F(SpeakerPlaces, WhatAScreenPlaysIsForwardedBesideTheSpeakers) {
  for (int i = 0; i < kPlaces; ++i) Add();
  Add({}, false, true);
  CoreRig::Member& receiver = rig_.Join();
  rig_.Exchange();
  ConsumeEach(receiver);
  Run(1s, {0, 1, 2, 3});
  EXPECT_EQ(Speakers(TakeHeard(receiver)).size(), kPlaces + 1U);
}

TEST_F(SpeakerPlaces, WhoIsWhereIsToldWhenItChangesButNotTooOften) {
  for (int i = 0; i < 3; ++i) Add();
  rig_.TakeNews<SpeakerPlacesChanged>();
  Run(100ms, {0, 2});
  auto told = rig_.TakeNews<SpeakerPlacesChanged>();
  ASSERT_FALSE(told.empty());
  Run(1s, {0, 2});
  for (auto& more : rig_.TakeNews<SpeakerPlacesChanged>()) told.push_back(std::move(more));
  EXPECT_LE(told.size(), 2U);
  EXPECT_EQ(told.back().router, CoreRig::kRouter);
  EXPECT_EQ(told.back().speakers,
            (std::vector<std::optional<ProducerId>>{ProducerId(1), ProducerId(3), std::nullopt}));

  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kPause});
  Run(300ms, {2});
  told = rig_.TakeNews<SpeakerPlacesChanged>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].speakers,
            (std::vector<std::optional<ProducerId>>{std::nullopt, ProducerId(3), std::nullopt}));

  // Two take the place from each other all the time.
  for (std::size_t i = 0; i < 25; ++i) {
    Run(40ms, {i % 2});
    const ProducerId left(1 + i % 2);
    rig_.Must(ProducerCommand{.producer = left, .action = ProducerAction::kPause});
    rig_.Must(ProducerCommand{.producer = left, .action = ProducerAction::kResume});
  }
  const std::size_t often = rig_.TakeNews<SpeakerPlacesChanged>().size();
  EXPECT_GE(often, 2U);
  EXPECT_LE(often, 6U) << "in a second";
}

}  // namespace
}  // namespace kcs::sfu
