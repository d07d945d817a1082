#include "server/signaling/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/auth/password.h"
#include "server/signaling/test_hub.h"

namespace kcs::signaling {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kOpusProduce;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TestHub;
using testing::TestUser;

constexpr const char* kRoom = R"({"meetingId":"room"})";
constexpr const char* kSend = R"({"meetingId":"room","direction":"send"})";
constexpr const char* kReceive = R"({"meetingId":"room","direction":"recv"})";

std::vector<std::string> Connecting(TestHub& test, const http::Request& request, const std::string& connect) {
  socketio::testing::TestConnection connection(test.server.engine(), request);
  connection.Take();
  connection.Text(connect);
  test.runtime.RunPosted();
  return connection.Take();
}

TEST(Hub, RefusesSocketsWithoutAValidToken) {
  TestHub test;
  const auto request = socketio::testing::MakeRequest("GET", "websocket");
  const auto refused = AllOf(StartsWith(R"(44{"message":")"), HasSubstr(R"("data":{"code":"unauthorized"})"));
  EXPECT_THAT(Connecting(test, request, "40"), ElementsAre(refused));
  EXPECT_THAT(Connecting(test, request, R"(40{"token":"rubbish"})"), ElementsAre(refused));
  EXPECT_THAT(Connecting(test, request, R"(40{"token":17})"), ElementsAre(refused));
  EXPECT_THAT(Connecting(test, request, R"(40{"token":")" + TestHub::Token("alice", -3600) + "\"}"),
              ElementsAre(refused));
  EXPECT_EQ(test.hub.sockets(), 0U);
}

TEST(Hub, TakesTheTokenFromTheQueryOrTheHeaderToo) {
  TestHub test;
  auto by_query = socketio::testing::MakeRequest("GET", "websocket");
  by_query.query.Add("token", TestHub::Token("alice"));
  EXPECT_THAT(Connecting(test, by_query, "40"), ElementsAre(StartsWith(R"(40{"sid")")));
  auto by_header = socketio::testing::MakeRequest("GET", "websocket");
  by_header.headers.Add("Authorization", "Bearer " + TestHub::Token("alice"));
  EXPECT_THAT(Connecting(test, by_header, "40"), ElementsAre(StartsWith(R"(40{"sid")")));
}

TEST(Hub, LimitsTheSocketsOfOneAddress) {
  TestHub test({.sockets_per_ip = 1});
  {
    TestUser alice(test, "alice");
    const auto request = socketio::testing::MakeRequest("GET", "websocket");
    EXPECT_THAT(Connecting(test, request, R"(40{"token":")" + TestHub::Token("bob") + "\"}"),
                ElementsAre(HasSubstr(R"("code":"rate-limited")")));
    alice.Drop();
    test.runtime.RunPosted();
  }
  TestUser bob(test, "bob");
  EXPECT_EQ(test.hub.sockets(), 1U);
}

TEST(Hub, AnswersWithTheEventOfTheReferenceAndAcknowledges) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.EmitWithAck("create-transport", kSend);
  const auto got = alice.Take();
  ASSERT_THAT(got, SizeIs(2));
  const auto acknowledged = boost::json::parse(got[0].substr(4)).as_object();
  EXPECT_TRUE(acknowledged.at("ok").as_bool());
  EXPECT_EQ(acknowledged.at("direction").as_string(), "send");
  ASSERT_THAT(got[1], StartsWith("transport-created "));
  const auto params = boost::json::parse(got[1].substr(18)).at("params");
  EXPECT_EQ(params, acknowledged.at("params"));
  EXPECT_EQ(boost::json::serialize(params.at("iceParameters")),
            R"({"usernameFragment":"ufrag","password":"pwd","iceLite":true})");
  EXPECT_EQ(boost::json::serialize(params.at("iceCandidates").at(0)),
            R"({"foundation":"udpcandidate","priority":2130706431,"ip":"192.0.2.1","address":"192.0.2.1",)"
            R"("protocol":"udp","port":10000,"type":"host"})");
  EXPECT_EQ(params.at("iceCandidates").at(1).at("tcpType").as_string(), "passive");
  EXPECT_EQ(boost::json::serialize(params.at("dtlsParameters")),
            R"({"role":"auto","fingerprints":[{"algorithm":"sha-256","value":"AB:CD"}]})");
}

