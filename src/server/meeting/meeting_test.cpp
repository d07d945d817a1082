#include "server/meeting/meeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/meeting/test_room.h"
#include "server/ortc/capabilities.h"

namespace kcs::meeting {
namespace {

using ortc::MediaKind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Meeting, TellsTheFirstWhoJoinsThatTheyAreAloneAndHost) {
  TestRoom room;
  EXPECT_THAT(room.Join("alice"), ElementsAre("alice <- meeting-joined alice host: alice"));
}

TEST(Meeting, AnnouncesWhoJoinsToTheOthersOnly) {
  TestRoom room;
  room.Join("alice");
  EXPECT_THAT(room.Join("bob"), ElementsAre("bob <- meeting-joined bob participant: alice bob",
                                            "alice << participant-joined bob participant"));
  EXPECT_THAT(room.Join("carol"), ElementsAre("carol <- meeting-joined carol participant: alice bob carol",
                                              "alice,bob << participant-joined carol participant"));
}

TEST(Meeting, LetsASocketPrepareItsMediaBeforeItJoins) {
  TestRoom room;
  room.Socket("alice");
  EXPECT_THAT(
      room.Do("alice", AddTransport{Direction::kSend}),
      ElementsAre("media: open-router", "media: create-transport", "alice <- transport-created send T1"));
  EXPECT_THAT(room.Do("alice", AddTransport{Direction::kReceive}),
              ElementsAre("media: create-transport", "alice <- transport-created recv T2"));
  EXPECT_THAT(room.Do("alice", Connect{room.Id("T1"), DtlsRole::kClient, {}}),
              ElementsAre("media: connect-transport", "alice <- transport-connected T1"));
  Produce produce;
  produce.kind = MediaKind::kAudio;
  produce.rtp_parameters = TestRoom::OpusParameters(5);
  EXPECT_THAT(room.Do("alice", produce), ElementsAre("media: create-producer", "alice <- produced P1 audio"));
}

// The order of the reference's flow, as the wire contract fixes it.
TEST(Meeting, AnnouncesWhatAParticipantBroughtAlongAfterTheJoin) {
  TestRoom room;
  room.Join("alice");
  room.Transport("alice", Direction::kSend);
  room.Produce("alice", MediaKind::kVideo);
  room.Join("carol");

  room.Socket("bob");
  room.Transport("bob", Direction::kSend);
  room.Produce("bob", MediaKind::kAudio);
  room.Produce("bob", MediaKind::kVideo);
  EXPECT_THAT(
      room.Do("bob", Join{}),
      ElementsAre("bob <- meeting-joined bob participant: alice+P1 carol bob+P2+P3",
                  "bob << new-producer alice P1 camera", "alice,carol << participant-joined bob participant",
                  "alice,carol << new-producer bob P2 microphone",
                  "alice,carol << new-producer bob P3 camera"));
}

TEST(Meeting, KeepsRoomEventsFromSocketsThatHaveNotJoined) {
  TestRoom room;
  room.Join("alice");
  room.Socket("bob");
  EXPECT_THAT(room.Do("alice", RaiseHand{true}),
              ElementsAre("alice <- done", "alice << hand-raised alice alice-name up 1700000000000"));
  EXPECT_THAT(room.Join("carol"), Contains("alice << participant-joined carol participant"));
}

TEST(Meeting, RefusesRoomRequestsBeforeTheJoin) {
  TestRoom room;
  room.Socket("bob");
  EXPECT_THAT(room.Do("bob", RaiseHand{true}), ElementsAre("bob <- error not-joined"));
  EXPECT_THAT(room.Do("bob", React{"x"}), ElementsAre("bob <- error not-joined"));
  EXPECT_THAT(room.Do("bob", Consume{"alice", MediaKind::kAudio, ortc::RouterRtpCapabilities(), {}, {}}),
              ElementsAre("bob <- error not-joined"));
}

TEST(Meeting, RefusesASecondJoinOfOneSocket) {
  TestRoom room;
  room.Join("alice");
  EXPECT_THAT(room.Do("alice", Join{}), ElementsAre("alice <- error invalid-state"));
  EXPECT_EQ(room.meeting().census().participants, 1U);
}

TEST(Meeting, TellsEverybodyOfHandsAndReactionsTheSenderToo) {
  TestRoom room;
  room.Join("alice");
  room.Join("bob");
  room.now = UnixMillis{42};
  EXPECT_THAT(room.Do("bob", RaiseHand{true}),
              ElementsAre("bob <- done", "alice,bob << hand-raised bob bob-name up 42"));
  EXPECT_THAT(room.Do("bob", React{"👍"}),
              ElementsAre("bob <- done", "alice,bob << reaction bob bob-name 👍 42"));
  EXPECT_THAT(room.Join("carol"),
              Contains("carol <- meeting-joined carol participant: alice bob(hand) carol"));
  EXPECT_THAT(room.Do("bob", RaiseHand{false}),
              Contains("alice,bob,carol << hand-raised bob bob-name down 42"));
}

TEST(Meeting, IsFullAtTheLimitOfItsRecord) {
  MeetingRecord record = TestRoom::Record();
  record.max_participants = 2;
  TestRoom room(record);
  room.Join("alice");
  room.Join("bob");
  EXPECT_THAT(room.Join("carol"), ElementsAre("carol <- error meeting-full"));
  // Who comes again takes the own place.
  EXPECT_THAT(room.Do(room.Socket("bob"), Join{}),
              Contains("bob' <- meeting-joined bob participant: alice bob"));
  room.Leave(room.Of("alice"));
  EXPECT_THAT(room.Do("carol", Join{}), Contains("carol <- meeting-joined carol participant: bob carol"));
}

TEST(Meeting, IsFullAtTheServersLimitWhateverTheRecordSays) {
  MeetingRecord record = TestRoom::Record();
  record.max_participants = 1000;
  TestRoom room(record, {.participants = 1});
  room.Join("alice");
  EXPECT_THAT(room.Join("bob"), ElementsAre("bob <- error meeting-full"));
}

TEST(Meeting, LetsOnlySoManyWaitAtTheDoor) {
  TestRoom room(TestRoom::Record(), {.waiting = 1});
  room.Join("alice");
  room.Socket("bob");
  const auto refused = room.meeting().Attach(ClientId{99}, {"carol", "Carol", false});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kMeetingFull);
}

