#include "server/signaling/event_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

namespace kcs::signaling {
namespace {

namespace json = boost::json;
using ::testing::StartsWith;

Result<ParsedEvent, meeting::Error> Parse(std::string_view event, const std::string& payload) {
  return ParseEvent(event, json::parse(payload));
}

// Why a payload is refused.
std::string FaultOf(std::string_view event, const std::string& payload) {
  const auto parsed = Parse(event, payload);
  if (parsed) return "(accepted)";
  EXPECT_EQ(parsed.error().code, meeting::ErrorCode::kInvalidPayload);
  return parsed.error().message;
}

template <typename Body>
Body BodyOf(std::string_view event, const std::string& payload) {
  const auto parsed = Parse(event, payload);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return std::get<Body>(std::get<meeting::Request::Body>(parsed->action));
}

TEST(EventParser, RefusesWhatIsNoObjectOrNoEvent) {
  EXPECT_EQ(FaultOf("raise-hand", "[]"), "the payload is not an object");
  EXPECT_EQ(FaultOf("raise-hand", "null"), "the payload is not an object");
  EXPECT_EQ(FaultOf("constructor", "{}"), "there is no such event");
}

TEST(EventParser, ReadsCreateTransport) {
  const std::string send = R"({"meetingId":"m","direction":"send","unknown":[1]})";
  EXPECT_EQ(Parse("create-transport", send)->meeting_id, "m");
  EXPECT_EQ(BodyOf<meeting::AddTransport>("create-transport", send).direction, meeting::Direction::kSend);
  EXPECT_EQ(FaultOf("create-transport", R"({"meetingId":"m","direction":"both"})"),
            "direction: not \"send\" or \"recv\"");
  EXPECT_EQ(FaultOf("create-transport", R"({"direction":"send"})"), "meetingId: missing");
  EXPECT_EQ(
      FaultOf("create-transport", R"({"meetingId":")" + std::string(101, 'x') + R"(","direction":"send"})"),
      "meetingId: not 1 to 100 characters long");
}

TEST(EventParser, ReadsConnectTransport) {
  const auto connect = BodyOf<meeting::Connect>(
      "connect-transport",
      R"({"transportId":"t","dtlsParameters":{"role":"client","fingerprints":[{"algorithm":"sha-256","value":"AB"}]}})");
  EXPECT_EQ(connect.transport_id, "t");
  EXPECT_EQ(connect.role, meeting::DtlsRole::kClient);
  ASSERT_EQ(connect.fingerprints.size(), 1U);
  EXPECT_EQ(connect.fingerprints[0].value, "AB");
}

TEST(EventParser, RefusesOtherDtlsParameters) {
  const auto fault = [](const std::string& dtls) {
    return FaultOf("connect-transport", R"({"transportId":"t","dtlsParameters":)" + dtls + "}");
  };
  EXPECT_EQ(fault("17"), "dtlsParameters: not an object");
  EXPECT_THAT(fault("{}"), StartsWith("dtlsParameters: fingerprints: "));
  EXPECT_THAT(fault(R"({"fingerprints":[]})"),
              StartsWith("dtlsParameters: fingerprints: not a list of 1 to 8"));
  EXPECT_THAT(fault(R"({"fingerprints":[1]})"), StartsWith("dtlsParameters: fingerprints: not an object"));
  EXPECT_THAT(fault(R"({"role":"x","fingerprints":[{"algorithm":"sha-256","value":"A"}]})"),
              StartsWith("dtlsParameters: role"));
  EXPECT_THAT(
      fault(R"({"fingerprints":[{"algorithm":"sha-256","value":")" + std::string(201, 'A') + R"("}]})"),
      StartsWith("dtlsParameters: fingerprints: value"));
}

TEST(EventParser, ReadsProduce) {
  const auto produce = BodyOf<meeting::Produce>(
      "produce",
      R"({"meetingId":"m","kind":"video","source":"screen","paused":true,"transportId":"t","rtpParameters":)"
      R"({"codecs":[{"mimeType":"video/VP8","payloadType":96,"clockRate":90000}],"encodings":[{"ssrc":1}]}})");
  EXPECT_EQ(produce.kind, ortc::MediaKind::kVideo);
  EXPECT_EQ(produce.source, meeting::Source::kScreen);
  EXPECT_TRUE(produce.paused);
  EXPECT_EQ(produce.transport_id, "t");
  EXPECT_EQ(produce.rtp_parameters.codecs.at(0).payload_type, 96);
  EXPECT_THAT(FaultOf("produce", R"({"meetingId":"m","kind":"text","rtpParameters":{}})"),
              StartsWith("kind: "));
  EXPECT_THAT(FaultOf("produce", R"({"meetingId":"m","kind":"audio","source":"lips","rtpParameters":{}})"),
              StartsWith("source: "));
  EXPECT_THAT(FaultOf("produce", R"({"meetingId":"m","kind":"audio","rtpParameters":{"codecs":7}})"),
              StartsWith("rtpParameters: codecs"));
  EXPECT_EQ(FaultOf("produce", R"({"meetingId":"m","kind":"audio"})"), "rtpParameters: missing");
}

TEST(EventParser, ReadsConsume) {
  const auto consume = BodyOf<meeting::Consume>(
      "consume",
      R"({"meetingId":"m","producerParticipantId":"p","kind":"audio","rtpCapabilities":{"codecs":[]}})");
  EXPECT_EQ(consume.participant_id, "p");
  EXPECT_TRUE(consume.paused);
  EXPECT_FALSE(consume.producer_id.has_value());
  const auto place = BodyOf<meeting::Consume>(
      "consume", R"({"meetingId":"m","producerId":"s","kind":"audio","rtpCapabilities":{"codecs":[]}})");
  EXPECT_EQ(place.participant_id, "") << "a speaker place is nobody's";
  EXPECT_THAT(FaultOf("consume", R"({"meetingId":"m","kind":"audio","rtpCapabilities":{"codecs":[]}})"),
              testing::HasSubstr("producerParticipantId"));
  EXPECT_THAT(FaultOf("consume", R"({"meetingId":"m","producerParticipantId":"p","kind":"audio"})"),
              StartsWith("rtpCapabilities: missing"));
}

TEST(EventParser, ReadsJoinMeeting) {
  const auto join = [](const std::string& payload) {
    return std::get<JoinRoom>(Parse("join-meeting", payload)->action);
  };
  EXPECT_FALSE(join(R"({"meetingId":"m"})").password.has_value());
  EXPECT_FALSE(join(R"({"meetingId":"m","meeting_password":null})").password.has_value());
  EXPECT_FALSE(join(R"({"meetingId":"m","meeting_password":""})").password.has_value());
  EXPECT_EQ(join(R"({"meetingId":"m","meeting_password":"x","resume":true})").password, "x");
  EXPECT_TRUE(join(R"({"meetingId":"m","resume":true})").resume);
  EXPECT_EQ(FaultOf("join-meeting", R"({"meetingId":"m","meeting_password":17})"),
            "meeting_password: not a string");
}

TEST(EventParser, CountsTheCharactersOfAReactionNotItsBytes) {
  const auto reaction = [](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += "👍";
    return R"({"meetingId":"m","reaction":")" + text + "\"}";
  };
  EXPECT_EQ(FaultOf("send-reaction", reaction(32)), "(accepted)");
  EXPECT_EQ(FaultOf("send-reaction", reaction(33)), "reaction: not 1 to 32 characters long");
  EXPECT_EQ(FaultOf("send-reaction", reaction(0)), "reaction: not 1 to 32 characters long");
}

TEST(EventParser, ReadsLayers) {
  const auto layers = BodyOf<meeting::ChangeConsumer>(
      "set-preferred-layers", R"({"consumerId":"c","spatialLayer":2,"temporalLayer":1})");
  EXPECT_EQ(layers.spatial_layer, 2U);
  EXPECT_EQ(layers.temporal_layer, 1U);
  for (const char* wrong : {"-1", "8", "1.5", "\"1\"", "1e300"}) {
    EXPECT_EQ(
        FaultOf("set-preferred-layers", R"({"consumerId":"c","spatialLayer":)" + std::string(wrong) + "}"),
        "spatialLayer: not an integer from 0 to 7")
        << wrong;
  }
}

TEST(EventParser, ReadsPriorities) {
  EXPECT_EQ(BodyOf<meeting::ChangeConsumer>("set-consumer-priority", R"({"consumerId":"c","priority":255})")
                .priority,
            255U);
  EXPECT_EQ(FaultOf("set-consumer-priority", R"({"consumerId":"c","priority":0})"),
            "priority: not an integer from 1 to 255");
  EXPECT_EQ(FaultOf("set-consumer-priority", R"({"consumerId":"c"})"), "priority: missing");
}

TEST(EventParser, ReadsViewports) {
  const auto request = BodyOf<meeting::SetViewports>(
      "set-viewport", R"({"consumers":[{"consumerId":"a","width":640,"height":360,"visible":true},)"
                      R"({"consumerId":"b","width":0,"height":0,"visible":false}]})");
  ASSERT_EQ(request.consumers.size(), 2U);
  EXPECT_EQ(request.consumers[0].consumer_id, "a");
  EXPECT_EQ(request.consumers[0].viewport, (meeting::Viewport{640, 360, true}));
  EXPECT_EQ(request.consumers[1].viewport, (meeting::Viewport{0, 0, false}));
  EXPECT_TRUE(BodyOf<meeting::SetViewports>("set-viewport", R"({"consumers":[]})").consumers.empty());
  EXPECT_EQ(FaultOf("set-viewport", "{}"), "consumers: missing");
  EXPECT_EQ(FaultOf("set-viewport", R"({"consumers":7})"), "consumers: not a list of at most 1000");
  EXPECT_EQ(FaultOf("set-viewport", R"({"consumers":[7]})"), "consumers: not an object");
  EXPECT_EQ(
      FaultOf("set-viewport", R"({"consumers":[{"consumerId":"a","width":-1,"height":0,"visible":true}]})"),
      "consumers: width: not an integer from 0 to 16384");
  std::string many = "{\"consumers\":[1";
  for (int i = 0; i < 1000; ++i) many += ",1";
  EXPECT_EQ(FaultOf("set-viewport", many + "]}"), "consumers: not a list of at most 1000");
}

TEST(EventParser, ReadsAudioOnly) {
  EXPECT_TRUE(BodyOf<meeting::SetAudioOnly>("set-audio-only", R"({"meetingId":"m","enabled":true})").enabled);
  EXPECT_EQ(FaultOf("set-audio-only", R"({"meetingId":"m"})"), "enabled: missing");
  EXPECT_EQ(FaultOf("set-audio-only", R"({"enabled":true})"), "meetingId: missing");
}

TEST(EventParser, ReadsWhoseStatisticsAreAskedFor) {
  EXPECT_EQ(Parse("get-stats", R"({"meetingId":"m"})")->meeting_id, "m");
  EXPECT_FALSE(BodyOf<meeting::GetStats>("get-stats", R"({"meetingId":"m"})").participant_id.has_value());
  EXPECT_EQ(
      BodyOf<meeting::GetStats>("get-stats", R"({"meetingId":"m","participantId":"bob"})").participant_id,
      "bob");
  EXPECT_EQ(FaultOf("get-stats", "{}"), "meetingId: missing");
  EXPECT_EQ(FaultOf("get-stats", R"({"meetingId":"m","participantId":7})"), "participantId: not a string");
  EXPECT_EQ(FaultOf("get-stats", R"({"meetingId":"m","participantId":")" + std::string(129, 'x') + "\"}"),
            "participantId: not 1 to 128 characters long");
}

TEST(EventParser, ReadsEventsThatNameAnObject) {
  using Producer = meeting::ProducerCommand::Action;
  using Consumer = meeting::ConsumerCommand::Action;
  EXPECT_EQ(BodyOf<meeting::ChangeProducer>("pause-producer", R"({"producerId":"p"})").action,
            Producer::kPause);
  EXPECT_EQ(BodyOf<meeting::ChangeProducer>("resume-producer", R"({"producerId":"p"})").action,
            Producer::kResume);
  EXPECT_EQ(BodyOf<meeting::ChangeProducer>("close-producer", R"({"producerId":"p"})").producer_id, "p");
  EXPECT_EQ(BodyOf<meeting::ChangeConsumer>("pause-consumer", R"({"consumerId":"c"})").action,
            Consumer::kPause);
  EXPECT_EQ(BodyOf<meeting::ChangeConsumer>("close-consumer", R"({"consumerId":"c"})").consumer_id, "c");
  EXPECT_EQ(BodyOf<meeting::Restart>("restart-ice", R"({"transportId":"t"})").transport_id, "t");
  EXPECT_EQ(FaultOf("pause-consumer", "{}"), "consumerId: missing");
}

}  // namespace
}  // namespace kcs::signaling