TEST(Hub, AnswersWithoutAnAcknowledgementToo) {
  TestHub test;
  TestUser alice(test, "alice");
  EXPECT_THAT(alice.Do("create-transport", kSend), ElementsAre(StartsWith("transport-created ")));
  EXPECT_THAT(
      alice.Do("raise-hand", R"({"meetingId":"room","raised":true})"),
      ElementsAre(R"(error {"code":"not-joined","message":"join the meeting first","event":"raise-hand"})"));
}

// The reference's client takes the next 'transport-connected' for the answer to its last 'connect-transport'.
TEST(Hub, ServesTheRequestsOfASocketOneAfterTheOther) {
  TestHub test;
  TestUser alice(test, "alice");
  test.media.hold = true;
  alice.Emit("create-transport", kSend);
  alice.Emit("create-transport", kReceive);
  alice.Emit("nonsense", "{}");
  EXPECT_THAT(alice.Take(), IsEmpty());
  EXPECT_THAT(test.media.waiting, SizeIs(1));
  test.media.AnswerOne();
  EXPECT_THAT(alice.Take(), ElementsAre(HasSubstr(R"("direction":"send")")));
  test.media.AnswerOne();
  EXPECT_THAT(alice.Take(), ElementsAre(HasSubstr(R"("direction":"recv")"), StartsWith("error ")));
}

TEST(Hub, DoesNotMakeOthersWaitForASlowRequest) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  test.media.hold = true;
  alice.Emit("create-transport", kSend);
  EXPECT_THAT(alice.Take(), IsEmpty());
  EXPECT_THAT(bob.Do("join-meeting", kRoom), ElementsAre(StartsWith("meeting-joined ")));
}

TEST(Hub, AnswersABadPayloadWithAnErrorAndKeepsTheSocket) {
  TestHub test;
  TestUser alice(test, "alice");
  EXPECT_THAT(
      alice.Do("nonsense", "{}"),
      ElementsAre(
          R"(error {"code":"invalid-payload","message":"there is no such event","event":"nonsense"})"));
  for (const char* payload :
       {"null", "17", "\"x\"", "[]", "{}", R"({"meetingId":17})", R"({"meetingId":""})"}) {
    EXPECT_EQ(alice.CodeOf("create-transport", payload), "invalid-payload") << payload;
  }
  EXPECT_TRUE(alice.is_open());
  EXPECT_EQ(alice.CodeOf("create-transport", kSend), "ok");
}

TEST(Hub, KnowsOnlyMeetingsThatWereMade) {
  TestHub test;
  TestUser alice(test, "alice");
  for (const char* event : {"join-meeting", "leave-meeting", "get-rtp-capabilities"}) {
    EXPECT_EQ(alice.CodeOf(event, R"({"meetingId":"other"})"), "not-found") << event;
  }
  EXPECT_EQ(alice.CodeOf("create-transport", R"({"meetingId":"other","direction":"send"})"), "not-found");
  EXPECT_EQ(test.meetings.size(), 0U);
}

TEST(Hub, TellsTheCapabilitiesOfARouterBeforeTheJoin) {
  TestHub test;
  TestUser alice(test, "alice");
  const auto got = alice.Do("get-rtp-capabilities", kRoom);
  ASSERT_THAT(got, ElementsAre(StartsWith("rtp-capabilities ")));
  EXPECT_EQ(boost::json::parse(got[0].substr(17)).at("rtpCapabilities").at("codecs").at(0).at("mimeType"),
            "audio/opus");
}

