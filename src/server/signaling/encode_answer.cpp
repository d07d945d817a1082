#include <boost/json.hpp>

#include "server/ortc/capabilities.h"
#include "server/ortc/json.h"
#include "server/signaling/encode.h"
#include "server/stats/live_stats.h"
#include "server/turn/ice_servers_json.h"

namespace kcs::signaling {
namespace {

namespace json = boost::json;

json::object Ice(const meeting::IceParameters& ice) {
  return {{"usernameFragment", ice.username_fragment}, {"password", ice.password}, {"iceLite", true}};
}

json::array Candidates(const std::vector<meeting::IceCandidate>& candidates) {
  json::array list;
  for (const meeting::IceCandidate& candidate : candidates) {
    // Old clients read `ip`, current ones `address`.
    json::object item{{"foundation", candidate.foundation},
                      {"priority", candidate.priority},
                      {"ip", candidate.ip},
                      {"address", candidate.ip},
                      {"protocol", candidate.protocol},
                      {"port", candidate.port},
                      {"type", "host"}};
    if (!candidate.tcp_type.empty()) item["tcpType"] = candidate.tcp_type;
    list.push_back(std::move(item));
  }
  return list;
}

json::array Fingerprints(const std::vector<meeting::Fingerprint>& fingerprints) {
  json::array list;
  for (const meeting::Fingerprint& fingerprint : fingerprints) {
    list.push_back({{"algorithm", fingerprint.algorithm}, {"value", fingerprint.value}});
  }
  return list;
}

json::array Participants(const std::vector<meeting::ParticipantInfo>& participants,
                         const json::storage_ptr& memory) {
  json::array list(memory);
  list.reserve(participants.size());
  for (const meeting::ParticipantInfo& participant : participants) {
    json::array producers(memory);
    for (const meeting::ProducerInfo& producer : participant.producers) {
      producers.emplace_back(json::object({{"producerId", producer.producer_id},
                                           {"kind", ortc::ToString(producer.kind)},
                                           {"source", ToString(producer.source)},
                                           {"paused", producer.paused}},
                                          memory));
    }
    json::object& item = list.emplace_back(json::value(json::object_kind, memory)).get_object();
    item.reserve(6);
    item.emplace("participantId", participant.participant_id);
    item.emplace("userName", participant.user_name);
    item.emplace("role", ToString(participant.role));
    item.emplace("handRaised", participant.hand_raised);
    item.emplace("joinedAt", participant.joined_at.value());
    item.emplace("producers", std::move(producers));
  }
  return list;
}

std::string_view EventOf(meeting::ConsumerCommand::Action action) {
  if (action == meeting::ConsumerCommand::Action::kResume) return "consumer-resumed";
  if (action == meeting::ConsumerCommand::Action::kPause) return "consumer-paused";
  return {};
}

struct AnswerEncoder {
  const std::vector<turn::IceServer>& ice_servers;
  const json::storage_ptr& memory;

  Encoded operator()(const meeting::TransportAdded& a) const {
    return {
        "transport-created",
        {{"direction", a.direction == meeting::Direction::kSend ? "send" : "recv"},
         {"params",
          {{"id", a.transport_id},
           {"iceParameters", Ice(a.offer.ice)},
           {"iceCandidates", Candidates(a.offer.candidates)},
           {"dtlsParameters", {{"role", "auto"}, {"fingerprints", Fingerprints(a.offer.fingerprints)}}}}}}};
  }
  Encoded operator()(const meeting::TransportConnected& a) const {
    return {"transport-connected", {{"transportId", a.transport_id}}};
  }
  Encoded operator()(const meeting::IceRestarted& a) const {
    return {"ice-restarted", {{"transportId", a.transport_id}, {"iceParameters", Ice(a.ice)}}};
  }
  Encoded operator()(const meeting::Produced& a) const {
    return {"produced", {{"kind", ortc::ToString(a.kind)}, {"producerId", a.producer_id}}};
  }
  Encoded operator()(const meeting::ProducerChanged& a) const {
    return {{}, {{"producerId", a.producer_id}}};
  }
  Encoded operator()(const meeting::Consumed& a) const {
    return {
        "consumed",
        {{"id", a.consumer_id},
         {"producerId", a.producer_id},
         {"kind", ortc::ToString(a.kind)},
         {"rtpParameters", ortc::ToJson(a.rtp_parameters)},
         {"producerParticipantId", a.participant_id ? json::value(*a.participant_id) : json::value(nullptr)},
         {"source", ToString(a.source)},
         {"type", ortc::ToString(a.type)},
         {"paused", a.paused},
         {"producerPaused", a.producer_paused}}};
  }
  Encoded operator()(const meeting::ConsumerChanged& a) const {
    return {EventOf(a.action), {{"consumerId", a.consumer_id}}};
  }
  Encoded operator()(const meeting::Joined& a) const {
    json::object joined(
        {{"meetingId", a.meeting_id},
         {"participantId", a.participant_id},
         {"role", ToString(a.role)},
         {"meeting", {{"id", a.meeting_id}, {"meeting_title", a.title}, {"host_id", a.host_id}}},
         {"rtpCapabilities", ortc::ToJson(ortc::RouterRtpCapabilities())},
         {"iceServers", turn::ToJson(ice_servers)}},
        memory);
    joined.emplace("participants", Participants(a.participants, memory));
    if (!a.speaker_places.empty()) joined["speakerPlaces"] = json::value_from(a.speaker_places);
    return {"meeting-joined", std::move(joined)};
  }
  Encoded operator()(const meeting::StatsRead& a) const {
    json::object payload{{"meetingId", a.meeting_id}};
    for (auto& field : stats::LiveStats(a.census, {a.of}, a.stats)) payload.insert(field);
    payload["participantStats"] = stats::ParticipantStats({a.of}, a.stats);
    return {"stats", std::move(payload)};
  }
  Encoded operator()(const meeting::Done&) const { return {}; }
};

}  // namespace

Encoded Encode(const meeting::Reply::Answer& answer, const std::vector<turn::IceServer>& ice_servers,
               json::storage_ptr memory) {
  return std::visit(AnswerEncoder{ice_servers, memory}, answer);
}

}  // namespace kcs::signaling
