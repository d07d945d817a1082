#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/meeting/meeting.h"
#include "server/meeting/test_room.h"
#include "server/ortc/capabilities.h"

namespace kcs::meeting {
namespace {

using ortc::MediaKind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Produce ProduceOf(MediaKind kind, std::uint32_t ssrc = 77) {
  Produce produce;
  produce.kind = kind;
  produce.rtp_parameters =
      kind == MediaKind::kAudio ? TestRoom::OpusParameters(ssrc) : TestRoom::Vp8Parameters(ssrc);
  return produce;
}

Consume ConsumeOf(const std::string& participant, MediaKind kind) {
  Consume consume;
  consume.participant_id = participant;
  consume.kind = kind;
  consume.rtp_capabilities = ortc::RouterRtpCapabilities();
  return consume;
}

// Alice sends, bob can receive; both have joined.
class Media : public testing::Test {
 protected:
  Media() {
    room_.Join("alice");
    room_.Join("bob");
    room_.Transport("alice", Direction::kSend);   // T1
    room_.Transport("bob", Direction::kReceive);  // T2
  }
  TestRoom room_;
};

TEST_F(Media, AnnouncesAProducerMadeAfterTheJoin) {
  EXPECT_THAT(room_.Do("alice", ProduceOf(MediaKind::kVideo)),
              ElementsAre("media: create-producer", "alice <- produced P1 video",
                          "bob << new-producer alice P1 camera"));
}

TEST_F(Media, AnnouncesAProducerOnlyOnceTheWorkerHasIt) {
  room_.Hold();
  EXPECT_THAT(room_.Do("alice", ProduceOf(MediaKind::kVideo)), ElementsAre("media: create-producer"));
  EXPECT_THAT(room_.Do("bob", ConsumeOf("alice", MediaKind::kVideo)), ElementsAre("bob <- error not-found"));
  EXPECT_THAT(room_.Join("carol"), ElementsAre("carol <- meeting-joined carol participant: alice bob carol",
                                               "alice,bob << participant-joined carol participant"));
  EXPECT_THAT(room_.Release(),
              ElementsAre("alice <- produced P1 video", "bob,carol << new-producer alice P1 camera"));
}

TEST_F(Media, ForgetsAProducerThatTheWorkerRefused) {
  room_.Hold();
  room_.Do("alice", ProduceOf(MediaKind::kVideo));
  EXPECT_THAT(room_.Fail(), ElementsAre("alice <- error unavailable"));
  EXPECT_EQ(room_.meeting().census().producers, 0U);
}

TEST_F(Media, TakesTheSourceByKindUnlessItIsNamed) {
  Produce screen = ProduceOf(MediaKind::kVideo);
  screen.source = Source::kScreen;
  screen.paused = true;
  EXPECT_THAT(room_.Do("alice", screen),
              ElementsAre("media: create-producer paused screen", "alice <- produced P1 video",
                          "bob << new-producer alice P1 screen paused"));
  Produce wrong = ProduceOf(MediaKind::kVideo);
  wrong.source = Source::kMicrophone;
  EXPECT_THAT(room_.Do("alice", wrong), ElementsAre("alice <- error invalid-payload"));
}

TEST_F(Media, ProducesOverASendTransportOfOnesOwn) {
  EXPECT_THAT(room_.Do("bob", ProduceOf(MediaKind::kAudio)), ElementsAre("bob <- error invalid-state"));
  Produce produce = ProduceOf(MediaKind::kAudio);
  produce.transport_id = room_.Id("T1");
  EXPECT_THAT(room_.Do("bob", produce), ElementsAre("bob <- error not-found"));
  produce.transport_id = room_.Id("T2");
  EXPECT_THAT(room_.Do("bob", produce), ElementsAre("bob <- error invalid-state"));
  produce.transport_id = room_.Id("T1");
  EXPECT_THAT(room_.Do("alice", produce), Contains("alice <- produced P1 audio"));
}

TEST_F(Media, RefusesParametersThatMakeNoSense) {
  Produce nothing = ProduceOf(MediaKind::kAudio);
  nothing.rtp_parameters.codecs.clear();
  EXPECT_THAT(room_.Do("alice", nothing), ElementsAre("alice <- error invalid-payload"));
  Produce unknown = ProduceOf(MediaKind::kAudio);
  unknown.rtp_parameters.codecs[0].mime_type = "audio/speex";
  EXPECT_THAT(room_.Do("alice", unknown), ElementsAre("alice <- error invalid-payload"));
}

TEST_F(Media, StartsAConsumerPausedUnlessAskedOtherwise) {
  room_.Produce("alice", MediaKind::kAudio);
  EXPECT_THAT(
      room_.Do("bob", ConsumeOf("alice", MediaKind::kAudio)),
      ElementsAre("media: create-consumer paused", "bob <- consumed C1 of alice's P1 microphone paused"));
  Consume running = ConsumeOf("alice", MediaKind::kAudio);
  running.paused = false;
  EXPECT_THAT(room_.Do("bob", running),
              ElementsAre("media: create-consumer", "bob <- consumed C2 of alice's P1 microphone"));
}

TEST_F(Media, PicksTheCameraBeforeTheScreenAndThenTheScreen) {
  room_.Produce("alice", MediaKind::kVideo, Source::kScreen);  // P1
  room_.Produce("alice", MediaKind::kVideo);                   // P2
  const Consume video = ConsumeOf("alice", MediaKind::kVideo);
  EXPECT_THAT(room_.Do("bob", video), Contains("bob <- consumed C1 of alice's P2 camera paused"));
  EXPECT_THAT(room_.Do("bob", video), Contains("bob <- consumed C2 of alice's P1 screen paused"));
  EXPECT_THAT(room_.Do("bob", video), Contains("bob <- consumed C3 of alice's P2 camera paused"));
}

TEST_F(Media, ConsumesTheProducerThatIsNamed) {
  room_.Produce("alice", MediaKind::kVideo);                   // P1
  room_.Produce("alice", MediaKind::kVideo, Source::kScreen);  // P2
  Consume consume = ConsumeOf("alice", MediaKind::kVideo);
  consume.producer_id = room_.Id("P2");
  EXPECT_THAT(room_.Do("bob", consume), Contains("bob <- consumed C1 of alice's P2 screen paused"));
  consume.kind = MediaKind::kAudio;
  EXPECT_THAT(room_.Do("bob", consume), ElementsAre("bob <- error invalid-payload"));
  consume.producer_id = "nonsense";
  EXPECT_THAT(room_.Do("bob", consume), ElementsAre("bob <- error not-found"));
}

TEST_F(Media, ConsumesNothingFromSocketsThatHaveNotJoined) {
  room_.Socket("carol");
  room_.Transport("carol", Direction::kSend);
  room_.Produce("carol", MediaKind::kAudio);
  EXPECT_THAT(room_.Do("bob", ConsumeOf("carol", MediaKind::kAudio)), ElementsAre("bob <- error not-found"));
}

TEST_F(Media, SaysWhenAReceiverUnderstandsNothing) {
  room_.Produce("alice", MediaKind::kVideo);
  Consume consume = ConsumeOf("alice", MediaKind::kVideo);
  std::erase_if(consume.rtp_capabilities.codecs,
                [](const auto& codec) { return codec.kind == MediaKind::kVideo; });
  EXPECT_THAT(room_.Do("bob", consume), ElementsAre("bob <- error cannot-consume"));
}

TEST_F(Media, NeedsAReceiveTransportToConsume) {
  room_.Produce("alice", MediaKind::kVideo);
  room_.Join("carol");
  EXPECT_THAT(room_.Do("carol", ConsumeOf("alice", MediaKind::kVideo)),
              ElementsAre("carol <- error invalid-state"));
}

TEST_F(Media, GivesEachConsumerOfATransportAMidOfItsOwn) {
  room_.Produce("alice", MediaKind::kAudio);
  const auto mid_of_next = [&] {
    const auto effects = room_.meeting().Apply(
        Request{room_.Of("bob"), RequestId{1000}, ConsumeOf("alice", MediaKind::kAudio)}, {});
    return std::get<CreateConsumer>(std::get<Command>(effects.at(0)).command).stream.mid;
  };
  EXPECT_EQ(mid_of_next(), "0");
  EXPECT_EQ(mid_of_next(), "1");
}

TEST_F(Media, GivesAllThatOneTransportSendsTheSameCname) {
  Produce sound = ProduceOf(MediaKind::kAudio, 77);
  sound.rtp_parameters.rtcp.cname.clear();
  Produce picture = ProduceOf(MediaKind::kVideo, 78);
  picture.rtp_parameters.rtcp.cname = "another";
  room_.Do("alice", sound);
  room_.Do("alice", picture);
  const auto cname_of = [&](MediaKind kind) {
    const auto effects =
        room_.meeting().Apply(Request{room_.Of("bob"), RequestId{1000}, ConsumeOf("alice", kind)}, {});
    return std::get<CreateConsumer>(std::get<Command>(effects.at(0)).command).stream.cname;
  };
  EXPECT_FALSE(cname_of(MediaKind::kAudio).empty());
  EXPECT_EQ(cname_of(MediaKind::kAudio), cname_of(MediaKind::kVideo));
}

TEST_F(Media, PausesAndResumesAConsumerForItsOwnerOnly) {
  room_.Produce("alice", MediaKind::kAudio);
  room_.Consume("bob", "alice", MediaKind::kAudio);
  using Action = ConsumerCommand::Action;
  EXPECT_THAT(room_.Do("bob", ChangeConsumer{Action::kResume, room_.Id("C1"), 0, {}}),
              ElementsAre("media: resume-consumer", "bob <- consumer-changed C1"));
  EXPECT_THAT(room_.Do("bob", ChangeConsumer{Action::kPause, room_.Id("C1"), 0, {}}),
              ElementsAre("media: pause-consumer", "bob <- consumer-changed C1"));
  EXPECT_THAT(room_.Do("bob", ChangeConsumer{Action::kSetPreferredLayers, room_.Id("C1"), 1, 2}),
              ElementsAre("media: layers-consumer 1/2", "bob <- consumer-changed C1"));
  EXPECT_THAT(room_.Do("alice", ChangeConsumer{Action::kPause, room_.Id("C1"), 0, {}}),
              ElementsAre("alice <- error not-found"));
}

TEST_F(Media, ClosesAConsumer) {
  room_.Produce("alice", MediaKind::kAudio);
  room_.Consume("bob", "alice", MediaKind::kAudio);
  const ChangeConsumer close{ConsumerCommand::Action::kClose, room_.Id("C1"), 0, {}};
  EXPECT_THAT(room_.Do("bob", close), ElementsAre("media: close-consumer", "bob <- consumer-changed C1"));
  EXPECT_THAT(room_.Do("bob", close), ElementsAre("bob <- error not-found"));
  // Its producer goes without a word about it.
  EXPECT_THAT(room_.Do("alice", ChangeProducer{ProducerCommand::Action::kClose, room_.Id("P1")}),
              ElementsAre("media: close-producer", "alice <- producer-changed P1",
                          "bob << producer-closed alice P1 audio"));
}

TEST_F(Media, TellsOthersWhenAProducerPausesAndResumes) {
  room_.Produce("alice", MediaKind::kAudio);
  using Action = ProducerCommand::Action;
  EXPECT_THAT(room_.Do("alice", ChangeProducer{Action::kPause, room_.Id("P1")}),
              ElementsAre("media: pause-producer", "alice <- producer-changed P1",
                          "bob << producer-paused alice P1"));
  EXPECT_THAT(room_.Do("alice", ChangeProducer{Action::kPause, room_.Id("P1")}),
              ElementsAre("media: pause-producer", "alice <- producer-changed P1"));
  EXPECT_THAT(room_.Do("bob", ConsumeOf("alice", MediaKind::kAudio)),
              Contains("bob <- consumed C1 of alice's P1 microphone paused producer-paused"));
  EXPECT_THAT(room_.Do("alice", ChangeProducer{Action::kResume, room_.Id("P1")}),
              Contains("bob << producer-resumed alice P1"));
  EXPECT_THAT(room_.Do("bob", ChangeProducer{Action::kPause, room_.Id("P1")}),
              ElementsAre("bob <- error not-found"));
}

TEST_F(Media, ClosesAProducerWithItsConsumers) {
  room_.Produce("alice", MediaKind::kVideo);
  room_.Consume("bob", "alice", MediaKind::kVideo);
  EXPECT_THAT(room_.Do("alice", ChangeProducer{ProducerCommand::Action::kClose, room_.Id("P1")}),
              ElementsAre("media: close-producer", "alice <- producer-changed P1",
                          "bob << producer-closed alice P1 video",
                          "bob << consumer-closed C1 of P1 producer-closed"));
  EXPECT_THAT(room_.Do("bob", ChangeConsumer{ConsumerCommand::Action::kResume, room_.Id("C1"), 0, {}}),
              ElementsAre("bob <- error not-found"));
}

TEST_F(Media, RefusesAConsumerWhoseProducerClosesMeanwhile) {
  room_.Produce("alice", MediaKind::kVideo);
  room_.Hold();
  room_.Do("bob", ConsumeOf("alice", MediaKind::kVideo));
  EXPECT_THAT(room_.Do("alice", ChangeProducer{ProducerCommand::Action::kClose, room_.Id("P1")}),
              Not(Contains(testing::HasSubstr("consumer-closed"))));
  EXPECT_THAT(room_.Release(), ElementsAre("bob <- error not-found"));
}

TEST_F(Media, AnswersEveryRequestOfASocketThatIsThrownOutMeanwhile) {
  room_.Hold();
  room_.Do("alice", ProduceOf(MediaKind::kVideo));
  room_.Do("bob", AddTransport{Direction::kSend});
  room_.Note(room_.meeting().End("deleted"));
  EXPECT_FALSE(room_.meeting().idle());
  EXPECT_THAT(room_.Release(), ElementsAre("alice <- error meeting-ended", "bob <- error meeting-ended"));
  EXPECT_TRUE(room_.meeting().idle());
}

TEST_F(Media, ConnectsATransportOnce) {
  const Connect connect{room_.Id("T1"), DtlsRole::kClient, {}};
  EXPECT_THAT(room_.Do("bob", connect), ElementsAre("bob <- error not-found"));
  EXPECT_THAT(room_.Do("alice", connect), Contains("alice <- transport-connected T1"));
  EXPECT_THAT(room_.Do("alice", connect), ElementsAre("alice <- error invalid-state"));
}

TEST_F(Media, MayConnectAgainWhenTheWorkerRefused) {
  const Connect connect{room_.Id("T1"), DtlsRole::kClient, {}};
  room_.Hold();
  room_.Do("alice", connect);
  EXPECT_THAT(room_.Fail(), ElementsAre("alice <- error unavailable"));
  room_.Do("alice", connect);
  EXPECT_THAT(room_.Release(), ElementsAre("alice <- transport-connected T1"));
}

TEST_F(Media, RestartsIce) {
  EXPECT_THAT(room_.Do("alice", Restart{room_.Id("T1")}),
              ElementsAre("media: restart-ice", "alice <- ice-restarted T1 ufrag"));
  EXPECT_THAT(room_.Do("alice", Restart{"nonsense"}), ElementsAre("alice <- error not-found"));
}

TEST_F(Media, ForgetsATransportThatNoWorkerCouldMake) {
  TestRoom room;
  room.Join("alice");
  room.Hold();
  room.Do("alice", AddTransport{});
  EXPECT_THAT(room.Fail(), ElementsAre("media: close-router", "alice <- error unavailable"));
  EXPECT_FALSE(room.meeting().router().has_value());
}

TEST_F(Media, RefusesToMakeMoreThanTheLimits) {
  TestRoom room(TestRoom::Record(), {.transports = 2, .producers = 1, .consumers = 1});
  room.Join("alice");
  room.Transport("alice", Direction::kSend);
  room.Transport("alice", Direction::kReceive);
  EXPECT_THAT(room.Do("alice", AddTransport{}), ElementsAre("alice <- error invalid-state"));
  room.Produce("alice", MediaKind::kAudio);
  EXPECT_THAT(room.Do("alice", ProduceOf(MediaKind::kAudio)), ElementsAre("alice <- error invalid-state"));
  room.Consume("alice", "alice", MediaKind::kAudio);
  EXPECT_THAT(room.Do("alice", ConsumeOf("alice", MediaKind::kAudio)),
              ElementsAre("alice <- error invalid-state"));
}

TEST_F(Media, TellsTheOwnerOfATransportAboutItsState) {
  const auto media = room_.meeting().MediaByParticipant();
  const MediaId transport = media.at(0).transports.at(0).media;
  const TransportStateChanged state{transport, TransportStateChanged::Ice::kConnected, {}};
  EXPECT_THAT(room_.Note(room_.meeting().Apply(state)), ElementsAre("alice << transport-state T1"));
  EXPECT_THAT(room_.Note(room_.meeting().Apply(TransportStateChanged{MediaId{12345}, {}, {}})), IsEmpty());
}

TEST_F(Media, StartsAnewAfterTheWorkerWasLost) {
  room_.Produce("alice", MediaKind::kVideo);
  room_.Consume("bob", "alice", MediaKind::kVideo);
  room_.Hold();
  room_.Do("bob", ConsumeOf("alice", MediaKind::kVideo));
  room_.Note(room_.meeting().MediaLost());
  EXPECT_THAT(room_.Fail(), ElementsAre("bob <- error not-found"));
  EXPECT_THAT(room_.Do("alice", Restart{room_.Id("T1")}), ElementsAre("alice <- error not-found"));
  // Nothing of the old media is left to be closed.
  EXPECT_THAT(room_.Leave(room_.Of("alice")), ElementsAre("bob << participant-left alice disconnected"));
}

}  // namespace
}  // namespace kcs::meeting