TEST(Hub, TellsWhoJoinsWhatTheContractSays) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  TestUser bob(test, "bob");
  const auto got = bob.Do("join-meeting", kRoom);
  ASSERT_THAT(got, ElementsAre(StartsWith("meeting-joined ")));
  boost::json::object joined = boost::json::parse(got[0].substr(15)).as_object();
  EXPECT_FALSE(joined.at("rtpCapabilities").at("codecs").as_array().empty());
  joined.erase("rtpCapabilities");
  EXPECT_EQ(
      boost::json::value(joined),
      boost::json::parse(
          R"({"meetingId":"room","participantId":"bob","role":"participant",)"
          R"("meeting":{"id":"room","meeting_title":"Team","host_id":"alice"},)"
          R"("iceServers":[{"urls":["turn:example.org"],"username":"123:bob","credential":"secret",)"
          R"("credentialType":"password"}],)"
          R"("participants":[{"participantId":"alice","userName":"alice-name","role":"host","handRaised":false,)"
          R"("joinedAt":1700000000000,"producers":[]},)"
          R"({"participantId":"bob","userName":"bob-name","role":"participant","handRaised":false,)"
          R"("joinedAt":1700000000000,"producers":[]}]})"));
  EXPECT_THAT(
      alice.Take(),
      ElementsAre(
          R"(participant-joined {"participantId":"bob","userName":"bob-name","role":"participant"})"));
}

TEST(Hub, ChecksThePasswordOfAMeeting) {
  TestHub test;
  test.AddMeeting("room").password_hash =
      *auth::HashPassword("open sesame", {.passes = 1, .memory_bytes = 1 << 16});
  TestUser alice(test, "alice");
  EXPECT_EQ(alice.CodeOf("join-meeting", kRoom), "wrong-password");
  EXPECT_EQ(alice.CodeOf("join-meeting", R"({"meetingId":"room","meeting_password":""})"), "wrong-password");
  EXPECT_EQ(alice.CodeOf("join-meeting", R"({"meetingId":"room","meeting_password":"sesame"})"),
            "wrong-password");
  EXPECT_EQ(alice.CodeOf("join-meeting", R"({"meetingId":"room","meeting_password":"open sesame"})"), "ok");
}

TEST(Hub, AnnouncesProducersWithTheirSource) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  bob.Join();
  alice.Transport("send");
  alice.Emit("produce", std::string(kOpusProduce));
  EXPECT_THAT(alice.Take(), ElementsAre(StartsWith(R"(produced {"kind":"audio","producerId":")")));
  EXPECT_THAT(bob.Take(), IsEmpty());
  alice.Join();
  EXPECT_THAT(bob.Take(),
              ElementsAre(StartsWith("participant-joined "),
                          AllOf(StartsWith(R"(new-producer {"participantId":"alice","producerId":")"),
                                HasSubstr(R"("kind":"audio","source":"microphone","paused":false)"))));
}

TEST(Hub, CarriesAConsumerFromConsumedToResumed) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  alice.Join();
  bob.Join();
  alice.Transport("send");
  alice.Do("produce", std::string(kOpusProduce));
  bob.Transport("recv");
  const auto consumed = bob.Ask(
      "consume", R"({"meetingId":"room","producerParticipantId":"alice","kind":"audio","rtpCapabilities":)" +
                     std::string(testing::kOpusCapabilities) + "}");
  ASSERT_TRUE(consumed.at("ok").as_bool()) << boost::json::serialize(consumed);
  EXPECT_EQ(consumed.at("producerParticipantId").as_string(), "alice");
  EXPECT_EQ(consumed.at("rtpParameters").at("codecs").at(0).at("payloadType"), 100);
  const std::string consumer = R"({"consumerId":")" + std::string(consumed.at("id").as_string()) + "\"}";
  EXPECT_THAT(bob.Do("resume-consumer", consumer), ElementsAre("consumer-resumed " + consumer));
  EXPECT_THAT(bob.Do("pause-consumer", consumer), ElementsAre("consumer-paused " + consumer));
  EXPECT_EQ(bob.CodeOf("request-key-frame", consumer), "ok");
  EXPECT_EQ(bob.CodeOf("close-consumer", consumer), "ok");
  EXPECT_EQ(bob.CodeOf("resume-consumer", consumer), "not-found");
}