TEST(Meeting, GivesTheOthersOneEventForEverythingThatLeavesWithAParticipant) {
  TestRoom room;
  room.Join("alice");
  room.Join("bob");
  room.Join("carol");
  room.Transport("alice", Direction::kSend);
  room.Transport("bob", Direction::kReceive);
  room.Produce("alice", MediaKind::kAudio);
  room.Produce("alice", MediaKind::kVideo);
  room.Consume("bob", "alice", MediaKind::kVideo);
  EXPECT_THAT(room.Do("alice", Leave{}),
              ElementsAre("alice <- done", "bob,carol << producer-closed alice P1 audio",
                          "bob,carol << producer-closed alice P2 video",
                          "bob << consumer-closed C1 of P2 producer-closed",
                          "bob,carol << participant-left alice left", "media: close-transport"));
  EXPECT_FALSE(room.meeting().attached(room.Of("alice")));
  EXPECT_EQ(room.meeting().census().consumers, 0U);
}

TEST(Meeting, TellsWhyAParticipantLeft) {
  TestRoom room;
  room.Join("alice");
  room.Join("bob");
  room.Join("carol");
  EXPECT_THAT(room.Leave(room.Of("bob"), LeaveReason::kDisconnected),
              ElementsAre("alice,carol << participant-left bob disconnected"));
  EXPECT_THAT(
      room.Leave(room.Of("carol"), LeaveReason::kKicked),
      ElementsAre("alice << participant-left carol kicked", "carol << participant-left carol kicked"));
  EXPECT_THAT(room.Leave(room.Of("carol")), IsEmpty());
}

TEST(Meeting, ReplacesTheFirstSocketOfAUserWhoJoinsAgain) {
  TestRoom room;
  room.Join("alice");
  room.Join("bob");
  room.Transport("bob", Direction::kSend);
  room.Produce("bob", MediaKind::kAudio);
  EXPECT_THAT(room.Do(room.Socket("bob"), Join{}),
              ElementsAre("alice << producer-closed bob P1 audio", "alice << participant-left bob replaced",
                          "bob << participant-left bob replaced", "media: close-router",
                          "bob' <- meeting-joined bob participant: alice bob",
                          "alice << participant-joined bob participant"));
  EXPECT_THAT(room.Do("bob", RaiseHand{true}), ElementsAre("bob <- error invalid-state"));
}

