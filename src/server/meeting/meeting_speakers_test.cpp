#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/meeting/meeting.h"
#include "server/meeting/test_room.h"
#include "server/ortc/capabilities.h"

// A meeting in which only two speakers at a time are forwarded.
namespace kcs::meeting {
namespace {

using ortc::MediaKind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Limits TwoPlaces() {
  Limits limits;
  limits.speaker_places = 2;
  return limits;
}

class Speakers : public testing::Test {
 protected:
  // Places have the first numbers of a router.
  MediaId Media(std::uint64_t n) const { return MediaId{room_.meeting().router()->value() + n}; }
  TestRoom::Trace Tell(const MediaNotice& notice) { return room_.Note(room_.meeting().Apply(notice)); }
  TestRoom::Trace ConsumePlace(const std::string& user, const std::string& place,
                               MediaKind kind = MediaKind::kAudio) {
    Consume consume;
    consume.kind = kind;
    consume.producer_id = room_.Id(place);
    consume.rtp_capabilities = ortc::RouterRtpCapabilities();
    return room_.Do(user, consume);
  }

  mutable TestRoom room_{TestRoom::Record(), TwoPlaces()};
};

TEST_F(Speakers, WhoAsksGetsPlacesAndOthersDoNot) {
  EXPECT_THAT(room_.Do(room_.Socket("alice"), Join{}),
              ElementsAre("alice <- meeting-joined alice host: alice"));
  EXPECT_THAT(room_.Do(room_.Socket("bob"), Join{.speaker_places = true}),
              ElementsAre("bob <- meeting-joined bob participant: alice bob place P1 place P2",
                          "bob << speaker-places P1=nobody P2=nobody",
                          "alice << participant-joined bob participant"));
}

TEST_F(Speakers, WhereEverybodyIsForwardedThereAreNoPlaces) {
  TestRoom room;
  EXPECT_THAT(room.Do(room.Socket("alice"), Join{.speaker_places = true}),
              ElementsAre("alice <- meeting-joined alice host: alice"));
  EXPECT_THAT(room.Do("alice", AddTransport{Direction::kReceive}), Contains("media: open-router"));
}

TEST_F(Speakers, APlaceIsConsumedLikeAProducerOfNobody) {
  room_.Do(room_.Socket("alice"), Join{.speaker_places = true});
  EXPECT_THAT(room_.Do("alice", AddTransport{Direction::kReceive}), Contains("media: open-router places 2"));
  EXPECT_THAT(
      ConsumePlace("alice", "P2"),
      ElementsAre("media: create-consumer paused", "alice <- consumed C1 of nobody's P2 microphone paused"));
  EXPECT_THAT(ConsumePlace("alice", "P1", MediaKind::kVideo), ElementsAre("alice <- error invalid-payload"));
  EXPECT_EQ(room_.meeting().census().producers, 0U) << "places are nobody's producers";
  EXPECT_EQ(room_.meeting().census().consumers, 1U);
  ASSERT_EQ(room_.meeting().MediaByParticipant().size(), 1U);
  EXPECT_THAT(room_.meeting().MediaByParticipant()[0].producers, IsEmpty());
  EXPECT_EQ(room_.meeting().MediaByParticipant()[0].consumers.size(), 1U);

  Consume unnamed;
  unnamed.rtp_capabilities = ortc::RouterRtpCapabilities();
  EXPECT_THAT(room_.Do("alice", unnamed), ElementsAre("alice <- error not-found"));
  EXPECT_THAT(room_.Do("alice", ChangeProducer{ProducerCommand::Action::kClose, room_.Id("P1")}),
              ElementsAre("alice <- error not-found"))
      << "and nobody's to close";
}

TEST_F(Speakers, WhoIsWhereIsToldToThoseWhoAsked) {
  room_.Join("alice");
  room_.Do(room_.Socket("bob"), Join{.speaker_places = true});
  room_.Transport("alice", Direction::kSend);  // the third number
  room_.Produce("alice", MediaKind::kAudio);
  const MediaId router = *room_.meeting().router();
  EXPECT_THAT(Tell(SpeakerPlacesChanged{router, {std::nullopt, Media(4)}}),
              ElementsAre("bob << speaker-places P1=nobody P2=alice"));
  EXPECT_THAT(room_.Do(room_.Socket("carol"), Join{.speaker_places = true}),
              Contains("carol << speaker-places P1=nobody P2=alice"));
  EXPECT_THAT(Tell(SpeakerPlacesChanged{router, {std::nullopt, std::nullopt}}),
              ElementsAre("bob,carol << speaker-places P1=nobody P2=nobody"));
  EXPECT_THAT(Tell(SpeakerPlacesChanged{router, {Media(99), {}, Media(4), {}}}),
              ElementsAre("bob,carol << speaker-places P1=nobody P2=nobody"))
      << "whatever a worker says";
}

TEST_F(Speakers, WhoSpeaksAtTheDoorIsAdmittedByJoining) {
  room_.Socket("alice");
  room_.Transport("alice", Direction::kSend);
  Produce produce;
  produce.kind = MediaKind::kAudio;
  produce.rtp_parameters = TestRoom::OpusParameters(5);
  EXPECT_THAT(room_.Do("alice", produce), Contains("media: create-producer waiting"));
  EXPECT_THAT(Tell(SpeakerPlacesChanged{*room_.meeting().router(), {Media(4), {}}}), IsEmpty());
  EXPECT_THAT(room_.Do("alice", Join{}), Contains("media: admit-producer"));
  produce.rtp_parameters = TestRoom::OpusParameters(6);
  EXPECT_THAT(room_.Do("alice", produce), Contains("media: create-producer"));
}

TEST_F(Speakers, ThePlacesComeBackWithTheNextRouterAfterAWorkerWasLost) {
  room_.Do(room_.Socket("alice"), Join{.speaker_places = true});
  room_.Transport("alice", Direction::kSend);
  room_.Produce("alice", MediaKind::kAudio);
  Tell(SpeakerPlacesChanged{*room_.meeting().router(), {Media(4), {}}});
  const MediaId before = *room_.meeting().router();
  EXPECT_THAT(
      room_.Note(room_.meeting().MediaLost()),
      ElementsAre("alice << media-reset room worker-died", "alice << speaker-places P1=nobody P2=nobody"));
  EXPECT_THAT(room_.Do("alice", AddTransport{Direction::kReceive}), Contains("media: open-router places 2"));
  EXPECT_NE(*room_.meeting().router(), before);
  EXPECT_THAT(ConsumePlace("alice", "P1"), Contains("alice <- consumed C1 of nobody's P1 microphone paused"));
}

TEST_F(Speakers, TheyGoWithARouterThatNobodyNeedsAndComeBackWithTheNext) {
  room_.Do(room_.Socket("alice"), Join{.speaker_places = true});
  room_.Do(room_.Socket("bob"), Join{.speaker_places = true});
  room_.Transport("bob", Direction::kReceive);
  ConsumePlace("bob", "P1");
  EXPECT_THAT(room_.Leave(room_.Of("bob")), Contains("media: close-router"));
  room_.Transport("alice", Direction::kReceive);
  EXPECT_THAT(ConsumePlace("alice", "P1"), Contains("alice <- consumed C2 of nobody's P1 microphone paused"));
}

}  // namespace
}  // namespace kcs::meeting