TEST(Hub, SendsHandsAndReactionsToEverybody) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  alice.Join();
  bob.Join();
  alice.Take();
  const std::string raised =
      R"(hand-raised {"participantId":"bob","userName":"bob-name","raised":true,"timestamp":1700000000000})";
  EXPECT_THAT(bob.Do("raise-hand", R"({"meetingId":"room","raised":true})"), ElementsAre(raised));
  EXPECT_THAT(alice.Take(), ElementsAre(raised));
  bob.Do("send-reaction", R"({"meetingId":"room","reaction":"👍"})");
  EXPECT_THAT(
      alice.Take(),
      ElementsAre(
          R"(participant-reaction {"participantId":"bob","userName":"bob-name","reaction":"👍","timestamp":1700000000000})"));
}

TEST(Hub, TellsOthersWhenASocketIsLost) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  alice.Join();
  bob.Join();
  alice.Take();
  bob.Drop();
  EXPECT_THAT(alice.Take(),
              ElementsAre(R"(participant-left {"participantId":"bob","reason":"disconnected"})"));
  EXPECT_EQ(test.hub.sockets(), 1U);
}

TEST(Hub, ForgetsAMeetingThatEverybodyHasLeft) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  EXPECT_EQ(test.meetings.size(), 1U);
  EXPECT_EQ(alice.CodeOf("leave-meeting", kRoom), "ok");
  EXPECT_EQ(test.meetings.size(), 0U);
  EXPECT_EQ(alice.CodeOf("leave-meeting", kRoom), "not-joined");
  EXPECT_EQ(alice.CodeOf("join-meeting", kRoom), "ok");
}

TEST(Hub, LetsASocketBeInOneMeetingAtATime) {
  TestHub test;
  test.AddMeeting("other");
  TestUser alice(test, "alice");
  alice.Transport("send");
  EXPECT_EQ(alice.CodeOf("join-meeting", R"({"meetingId":"other"})"), "invalid-state");
  EXPECT_EQ(alice.CodeOf("create-transport", R"({"meetingId":"other","direction":"send"})"), "invalid-state");
  EXPECT_EQ(alice.CodeOf("leave-meeting", kRoom), "ok");
  EXPECT_EQ(alice.CodeOf("join-meeting", R"({"meetingId":"other"})"), "ok");
}

TEST(Hub, SurvivesASocketThatGoesInTheMiddleOfItsRequests) {
  TestHub test;
  test.AddMeeting("secret").password_hash = *auth::HashPassword("x", {.passes = 1, .memory_bytes = 1 << 16});
  test.media.hold = true;
  {
    TestUser alice(test, "alice");
    alice.Emit("create-transport", kSend);
    test.runtime.RunPosted();
    alice.Emit("create-transport", kSend);
    alice.Drop();
    TestUser bob(test, "bob");
    bob.Emit("join-meeting", R"({"meetingId":"secret","meeting_password":"x"})");
    bob.Drop();
  }
  test.runtime.RunPosted();
  ASSERT_THAT(test.media.waiting, SizeIs(1));
  test.media.AnswerOne();
  test.runtime.RunPosted();
  EXPECT_EQ(test.meetings.size(), 0U);
}

