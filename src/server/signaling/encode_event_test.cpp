#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "server/signaling/encode.h"

namespace kcs::signaling {
namespace {

std::string Text(const meeting::Event& event) {
  const Encoded encoded = Encode(event);
  return std::string(encoded.event) + " " + boost::json::serialize(encoded.payload);
}

TEST(EncodeEvent, WritesWhichLayersAreWanted) {
  EXPECT_EQ(Text(meeting::LayersWanted{"p", 1}),
            R"(producer-layers-wanted {"producerId":"p","maxSpatialLayer":1})");
  EXPECT_EQ(Text(meeting::LayersWanted{"p", std::nullopt}),
            R"(producer-layers-wanted {"producerId":"p","maxSpatialLayer":null})");
}

TEST(EncodeEvent, WritesWhatAReceiverGets) {
  EXPECT_EQ(
      Text(meeting::LayersChanged{"c", 2, 0, meeting::LayersReason::kPreferred}),
      R"(consumer-layers-changed {"consumerId":"c","spatialLayer":2,"temporalLayer":0,"reason":"preferred"})");
  const auto nothing = [](meeting::LayersReason reason) {
    return Text(meeting::LayersChanged{"c", std::nullopt, std::nullopt, reason});
  };
  const std::string start =
      R"(consumer-layers-changed {"consumerId":"c","spatialLayer":null,"temporalLayer":null,"reason":)";
  EXPECT_EQ(nothing(meeting::LayersReason::kBandwidth), start + R"("bandwidth"})");
  EXPECT_EQ(nothing(meeting::LayersReason::kUnavailable), start + R"("unavailable"})");
  EXPECT_EQ(nothing(meeting::LayersReason::kViewport), start + R"("viewport"})");
}

TEST(EncodeEvent, WritesScores) {
  EXPECT_EQ(Text(meeting::ProducerScore{"p", 7}), R"(producer-score {"producerId":"p","score":7})");
  EXPECT_EQ(Text(meeting::ConsumerScore{"c", 0}), R"(consumer-score {"consumerId":"c","score":0})");
}

TEST(EncodeEvent, WritesWhoSpeaks) {
  EXPECT_EQ(Text(meeting::ActiveSpeaker{"alice"}), R"(active-speaker {"participantId":"alice"})");
  EXPECT_EQ(Text(meeting::ActiveSpeaker{std::nullopt}), R"(active-speaker {"participantId":null})");
  EXPECT_EQ(Text(meeting::ParticipantLevels{{{"alice", -30}}}),
            R"(audio-levels {"levels":[{"participantId":"alice","level":-30}]})");
  EXPECT_EQ(Text(meeting::ParticipantLevels{}), R"(audio-levels {"levels":[]})");
}

TEST(EncodeEvent, WritesWhoIsAtWhichSpeakerPlace) {
  EXPECT_EQ(Text(meeting::SpeakerPlaces{{{"p", "alice"}, {"q", std::nullopt}}}),
            R"(speaker-places {"places":[{"producerId":"p","participantId":"alice"},)"
            R"({"producerId":"q","participantId":null}]})");
}

TEST(EncodeEvent, WritesQualityWithNullForWhatIsNotKnown) {
  meeting::ConnectionQuality quality{.participant_id = "alice",
                                     .quality = meeting::Quality::kGood,
                                     .score = 0.5,
                                     .rtt_ms = {},
                                     .jitter_ms = 3,
                                     .loss = 0.25,
                                     .available_bitrate = {},
                                     .upload = {},
                                     .download = meeting::Quality::kGood};
  EXPECT_EQ(Text(quality),
            R"(connection-quality {"participantId":"alice","quality":"good","score":5E-1,"rtt":null,)"
            R"("jitter":3E0,"loss":2.5E-1,"availableOutgoingBitrate":null,"upload":null,"download":"good"})");
  quality.rtt_ms = 40;
  quality.available_bitrate = 900'000;
  quality.upload = meeting::Quality::kPoor;
  const auto payload = Encode(quality).payload;
  EXPECT_EQ(payload.at("rtt").to_number<double>(), 40);
  EXPECT_EQ(payload.at("availableOutgoingBitrate").to_number<int>(), 900'000);
  EXPECT_EQ(payload.at("upload").as_string(), "poor");
}

}  // namespace
}  // namespace kcs::signaling
