#include <boost/json.hpp>

#include "server/signaling/encode.h"

namespace kcs::signaling {
namespace {

namespace json = boost::json;
using State = meeting::TransportStateChanged;

std::string_view Name(State::Ice ice) {
  switch (ice) {
    case State::Ice::kNew:
      return "new";
    case State::Ice::kConnected:
      return "connected";
    case State::Ice::kCompleted:
      return "completed";
    case State::Ice::kDisconnected:
      break;
  }
  return "disconnected";
}

std::string_view Name(State::Dtls dtls) {
  switch (dtls) {
    case State::Dtls::kNew:
      return "new";
    case State::Dtls::kConnecting:
      return "connecting";
    case State::Dtls::kConnected:
      return "connected";
    case State::Dtls::kFailed:
      return "failed";
    case State::Dtls::kClosed:
      break;
  }
  return "closed";
}

template <typename T>
json::value OrNull(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}
json::value OrNull(const std::optional<meeting::Quality>& quality) {
  return quality ? json::value(ToString(*quality)) : json::value(nullptr);
}

struct EventEncoder {
  Encoded operator()(const meeting::ParticipantJoined& e) const {
    return {"participant-joined",
            {{"participantId", e.participant_id}, {"userName", e.user_name}, {"role", ToString(e.role)}}};
  }
  Encoded operator()(const meeting::ParticipantLeft& e) const {
    return {"participant-left", {{"participantId", e.participant_id}, {"reason", ToString(e.reason)}}};
  }
  Encoded operator()(const meeting::NewProducer& e) const {
    return {"new-producer",
            {{"participantId", e.participant_id},
             {"producerId", e.producer.producer_id},
             {"kind", ortc::ToString(e.producer.kind)},
             {"source", ToString(e.producer.source)},
             {"paused", e.producer.paused}}};
  }
  Encoded operator()(const meeting::ProducerClosed& e) const {
    return {"producer-closed", Of(e.participant_id, e.producer_id, e.kind)};
  }
  Encoded operator()(const meeting::ProducerPaused& e) const {
    return {e.paused ? "producer-paused" : "producer-resumed", Of(e.participant_id, e.producer_id, e.kind)};
  }
  Encoded operator()(const meeting::ConsumerClosed& e) const {
    return {"consumer-closed",
            {{"consumerId", e.consumer_id}, {"producerId", e.producer_id}, {"reason", e.reason}}};
  }
  Encoded operator()(const meeting::HandRaised& e) const {
    return {"hand-raised",
            {{"participantId", e.participant_id},
             {"userName", e.user_name},
             {"raised", e.raised},
             {"timestamp", e.timestamp.value()}}};
  }
  Encoded operator()(const meeting::Reaction& e) const {
    return {"participant-reaction",
            {{"participantId", e.participant_id},
             {"userName", e.user_name},
             {"reaction", e.reaction},
             {"timestamp", e.timestamp.value()}}};
  }
  Encoded operator()(const meeting::MeetingEnded& e) const {
    return {"meeting-ended", {{"meetingId", e.meeting_id}, {"reason", e.reason}}};
  }
  Encoded operator()(const meeting::MediaReset& e) const {
    return {"media-reset", {{"meetingId", e.meeting_id}, {"reason", e.reason}}};
  }
  Encoded operator()(const meeting::TransportStateEvent& e) const {
    return {"transport-state",
            {{"transportId", e.transport_id}, {"ice", Name(e.state.ice)}, {"dtls", Name(e.state.dtls)}}};
  }
  Encoded operator()(const meeting::LayersWanted& e) const {
    return {"producer-layers-wanted",
            {{"producerId", e.producer_id}, {"maxSpatialLayer", OrNull(e.max_spatial_layer)}}};
  }
  Encoded operator()(const meeting::LayersChanged& e) const {
    return {"consumer-layers-changed",
            {{"consumerId", e.consumer_id},
             {"spatialLayer", OrNull(e.spatial_layer)},
             {"temporalLayer", OrNull(e.temporal_layer)},
             {"reason", ToString(e.reason)}}};
  }
  Encoded operator()(const meeting::ProducerScore& e) const {
    return {"producer-score", {{"producerId", e.producer_id}, {"score", e.score}}};
  }
  Encoded operator()(const meeting::ConsumerScore& e) const {
    return {"consumer-score", {{"consumerId", e.consumer_id}, {"score", e.score}}};
  }
  Encoded operator()(const meeting::ActiveSpeaker& e) const {
    return {"active-speaker", {{"participantId", OrNull(e.participant_id)}}};
  }
  Encoded operator()(const meeting::ParticipantLevels& e) const {
    json::array levels;
    for (const auto& level : e.levels) {
      levels.push_back({{"participantId", level.participant_id}, {"level", level.level}});
    }
    return {"audio-levels", {{"levels", std::move(levels)}}};
  }
  Encoded operator()(const meeting::ConnectionQuality& e) const {
    return {"connection-quality",
            {{"participantId", e.participant_id},
             {"quality", ToString(e.quality)},
             {"score", e.score},
             {"rtt", OrNull(e.rtt_ms)},
             {"jitter", e.jitter_ms},
             {"loss", e.loss},
             {"availableOutgoingBitrate", OrNull(e.available_bitrate)},
             {"upload", OrNull(e.upload)},
             {"download", OrNull(e.download)}}};
  }
  Encoded operator()(const meeting::SpeakerPlaces& e) const {
    json::array places;
    for (const auto& place : e.places) {
      places.push_back({{"producerId", place.producer_id}, {"participantId", OrNull(place.participant_id)}});
    }
    return {"speaker-places", {{"places", std::move(places)}}};
  }
  static json::object Of(const std::string& participant, const std::string& producer, ortc::MediaKind kind) {
    return {{"participantId", participant}, {"producerId", producer}, {"kind", ortc::ToString(kind)}};
  }
};

}  // namespace

Encoded Encode(const meeting::Event& event) { return std::visit(EventEncoder{}, event); }

}  // namespace kcs::signaling