TEST(Hub, SlowsDownAFlood) {
  TestHub test({.events_per_second = 2, .burst_seconds = 2});
  TestUser alice(test, "alice");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(alice.CodeOf("get-rtp-capabilities", kRoom), "ok");
  EXPECT_EQ(alice.CodeOf("get-rtp-capabilities", kRoom), "rate-limited");
  test.runtime.Advance(500ms);
  EXPECT_EQ(alice.CodeOf("get-rtp-capabilities", kRoom), "ok");
  EXPECT_EQ(alice.CodeOf("get-rtp-capabilities", kRoom), "rate-limited");
  EXPECT_EQ(test.hub.counters().errors[meeting::ErrorCode::kRateLimited], 2U);
}

TEST(Hub, QueuesOnlySoManyRequestsOfASocket) {
  TestHub test({.max_queued_events = 2});
  TestUser alice(test, "alice");
  test.media.hold = true;
  for (int i = 0; i < 4; ++i) alice.Emit("create-transport", kSend);
  EXPECT_THAT(alice.Take(), ElementsAre(HasSubstr("rate-limited")));
}

TEST(Hub, SaysWhenNoWorkerIsThere) {
  TestHub test;
  test.media.broken = true;
  TestUser alice(test, "alice");
  EXPECT_EQ(alice.CodeOf("create-transport", kSend), "unavailable");
  test.media.broken = false;
  EXPECT_EQ(alice.CodeOf("create-transport", kSend), "ok");
}

TEST(Hub, TellsParticipantsWhenTheirWorkerDies) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  const std::string transport = alice.Transport("send");
  const auto router = test.meetings.Find("room")->router();
  test.media.listener->OnRouterLost(*router);
  EXPECT_THAT(alice.Take(), ElementsAre(R"(media-reset {"meetingId":"room","reason":"worker-died"})"));
  EXPECT_EQ(alice.CodeOf("restart-ice", R"({"transportId":")" + transport + "\"}"), "not-found");
  EXPECT_EQ(alice.CodeOf("create-transport", kSend), "ok");
  EXPECT_NE(test.meetings.Find("room")->router(), router);
}

TEST(Hub, PassesTheStateOfATransportToItsOwner) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  const std::string id = alice.Transport("send");
  const auto media = test.meetings.Find("room")->MediaByParticipant().at(0).transports.at(0).media;
  using State = meeting::TransportStateChanged;
  test.media.listener->OnNotice(State{media, State::Ice::kCompleted, State::Dtls::kConnected});
  EXPECT_THAT(alice.Take(), ElementsAre(R"(transport-state {"transportId":")" + id +
                                        R"(","ice":"completed","dtls":"connected"})"));
}

TEST(Hub, PassesWhatConcernsARouterToEverybodyInItsMeeting) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  alice.Join();
  bob.Join();
  alice.Transport("send");
  alice.Do("produce", std::string(kOpusProduce));
  bob.Take();
  const auto media = test.meetings.Find("room")->MediaByParticipant().at(0).producers.at(0).media;
  const meeting::MediaId router = meeting::RouterOf(media);
  test.media.listener->OnNotice(meeting::ActiveSpeakerChanged{router, media});
  test.media.listener->OnNotice(meeting::AudioLevels{router, {{media, 30}}});
  EXPECT_THAT(bob.Take(), ElementsAre(R"(active-speaker {"participantId":"alice"})",
                                      R"(audio-levels {"levels":[{"participantId":"alice","level":-30}]})"));
}

TEST(Hub, AcknowledgesWhatAReceiverShows) {
  TestHub test;
  TestUser alice(test, "alice");
  EXPECT_EQ(alice.CodeOf("set-viewport", R"({"consumers":[]})"), "not-found");
  alice.Join();
  EXPECT_EQ(alice.CodeOf("set-viewport", R"({"consumers":[]})"), "ok");
  EXPECT_EQ(alice.CodeOf("set-audio-only", R"({"meetingId":"room","enabled":true})"), "ok");
  EXPECT_EQ(alice.CodeOf("set-consumer-priority", R"({"consumerId":"c","priority":3})"), "not-found");
}