TEST(Meeting, ForgetsAWaitingSocketWithoutAWordToOthers) {
  TestRoom room;
  room.Join("alice");
  room.Transport("alice", Direction::kSend);
  room.Socket("bob");
  room.Transport("bob", Direction::kSend);
  room.Produce("bob", MediaKind::kAudio);
  EXPECT_THAT(room.Leave(room.Of("bob")), ElementsAre("media: close-transport"));
}

TEST(Meeting, ClosesItsRouterWithTheLastTransportAndOpensAnotherLater) {
  TestRoom room;
  room.Join("alice");
  room.Transport("alice", Direction::kSend);
  const auto first = room.meeting().router();
  EXPECT_THAT(room.Leave(room.Of("alice")), ElementsAre("media: close-router"));
  EXPECT_TRUE(room.meeting().idle());
  room.Join("bob");
  EXPECT_THAT(room.Do("bob", AddTransport{}), Contains("media: open-router"));
  EXPECT_NE(room.meeting().router(), first);
}

TEST(Meeting, TellsParticipantsThatItEnded) {
  TestRoom room;
  room.Join("alice");
  room.Join("bob");
  room.Socket("carol");
  room.Transport("alice", Direction::kSend);
  EXPECT_THAT(room.Note(room.meeting().End("deleted")),
              ElementsAre("alice,bob << meeting-ended room deleted", "media: close-router"));
  EXPECT_TRUE(room.meeting().idle());
  EXPECT_THAT(room.Do("alice", RaiseHand{true}), ElementsAre("alice <- error meeting-ended"));
  const auto late = room.meeting().Attach(ClientId{99}, {"dave", "Dave", false});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kMeetingEnded);
}

TEST(Meeting, TellsEverybodyWithMediaWhenTheWorkerIsLost) {
  TestRoom room;
  room.Join("alice");
  room.Socket("bob");
  room.Transport("bob", Direction::kSend);
  room.Socket("carol");
  EXPECT_THAT(room.Note(room.meeting().MediaLost()),
              ElementsAre("alice,bob << media-reset room worker-died"));
  EXPECT_FALSE(room.meeting().router().has_value());
  EXPECT_EQ(room.meeting().census().participants, 1U);
  EXPECT_THAT(room.Do("bob", AddTransport{}), ElementsAre("media: open-router", "media: create-transport",
                                                          "bob <- transport-created send T2"));
}

TEST(Meeting, CountsWhatJoinedParticipantsSendAndReceive) {
  TestRoom room;
  room.Join("alice");
  room.Transport("alice", Direction::kSend);
  room.Produce("alice", MediaKind::kAudio);
  room.Socket("bob");
  room.Transport("bob", Direction::kSend);
  room.Produce("bob", MediaKind::kAudio);
  Census census = room.meeting().census();
  EXPECT_EQ(census.participants, 1U);
  EXPECT_EQ(census.waiting, 1U);
  EXPECT_EQ(census.producers, 1U);
  room.Do("bob", Join{});
  room.Transport("bob", Direction::kReceive);
  room.Consume("bob", "alice", MediaKind::kAudio);
  census = room.meeting().census();
  EXPECT_EQ(census.producers, 2U);
  EXPECT_EQ(census.consumers, 1U);
}

TEST(Meeting, NamesEachParticipantsMediaForStatistics) {
  TestRoom room;
  room.Join("alice");
  room.Join("bob");
  room.Transport("alice", Direction::kSend);
  room.Produce("alice", MediaKind::kVideo, Source::kScreen);
  room.Transport("bob", Direction::kReceive);
  room.Consume("bob", "alice", MediaKind::kVideo);
  const auto media = room.meeting().MediaByParticipant();
  ASSERT_EQ(media.size(), 2U);
  EXPECT_EQ(media[0].transports.at(0).detail, "send");
  EXPECT_EQ(media[0].producers.at(0).detail, "screen");
  EXPECT_EQ(RouterOf(media[0].producers.at(0).media), room.meeting().router());
  EXPECT_EQ(media[1].consumers.at(0).id, room.Id("C1"));
  EXPECT_EQ(media[1].consumers.at(0).detail, room.Id("P1"));
}

}  // namespace
}  // namespace kcs::meeting
