#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/meeting/meeting.h"
#include "server/meeting/test_room.h"
#include "server/ortc/capabilities.h"

// What the workers tell, and what receivers ask for their link.
namespace kcs::meeting {
namespace {

using ortc::MediaKind;
using testing::ElementsAre;
using testing::IsEmpty;

// Alice sends P1 (sound) and P2 (camera); bob receives them as C1 and C2.
class Notices : public testing::Test {
 protected:
  Notices() {
    room_.Join("alice");
    room_.Join("bob");
    room_.Transport("alice", Direction::kSend);
    room_.Transport("bob", Direction::kReceive);
    room_.Produce("alice", MediaKind::kAudio);
    room_.Produce("alice", MediaKind::kVideo);
    room_.Consume("bob", "alice", MediaKind::kAudio);
    room_.Consume("bob", "alice", MediaKind::kVideo);
  }
  // The workers' names count up in the order of making: two transports, P1, P2, C1, C2.
  MediaId Media(std::uint64_t n) const { return MediaId{room_.meeting().router()->value() + n}; }
  MediaId T1() const { return Media(1); }
  MediaId T2() const { return Media(2); }
  MediaId P1() const { return Media(3); }
  MediaId P2() const { return Media(4); }
  MediaId C2() const { return Media(6); }

  TestRoom::Trace Tell(const MediaNotice& notice) { return room_.Note(room_.meeting().Apply(notice)); }
  ChangeConsumer Change(ConsumerCommand::Action action, const std::string& consumer) const {
    ChangeConsumer change;
    change.action = action;
    change.consumer_id = room_.Id(consumer);
    return change;
  }
  TestRoom::Trace Score(MediaId transport, double score) {
    return Tell(TransportQuality{.transport = transport, .score = score, .rtt_ms = 40});
  }