TEST(Hub, AnswersAParticipantWithTheStatisticsOfItsOwnMedia) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  EXPECT_EQ(bob.CodeOf("get-stats", kRoom), "not-joined");
  alice.Join();
  bob.Join();
  alice.Transport("send");
  const std::string id = bob.Transport("send");
  bob.Do("produce", std::string(kOpusProduce));
  const auto media = test.meetings.Find("room")->MediaByParticipant().at(1);
  meeting::TransportStats transport;
  transport.transport = media.transports.at(0).media;
  transport.bitrate_in = 32'000;
  transport.rtt_ms = 21;
  meeting::StreamStats stream;
  stream.media = media.producers.at(0).media;
  stream.bitrate = 32'000;
  stream.jitter_ms = 2;
  stream.score = 9;
  test.media.stats = meeting::RouterStats{{transport}, {stream}, {}};

  bob.EmitWithAck("get-stats", kRoom);
  const auto got = bob.Take();
  ASSERT_THAT(got, ElementsAre(StartsWith("ack "), StartsWith("stats ")));
  ASSERT_THAT(test.media.queries, SizeIs(1));
  EXPECT_THAT(test.media.queries[0].transports, ElementsAre(transport.transport));
  const auto stats = boost::json::parse(got[1].substr(6)).as_object();
  EXPECT_EQ(boost::json::parse(got[0].substr(4)).at("participantStats"), stats.at("participantStats"));
  EXPECT_EQ(stats.at("meetingId").as_string(), "room");
  EXPECT_EQ(stats.at("participants"), 2);
  EXPECT_EQ(stats.at("bandwidth").at("incoming"), 32'000);
  ASSERT_EQ(stats.at("participantStats").as_array().size(), 1U);
  const auto& own = stats.at("participantStats").at(0);
  EXPECT_EQ(own.at("participantId").as_string(), "bob");
  EXPECT_EQ(own.at("transports").at(0).at("id").as_string(), id);
  EXPECT_EQ(own.at("transports").at(0).at("rtt"), 21.0);
  EXPECT_EQ(own.at("producers").at(0).at("jitter"), 2.0);
  EXPECT_EQ(own.at("producers").at(0).at("score"), 9);
}

TEST(Hub, AnswersARequestForStatisticsAlsoWhenTheWorkerIsGone) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  alice.Transport("send");
  test.media.stats = Fail(meeting::Error{meeting::ErrorCode::kUnavailable, "gone"});
  EXPECT_EQ(alice.CodeOf("get-stats", kRoom), "unavailable");
  EXPECT_EQ(alice.CodeOf("get-stats", kRoom), "rate-limited");
  test.runtime.Advance(1s);
  EXPECT_EQ(alice.CodeOf("get-stats", kRoom), "unavailable");
}

TEST(Hub, EndsAMeetingForEverybody) {
  TestHub test;
  TestUser alice(test, "alice");
  TestUser bob(test, "bob");
  alice.Join();
  bob.Join();
  alice.Take();
  test.directory.records.erase("room");
  test.hub.EndMeeting("room", "deleted");
  EXPECT_THAT(alice.Take(), ElementsAre(R"(meeting-ended {"meetingId":"room","reason":"deleted"})"));
  EXPECT_THAT(bob.Take(), SizeIs(1));
  EXPECT_EQ(alice.CodeOf("raise-hand", R"({"meetingId":"room","raised":true})"), "not-found");
  EXPECT_EQ(test.meetings.size(), 0U);
}

TEST(Hub, CountsRequestsByEvent) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  alice.Do("nonsense-1", "{}");
  alice.Do("nonsense-2", "{}");
  EXPECT_EQ(test.hub.counters().requests.at("join-meeting"), 1U);
  EXPECT_EQ(test.hub.counters().requests.at("other"), 2U);
  EXPECT_EQ(test.hub.counters().errors[meeting::ErrorCode::kInvalidPayload], 2U);
}

}  // namespace
}  // namespace kcs::signaling
