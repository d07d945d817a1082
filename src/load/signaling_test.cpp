#include "load/signaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace kcs::load {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using wire::ExtensionType;

json::object Parse(const char* text) { return json::parse(text).as_object(); }

constexpr const char* kTransport = R"({"ok":true,"direction":"recv","params":{"id":"t1",
  "iceParameters":{"usernameFragment":"u","password":"p","iceLite":true},
  "iceCandidates":[
    {"foundation":"1","priority":9,"ip":"192.0.2.1","address":"192.0.2.1","protocol":"tcp","port":7,"type":"host","tcpType":"passive"},
    {"foundation":"2","priority":8,"ip":"192.0.2.1","address":"192.0.2.1","protocol":"udp","port":10000,"type":"host"},
    {"foundation":"3","priority":7,"ip":"::1","address":"::1","protocol":"udp","port":10001,"type":"host"}],
  "dtlsParameters":{"role":"auto","fingerprints":[{"algorithm":"sha-256","value":"AB:CD"}]}}})";

TEST(Signaling, ReadsWhereATransportIs) {
  const auto offer = ParseTransportOffer(Parse(kTransport));
  ASSERT_TRUE(offer) << offer.error();
  EXPECT_EQ(offer->id, "t1");
  EXPECT_EQ(offer->ice.username_fragment, "u");
  EXPECT_EQ(offer->ice.password, "p");
  ASSERT_EQ(offer->ice.candidates.size(), 2U);
  EXPECT_EQ(offer->ice.candidates[0].ToString(), "192.0.2.1:10000");
  EXPECT_EQ(offer->ice.candidates[1].ToString(), "[::1]:10001");
  EXPECT_EQ(offer->fingerprints.at(0).value, "AB:CD");
}

TEST(Signaling, NamesWhatIsMissingOfATransport) {
  EXPECT_THAT(ParseTransportOffer({}).error(), HasSubstr("params"));
  json::object no_udp = Parse(kTransport);
  no_udp["params"].as_object()["iceCandidates"] = json::array();
  EXPECT_THAT(ParseTransportOffer(no_udp).error(), HasSubstr("UDP"));
  json::object no_dtls = Parse(kTransport);
  no_dtls["params"].as_object().erase("dtlsParameters");
  EXPECT_THAT(ParseTransportOffer(no_dtls).error(), HasSubstr("fingerprints"));
}

TEST(Signaling, ReadsWhatAConsumerReceives) {
  const auto offer = ParseConsumer(Parse(R"({"ok":true,"id":"c1","producerId":"p1","kind":"video",
    "producerParticipantId":"alice","rtpParameters":{"mid":"0","encodings":[{"ssrc":4000000000,"rtx":{"ssrc":77}}],
    "headerExtensions":[{"uri":"urn:ietf:params:rtp-hdrext:sdes:mid","id":1},{"uri":"urn:unknown","id":9},
    {"uri":"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01","id":5}]}})"));
  ASSERT_TRUE(offer) << offer.error();
  EXPECT_EQ(offer->id, "c1");
  EXPECT_EQ(offer->producer_participant, "alice");
  EXPECT_EQ(offer->stream.kind, wire::MediaKind::kVideo);
  EXPECT_EQ(offer->stream.ssrc, wire::Ssrc(4'000'000'000U));
  EXPECT_EQ(offer->stream.rtx_ssrc, wire::Ssrc(77));
  EXPECT_EQ(offer->stream.extensions.id(ExtensionType::kTransportWideCc), 5);
  EXPECT_EQ(offer->stream.extensions.id(ExtensionType::kMid), 1);
  EXPECT_EQ(offer->stream.extensions.id(ExtensionType::kAbsSendTime), 0);
}

TEST(Signaling, RefusesAConsumerWithoutSsrc) {
  EXPECT_FALSE(ParseConsumer({}));
  EXPECT_THAT(ParseConsumer(Parse(R"({"id":"c","rtpParameters":{"encodings":[{}]}})")).error(),
              HasSubstr("ssrc"));
  EXPECT_FALSE(ParseConsumer(Parse(R"({"id":"c","rtpParameters":{"encodings":[{"ssrc":-1}]}})")));
}

TEST(Signaling, AnnouncesWhatItsPacketsThenLookLike) {
  SeededEntropy entropy(1);
  const ProducerPlan plan = PlanVideo(entropy, "cname", 3);
  ASSERT_EQ(plan.encodings.size(), 3U);
  const json::array& encodings = plan.rtp_parameters.at("encodings").as_array();
  ASSERT_EQ(encodings.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(encodings[i].at("ssrc").to_number<std::uint32_t>(), plan.encodings[i].ssrc.value());
    EXPECT_EQ(encodings[i].at("rtx").at("ssrc").to_number<std::uint32_t>(),
              plan.encodings[i].rtx_ssrc.value());
  }
  for (const json::value& extension : plan.rtp_parameters.at("headerExtensions").as_array()) {
    const auto id = extension.at("id").to_number<std::uint8_t>();
    EXPECT_NE(plan.encodings[0].extensions.type(id), ExtensionType::kUnknown);
  }
  EXPECT_EQ(PlanAudio(entropy, "cname").encodings.front().extensions.id(ExtensionType::kAudioLevel), 1);
  EXPECT_EQ(plan.encodings[0].extensions.id(ExtensionType::kAudioLevel), 0);
}

TEST(Signaling, TakesOfTheRoutersCapabilitiesWhatItKnows) {
  const json::object capabilities = ReceiveCapabilities(Parse(R"({"codecs":[
    {"kind":"audio","mimeType":"audio/opus","preferredPayloadType":100},
    {"kind":"audio","mimeType":"audio/red","preferredPayloadType":101},
    {"kind":"video","mimeType":"video/VP8","preferredPayloadType":102},
    {"kind":"video","mimeType":"video/rtx","preferredPayloadType":103,"parameters":{"apt":102}},
    {"kind":"video","mimeType":"video/VP9","preferredPayloadType":104},
    {"kind":"video","mimeType":"video/rtx","preferredPayloadType":105,"parameters":{"apt":104}}],
    "headerExtensions":[{"kind":"video","uri":"urn:3gpp:video-orientation","preferredId":9},
    {"kind":"video","uri":"urn:ietf:params:rtp-hdrext:sdes:mid","preferredId":1}]})"));
  std::vector<int> payload_types;
  for (const json::value& codec : capabilities.at("codecs").as_array())
    payload_types.push_back(codec.at("preferredPayloadType").to_number<int>());
  EXPECT_THAT(payload_types, ::testing::ElementsAre(100, 102, 103));
  EXPECT_EQ(capabilities.at("headerExtensions").as_array().size(), 1U);
}

TEST(Signaling, ReadsNewsOfProducers) {
  const auto news = ParseProducer(json::parse(R"({"participantId":"a","producerId":"p","kind":"audio"})"));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->kind, "audio");
  EXPECT_FALSE(ParseProducer(json::parse(R"({"kind":"audio"})")));
  EXPECT_FALSE(ParseProducer(json::value(nullptr)));
}

}  // namespace
}  // namespace kcs::load