  mutable TestRoom room_;
};

TEST_F(Notices, TellsTheSenderWhichLayersAreWanted) {
  EXPECT_THAT(Tell(ProducerLayersWanted{P2(), 1}), ElementsAre("alice << layers-wanted P2 1"));
  EXPECT_THAT(Tell(ProducerLayersWanted{P2(), std::nullopt}), ElementsAre("alice << layers-wanted P2 none"));
}

TEST_F(Notices, TellsTheReceiverWhatItGetsAndWhy) {
  EXPECT_THAT(Tell(ConsumerLayersChanged{C2(), 1, 2, LayersReason::kBandwidth}),
              ElementsAre("bob << layers-changed C2 1/2 1"));
  EXPECT_THAT(Tell(ConsumerLayersChanged{C2(), {}, {}, LayersReason::kViewport}),
              ElementsAre("bob << layers-changed C2 none 3"));
}

TEST_F(Notices, TellsScoresToTheOwnersOnly) {
  EXPECT_THAT(Tell(ProducerScoreChanged{P2(), 7}), ElementsAre("alice << producer-score P2 7"));
  EXPECT_THAT(Tell(ConsumerScoreChanged{C2(), 9}), ElementsAre("bob << consumer-score C2 9"));
}

TEST_F(Notices, PassesOverWhatIsGone) {
  EXPECT_THAT(Tell(ConsumerScoreChanged{Media(99), 9}), IsEmpty());
  EXPECT_THAT(Tell(ProducerScoreChanged{C2(), 9}), IsEmpty());
  EXPECT_THAT(Tell(ActiveSpeakerChanged{*room_.meeting().router(), Media(99)}), IsEmpty());
}

TEST_F(Notices, TellsEverybodyWhoLeadsTheTalk) {
  const MediaId router = *room_.meeting().router();
  EXPECT_THAT(Tell(ActiveSpeakerChanged{router, P1()}), ElementsAre("alice,bob << active-speaker alice"));
  EXPECT_THAT(Tell(ActiveSpeakerChanged{router, P1()}), IsEmpty());
  EXPECT_THAT(Tell(ActiveSpeakerChanged{router, std::nullopt}),
              ElementsAre("alice,bob << active-speaker nobody"));
}

TEST_F(Notices, TellsWhoComesLaterWhoLeadsTheTalk) {
  Tell(ActiveSpeakerChanged{*room_.meeting().router(), P1()});
  EXPECT_THAT(room_.Join("carol"), testing::Contains("carol << active-speaker alice"));
}

TEST_F(Notices, NobodyLeadsTheTalkWhenTheSpeakerLeaves) {
  Tell(ActiveSpeakerChanged{*room_.meeting().router(), P1()});
  EXPECT_THAT(room_.Leave(room_.Of("alice")), testing::Contains("bob << active-speaker nobody"));
}

TEST_F(Notices, NobodyLeadsTheTalkWhenTheMediaAreLost) {
  Tell(ActiveSpeakerChanged{*room_.meeting().router(), P1()});
  EXPECT_THAT(room_.Note(room_.meeting().MediaLost()),
              ElementsAre("alice,bob << media-reset room worker-died", "alice,bob << active-speaker nobody"));
}

TEST_F(Notices, TellsLevelsByParticipant) {
  const MediaId router = *room_.meeting().router();
  EXPECT_THAT(Tell(AudioLevels{router, {{P1(), 40}, {Media(99), 10}}}),
              ElementsAre("alice,bob << audio-levels alice -40"));
  EXPECT_THAT(Tell(AudioLevels{router, {}}), ElementsAre("alice,bob << audio-levels"));
}

TEST_F(Notices, OfOneParticipantsSoundsTheLouderCounts) {
  Produce screen;
  screen.kind = MediaKind::kAudio;
  screen.source = Source::kScreenAudio;
  screen.rtp_parameters = TestRoom::OpusParameters(77);
  room_.Do("alice", screen);
  EXPECT_THAT(Tell(AudioLevels{*room_.meeting().router(), {{P1(), 40}, {Media(7), 25}}}),
              ElementsAre("alice,bob << audio-levels alice -25"));
}

TEST_F(Notices, TellsAParticipantItsQualityAndOthersItsChanges) {
  EXPECT_THAT(Score(T2(), 1), ElementsAre("bob << connection-quality bob excellent"));
  EXPECT_THAT(Score(T2(), 0.2), ElementsAre("bob << connection-quality bob excellent"));
  EXPECT_THAT(Score(T2(), 0.2), ElementsAre("bob << connection-quality bob poor",  //
                                            "alice << connection-quality bob poor"));
  EXPECT_THAT(Score(T2(), 0.2), ElementsAre("bob << connection-quality bob poor"));
  EXPECT_THAT(room_.Join("carol"), testing::Contains("carol << connection-quality bob poor"));
}

TEST_F(Notices, TheWorseDirectionCountsAndBothAreNamed) {
  room_.Transport("alice", Direction::kReceive);
  Tell(TransportQuality{
      .transport = Media(7), .score = 0.9, .rtt_ms = 20, .loss = 0.01, .available_bitrate = 900'000});
  const Effects effects = room_.meeting().Apply(
      TransportQuality{.transport = T1(), .score = 0.6, .rtt_ms = -1, .jitter_ms = 30, .loss = 0.1});
  const auto& quality = std::get<ConnectionQuality>(std::get<Send>(effects.at(0)).event);
  EXPECT_EQ(quality.quality, Quality::kGood);
  EXPECT_EQ(quality.upload, Quality::kGood);
  EXPECT_EQ(quality.download, Quality::kExcellent);
  EXPECT_EQ(quality.score, 0.6);
  EXPECT_EQ(quality.rtt_ms, 20);
  EXPECT_EQ(quality.jitter_ms, 30);
  EXPECT_EQ(quality.loss, 0.1);
  EXPECT_EQ(quality.available_bitrate, 900'000U);
}

TEST_F(Notices, WhoHasNotJoinedHearsNothingOfQuality) {
  room_.Socket("dave");
  room_.Transport("dave", Direction::kSend);
  EXPECT_THAT(Score(Media(7), 0.1), IsEmpty());
}

TEST_F(Notices, APriorityGoesToTheWorker) {
  ChangeConsumer change = Change(ConsumerCommand::Action::kSetPriority, "C2");
  change.priority = 200;
  EXPECT_THAT(room_.Do("bob", change),
              ElementsAre("media: priority-consumer 200", "bob <- consumer-changed C2"));
  EXPECT_THAT(room_.Do("alice", change), ElementsAre("alice <- error not-found"));
}

TEST_F(Notices, ViewportsGoToTheWorkerWhenTheyChange) {
  const SetViewports shown{
      {{room_.Id("C2"), {640, 360, true}}, {room_.Id("C1"), {1, 1, true}}, {"gone", {}}}};
  EXPECT_THAT(room_.Do("bob", shown), ElementsAre("media: viewport-consumer 640x360", "bob <- done"));
  EXPECT_THAT(room_.Do("bob", shown), ElementsAre("bob <- done"));
  EXPECT_THAT(room_.Do("bob", SetViewports{{{room_.Id("C2"), {640, 360, false}}}}),
              ElementsAre("media: viewport-consumer 640x360 hidden", "bob <- done"));
}

TEST_F(Notices, AudioOnlyPausesVideoAndRestoresWhatWasOn) {
  room_.Do("bob", Change(ConsumerCommand::Action::kResume, "C1"));
  room_.Do("bob", Change(ConsumerCommand::Action::kResume, "C2"));
  EXPECT_THAT(room_.Do("bob", SetAudioOnly{true}), ElementsAre("media: pause-consumer", "bob <- done"));
  EXPECT_THAT(room_.Do("bob", SetAudioOnly{true}), ElementsAre("bob <- done"));
  EXPECT_THAT(room_.Do("bob", SetAudioOnly{false}), ElementsAre("media: resume-consumer", "bob <- done"));
  room_.Do("bob", Change(ConsumerCommand::Action::kPause, "C2"));
  EXPECT_THAT(room_.Do("bob", SetAudioOnly{true}), ElementsAre("bob <- done"));
}

TEST_F(Notices, WhatIsResumedWhileAudioOnlyComesBackWithTheVideo) {
  room_.Do("bob", SetAudioOnly{true});
  EXPECT_THAT(room_.Do("bob", Change(ConsumerCommand::Action::kResume, "C2")),
              ElementsAre("bob <- consumer-changed C2"));
  EXPECT_THAT(room_.Do("bob", Change(ConsumerCommand::Action::kResume, "C1")),
              ElementsAre("media: resume-consumer", "bob <- consumer-changed C1"));
  EXPECT_THAT(room_.Do("bob", SetAudioOnly{false}), ElementsAre("media: resume-consumer", "bob <- done"));
}

TEST_F(Notices, AVideoConsumerMadeWhileAudioOnlyStaysSilent) {
  room_.Do("bob", SetAudioOnly{true});
  Consume consume;
  consume.participant_id = "alice";
  consume.kind = MediaKind::kVideo;
  consume.rtp_capabilities = ortc::RouterRtpCapabilities();
  consume.paused = false;
  EXPECT_THAT(room_.Do("bob", consume),
              ElementsAre("media: create-consumer paused", "bob <- consumed C3 of alice's P2 camera"));
  EXPECT_THAT(room_.Do("bob", SetAudioOnly{false}), ElementsAre("media: resume-consumer", "bob <- done"));
}

TEST_F(Notices, OnlyWhoHasJoinedCanAskForAudioOnly) {
  room_.Socket("dave");
  EXPECT_THAT(room_.Do("dave", SetAudioOnly{true}), ElementsAre("dave <- error not-joined"));
}

}  // namespace
}  // namespace kcs::meeting
