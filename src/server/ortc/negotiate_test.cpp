#include "server/ortc/negotiate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/ortc/capabilities.h"
#include "server/ortc/engine_view.h"
#include "server/ortc/validate.h"

namespace kcs::ortc {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const char kTwcc[] = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const char kAbsSendTime[] = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

// What Chromium sends for VP8.
RtpParameters ChromiumVideo() {
  RtpParameters out;
  out.mid = "1";
  out.codecs = {{"video/VP8",
                 96,
                 90000,
                 0,
                 {},
                 {{"goog-remb", ""}, {"transport-cc", ""}, {"ccm", "fir"}, {"nack", ""}, {"nack", "pli"}}},
                {"video/rtx", 97, 90000, 0, {{"apt", 96}}, {}}};
  out.header_extensions = {{"urn:ietf:params:rtp-hdrext:sdes:mid", 4, false},
                           {"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 10, false},
                           {kAbsSendTime, 2, false},
                           {kTwcc, 3, false},
                           {"urn:unknown", 7, false}};
  out.encodings.resize(1);
  out.encodings[0].ssrc = 1111;
  out.encodings[0].rtx_ssrc = 1112;
  out.rtcp.cname = "cname-of-sender";
  out.msid = "stream track";
  return out;
}

RtpParameters ChromiumAudio() {
  RtpParameters out;
  out.mid = "0";
  out.codecs = {{"audio/opus",
                 111,
                 48000,
                 2,
                 {{"minptime", 10}, {"useinbandfec", 1}, {"x-evil", "text"}},
                 {{"nack", ""}, {"transport-cc", ""}}}};
  out.encodings.resize(1);
  out.encodings[0].ssrc = 2222;
  return out;
}

RtpParameters ChromiumRed() {
  RtpParameters out = ChromiumAudio();
  out.codecs.insert(out.codecs.begin(), {"audio/red", 63, 48000, 2, {{"111/111", ""}}, {}});
  return out;
}

// A receiver that can do all we can.
RtpCapabilities Everything() { return RouterRtpCapabilities(); }

RtpCapabilities Without(std::string_view mime_type) {
  RtpCapabilities out = Everything();
  std::erase_if(out.codecs, [&](const auto& codec) { return codec.mime_type == mime_type; });
  return out;
}

class NegotiateTest : public ::testing::Test {
 protected:
  RtpParameters Consumable(MediaKind kind, const RtpParameters& sender) {
    const auto mapping = ProducerMapping(sender, RouterRtpCapabilities(), entropy_);
    EXPECT_TRUE(mapping) << mapping.error();
    return ConsumableParameters(kind, sender, RouterRtpCapabilities(), *mapping);
  }
  Result<RtpParameters> Consume(MediaKind kind, const RtpParameters& sender, const RtpCapabilities& receiver,
                                ConsumerOptions options = {}) {
    options.kind = kind;
    options.mid = "7";
    options.ssrc = 5000;
    return ConsumerParameters(Consumable(kind, sender), receiver, options, entropy_);
  }

  SeededEntropy entropy_{7};
};

std::vector<std::string> Names(const RtpParameters& parameters) {
  std::vector<std::string> out;
  for (const auto& codec : parameters.codecs) out.push_back(codec.mime_type);
  return out;
}

TEST_F(NegotiateTest, TranslatesTheSendersPayloadTypesIntoTheRouters) {
  const auto mapping = ProducerMapping(ChromiumVideo(), RouterRtpCapabilities(), entropy_);
  ASSERT_TRUE(mapping) << mapping.error();
  EXPECT_EQ(mapping->RouterPayloadType(96), 102);
  EXPECT_EQ(mapping->RouterPayloadType(97), 103);
  EXPECT_EQ(mapping->RouterPayloadType(98), 0);
}

TEST_F(NegotiateTest, MapsEncodingsToConsecutiveSsrcs) {
  RtpParameters sender = ChromiumVideo();
  sender.encodings.assign(3, {});
  for (std::size_t i = 0; i < 3; ++i) sender.encodings[i].rid = "r" + std::to_string(i);
  const auto mapping = ProducerMapping(sender, RouterRtpCapabilities(), entropy_);
  ASSERT_TRUE(mapping) << mapping.error();
  EXPECT_EQ(mapping->encodings[1].mapped_ssrc, mapping->encodings[0].mapped_ssrc + 1);
  EXPECT_EQ(mapping->encodings[2].mapped_ssrc, mapping->encodings[0].mapped_ssrc + 2);
  EXPECT_EQ(mapping->encodings[2].rid, "r2");
}

TEST_F(NegotiateTest, RefusesACodecThatTheRouterDoesNotHave) {
  RtpParameters sender = ChromiumVideo();
  sender.codecs = {{"video/H265", 100, 90000, 0, {}, {}}};
  const auto mapping = ProducerMapping(sender, RouterRtpCapabilities(), entropy_);
  ASSERT_FALSE(mapping);
  EXPECT_THAT(mapping.error(), HasSubstr("video/H265/90000"));
}

TEST_F(NegotiateTest, NeedsAMidForAStreamWithoutSsrcAndRid) {
  RtpParameters sender = ChromiumVideo();
  sender.encodings.clear();
  EXPECT_TRUE(ProducerMapping(sender, RouterRtpCapabilities(), entropy_));
  sender.mid.clear();
  EXPECT_FALSE(ProducerMapping(sender, RouterRtpCapabilities(), entropy_));
}

TEST_F(NegotiateTest, OffersReceiversRetransmissionEvenWhenTheSenderHasNone) {
  RtpParameters sender = ChromiumVideo();
  sender.codecs.pop_back();
  sender.encodings[0].rtx_ssrc.reset();
  EXPECT_THAT(Names(Consumable(MediaKind::kVideo, sender)), ElementsAre("video/VP8", "video/rtx"));
}

TEST_F(NegotiateTest, HidesWhatIsTheSendersOwn) {
  const RtpParameters consumable = Consumable(MediaKind::kVideo, ChromiumVideo());
  EXPECT_EQ(consumable.mid, "");
  EXPECT_FALSE(consumable.encodings[0].rtx_ssrc);
  EXPECT_NE(consumable.encodings[0].ssrc, 1111U);
  EXPECT_EQ(consumable.rtcp.cname, "cname-of-sender");
  EXPECT_EQ(consumable.msid, "stream track");
  for (const auto& extension : consumable.header_extensions) {
    EXPECT_NE(extension.uri, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id");
  }
}

TEST_F(NegotiateTest, GivesAReceiverOneStreamInTheRoutersNumbers) {
  const auto consumer = Consume(MediaKind::kVideo, ChromiumVideo(), Everything());
  ASSERT_TRUE(consumer) << consumer.error();
  EXPECT_EQ(consumer->mid, "7");
  EXPECT_EQ(consumer->codecs[0].payload_type, 102);
  EXPECT_EQ(consumer->codecs[1].payload_type, 103);
  ASSERT_EQ(consumer->encodings.size(), 1U);
  EXPECT_EQ(consumer->encodings[0].ssrc, 5000U);
  EXPECT_EQ(consumer->encodings[0].rtx_ssrc, 5001U);
  EXPECT_TRUE(ValidateRtpParameters(MediaKind::kVideo, *consumer));
}

TEST_F(NegotiateTest, IsRepeatable) {
  const auto run = [](std::uint64_t seed) {
    SeededEntropy entropy(seed);
    const auto mapping = ProducerMapping(ChromiumVideo(), RouterRtpCapabilities(), entropy);
    const auto consumable =
        ConsumableParameters(MediaKind::kVideo, ChromiumVideo(), RouterRtpCapabilities(), *mapping);
    return ConsumerParameters(consumable, Everything(), {MediaKind::kVideo, "0", 0, {}, false}, entropy)
        .value();
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1).encodings[0].ssrc, run(2).encodings[0].ssrc);
}

TEST_F(NegotiateTest, UsesOneBandwidthEstimationOnly) {
  const auto types = [](const RtpParameters& parameters) {
    std::vector<std::string> out;
    for (const auto& feedback : parameters.codecs[0].rtcp_feedback) {
      if (feedback.type == "goog-remb" || feedback.type == "transport-cc") out.push_back(feedback.type);
    }
    return out;
  };
  RtpCapabilities receiver = Everything();
  EXPECT_THAT(types(*Consume(MediaKind::kVideo, ChromiumVideo(), receiver)), ElementsAre("transport-cc"));
  std::erase_if(receiver.header_extensions, [](const auto& extension) { return extension.uri == kTwcc; });
  EXPECT_THAT(types(*Consume(MediaKind::kVideo, ChromiumVideo(), receiver)), ElementsAre("goog-remb"));
  std::erase_if(receiver.header_extensions,
                [](const auto& extension) { return extension.uri == kAbsSendTime; });
  EXPECT_THAT(types(*Consume(MediaKind::kVideo, ChromiumVideo(), receiver)), IsEmpty());
}

TEST_F(NegotiateTest, DropsExtensionsThatTheReceiverNumbersOtherwise) {
  RtpCapabilities receiver = Everything();
  for (auto& extension : receiver.header_extensions) {
    if (extension.uri == kAbsSendTime) extension.preferred_id = 12;
  }
  const auto consumer = Consume(MediaKind::kVideo, ChromiumVideo(), receiver);
  for (const auto& extension : consumer->header_extensions) {
    EXPECT_NE(extension.uri, kAbsSendTime);
  }
}

TEST_F(NegotiateTest, LeavesRetransmissionOutWhenTheReceiverHasNone) {
  const auto consumer = Consume(MediaKind::kVideo, ChromiumVideo(), Without("video/rtx"));
  ASSERT_TRUE(consumer) << consumer.error();
  EXPECT_THAT(Names(*consumer), ElementsAre("video/VP8"));
  EXPECT_FALSE(consumer->encodings[0].rtx_ssrc);
}

TEST_F(NegotiateTest, AsksAudioReceiversForNoNackUnlessToldTo) {
  const RtcpFeedback nack{"nack", ""};
  EXPECT_THAT(Consume(MediaKind::kAudio, ChromiumAudio(), Everything())->codecs[0].rtcp_feedback,
              Not(Contains(nack)));
  ConsumerOptions options;
  options.nack_without_rtx = true;
  EXPECT_THAT(Consume(MediaKind::kAudio, ChromiumAudio(), Everything(), options)->codecs[0].rtcp_feedback,
              Contains(nack));
}

TEST_F(NegotiateTest, RefusesAReceiverWithoutTheCodec) {
  EXPECT_FALSE(CanConsume(Consumable(MediaKind::kVideo, ChromiumVideo()), Without("video/VP8")));
  EXPECT_FALSE(Consume(MediaKind::kVideo, ChromiumVideo(), Without("video/VP8")));
  EXPECT_FALSE(Consume(MediaKind::kVideo, ChromiumVideo(), {}));
}

TEST_F(NegotiateTest, DescribesSimulcastToAReceiverAsItsLayers) {
  RtpParameters sender = ChromiumVideo();
  sender.encodings.assign(3, {});
  for (std::size_t i = 0; i < 3; ++i) {
    sender.encodings[i].rid = "r" + std::to_string(i);
    sender.encodings[i].scalability_mode = "L1T3";
    sender.encodings[i].max_bitrate = static_cast<std::uint32_t>(100'000 * (i + 1));
  }
  EXPECT_EQ(TypeOf(sender), StreamType::kSimulcast);
  const auto consumer = Consume(MediaKind::kVideo, sender, Everything());
  ASSERT_TRUE(consumer) << consumer.error();
  EXPECT_EQ(consumer->encodings[0].scalability_mode, "L3T3");
  EXPECT_EQ(consumer->encodings[0].max_bitrate, 300'000U);
}

TEST_F(NegotiateTest, TellsStreamTypesApart) {
  RtpParameters sender = ChromiumVideo();
  EXPECT_EQ(TypeOf(sender), StreamType::kSimple);
  sender.encodings[0].scalability_mode = "L1T1";
  EXPECT_EQ(TypeOf(sender), StreamType::kSimple);
  sender.encodings[0].scalability_mode = "L1T3";
  EXPECT_EQ(TypeOf(sender), StreamType::kSvc);
}

TEST_F(NegotiateTest, PassesOnlyKnownFormatParametersToOthers) {
  const auto consumer = Consume(MediaKind::kAudio, ChromiumAudio(), Everything());
  EXPECT_EQ(consumer->codecs[0].parameters, (CodecParameters{{"minptime", 10}, {"useinbandfec", 1}}));
}

TEST_F(NegotiateTest, NamesTheRoutersOpusInRed) {
  const auto consumer = Consume(MediaKind::kAudio, ChromiumRed(), Everything());
  ASSERT_TRUE(consumer) << consumer.error();
  EXPECT_THAT(Names(*consumer), ElementsAre("audio/red", "audio/opus"));
  EXPECT_EQ(consumer->codecs[0].parameters, (CodecParameters{{"", "100/100"}}));
}

TEST_F(NegotiateTest, RefusesRedWithoutItsOpusAndReceiversWithoutRed) {
  RtpParameters sender = ChromiumRed();
  EXPECT_FALSE(CanConsume(Consumable(MediaKind::kAudio, sender), Without("audio/red")));
  sender.codecs.pop_back();
  EXPECT_FALSE(ProducerMapping(sender, RouterRtpCapabilities(), entropy_));
}

TEST_F(NegotiateTest, TellsTheEngineWhatAProducerIs) {
  const RtpParameters sender = ChromiumVideo();
  const auto mapping = ProducerMapping(sender, RouterRtpCapabilities(), entropy_);
  const EngineProducer engine = ForEngine(MediaKind::kVideo, sender, *mapping);
  ASSERT_EQ(engine.codecs.size(), 1U);
  EXPECT_EQ(engine.codecs[0].codec, Codec::kVp8);
  EXPECT_EQ(engine.codecs[0].payload_type, 96);
  EXPECT_EQ(engine.codecs[0].rtx_payload_type, 97);
  EXPECT_EQ(engine.codecs[0].router_payload_type, 102);
  EXPECT_EQ(engine.codecs[0].router_rtx_payload_type, 103);
  EXPECT_EQ(engine.codecs[0].feedback, (EngineFeedback{true, true, true, true, false}));
  EXPECT_THAT(engine.extensions,
              ElementsAre(EngineExtension{Extension::kMid, 4}, EngineExtension{Extension::kRid, 10},
                          EngineExtension{Extension::kAbsSendTime, 2},
                          EngineExtension{Extension::kTransportWideCc, 3}));
  EXPECT_EQ(engine.encodings[0].ssrc, 1111U);
  EXPECT_EQ(engine.encodings[0].rtx_ssrc, 1112U);
}

TEST_F(NegotiateTest, TellsTheEngineWhatAConsumerIs) {
  const EngineConsumer engine = ForEngine(*Consume(MediaKind::kVideo, ChromiumVideo(), Everything()));
  EXPECT_EQ(engine.mid, "7");
  EXPECT_EQ(engine.ssrc, 5000U);
  EXPECT_EQ(engine.rtx_ssrc, 5001U);
  EXPECT_EQ(engine.cname, "cname-of-sender");
  ASSERT_EQ(engine.codecs.size(), 1U);
  EXPECT_EQ(engine.codecs[0].payload_type, 102);
  EXPECT_EQ(engine.codecs[0].rtx_payload_type, 103);
  EXPECT_EQ(engine.codecs[0].feedback, (EngineFeedback{true, true, true, true, false}));
}

}  // namespace
}  // namespace kcs::ortc
