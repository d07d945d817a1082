#include "server/meeting/test_room.h"

#include <gtest/gtest.h>

#include <functional>

#include "server/ortc/capabilities.h"

// The helper of this room's tests; compiled with them, not with the library.
namespace kcs::meeting {
namespace {

std::string Kind(ortc::MediaKind kind) { return ortc::ToString(kind); }

struct CommandName {
  std::string operator()(const OpenRouter& c) const {
    return "open-router" +
           (c.speaker_places.empty() ? "" : " places " + std::to_string(c.speaker_places.size()));
  }
  std::string operator()(const CloseRouter&) const { return "close-router"; }
  std::string operator()(const CreateTransport&) const { return "create-transport"; }
  std::string operator()(const ConnectTransport&) const { return "connect-transport"; }
  std::string operator()(const RestartIce&) const { return "restart-ice"; }
  std::string operator()(const CloseTransport&) const { return "close-transport"; }
  std::string operator()(const CreateProducer& c) const {
    return std::string("create-producer") + (c.paused ? " paused" : "") + (c.screen ? " screen" : "") +
           (c.waiting ? " waiting" : "");
  }
  std::string operator()(const ProducerCommand& c) const {
    constexpr const char* kNames[] = {"pause", "resume", "close", "key-frame", "admit"};
    return std::string(kNames[static_cast<int>(c.action)]) + "-producer";
  }
  std::string operator()(const CreateConsumer& c) const {
    return std::string("create-consumer") + (c.paused ? " paused" : "");
  }
  std::string operator()(const ConsumerCommand& c) const {
    constexpr const char* kNames[] = {"pause",  "resume",   "close",   "key-frame",
                                      "layers", "priority", "viewport"};
    std::string name = std::string(kNames[static_cast<int>(c.action)]) + "-consumer";
    if (c.action == ConsumerCommand::Action::kSetPreferredLayers) {
      name += " " + std::to_string(c.spatial_layer) + "/" + std::to_string(c.temporal_layer);
    }
    if (c.action == ConsumerCommand::Action::kSetPriority) name += " " + std::to_string(c.priority);
    if (c.action == ConsumerCommand::Action::kSetViewport) {
      name += " " + std::to_string(c.viewport.width) + "x" + std::to_string(c.viewport.height) +
              (c.viewport.visible ? "" : " hidden");
    }
    return name;
  }
};

// The short name of an id of that kind.
using Names = std::function<std::string(char, const std::string&)>;

struct EventText {
  const Names& names;
  std::string operator()(const ParticipantJoined& e) const {
    return "participant-joined " + e.participant_id + " " + std::string(ToString(e.role));
  }
  std::string operator()(const ParticipantLeft& e) const {
    return "participant-left " + e.participant_id + " " + std::string(ToString(e.reason));
  }
  std::string operator()(const NewProducer& e) const {
    return "new-producer " + e.participant_id + " " + names('P', e.producer.producer_id) + " " +
           std::string(ToString(e.producer.source)) + (e.producer.paused ? " paused" : "");
  }
  std::string operator()(const ProducerClosed& e) const {
    return "producer-closed " + e.participant_id + " " + names('P', e.producer_id) + " " + Kind(e.kind);
  }
  std::string operator()(const ProducerPaused& e) const {
    return std::string(e.paused ? "producer-paused " : "producer-resumed ") + e.participant_id + " " +
           names('P', e.producer_id);
  }
  std::string operator()(const ConsumerClosed& e) const {
    return "consumer-closed " + names('C', e.consumer_id) + " of " + names('P', e.producer_id) + " " +
           e.reason;
  }
  std::string operator()(const HandRaised& e) const {
    return "hand-raised " + e.participant_id + " " + e.user_name + (e.raised ? " up " : " down ") +
           std::to_string(e.timestamp.value());
  }
  std::string operator()(const Reaction& e) const {
    return "reaction " + e.participant_id + " " + e.user_name + " " + e.reaction + " " +
           std::to_string(e.timestamp.value());
  }
  std::string operator()(const MeetingEnded& e) const {
    return "meeting-ended " + e.meeting_id + " " + e.reason;
  }
  std::string operator()(const MediaReset& e) const { return "media-reset " + e.meeting_id + " " + e.reason; }
  std::string operator()(const TransportStateEvent& e) const {
    return "transport-state " + names('T', e.transport_id);
  }
  std::string operator()(const LayersWanted& e) const {
    return "layers-wanted " + names('P', e.producer_id) + " " +
           (e.max_spatial_layer ? std::to_string(*e.max_spatial_layer) : "none");
  }
  std::string operator()(const LayersChanged& e) const {
    return "layers-changed " + names('C', e.consumer_id) + " " +
           (e.spatial_layer ? std::to_string(*e.spatial_layer) + "/" + std::to_string(*e.temporal_layer)
                            : "none") +
           " " + std::to_string(static_cast<int>(e.reason));
  }
  std::string operator()(const ProducerScore& e) const {
    return "producer-score " + names('P', e.producer_id) + " " + std::to_string(e.score);
  }
  std::string operator()(const ConsumerScore& e) const {
    return "consumer-score " + names('C', e.consumer_id) + " " + std::to_string(e.score);
  }
  std::string operator()(const ActiveSpeaker& e) const {
    return "active-speaker " + e.participant_id.value_or("nobody");
  }
  std::string operator()(const ParticipantLevels& e) const {
    std::string text = "audio-levels";
    for (const auto& level : e.levels) {
      text += " " + level.participant_id + " " + std::to_string(level.level);
    }
    return text;
  }
  std::string operator()(const ConnectionQuality& e) const {
    return "connection-quality " + e.participant_id + " " + std::string(ToString(e.quality));
  }
  std::string operator()(const SpeakerPlaces& e) const {
    std::string text = "speaker-places";
    for (const auto& place : e.places) {
      text += " " + names('P', place.producer_id) + "=" + place.participant_id.value_or("nobody");
    }
    return text;
  }
};

struct AnswerText {
  const Names& names;
  std::string operator()(const TransportAdded& a) const {
    return std::string("transport-created ") + (a.direction == Direction::kSend ? "send " : "recv ") +
           names('T', a.transport_id);
  }
  std::string operator()(const TransportConnected& a) const {
    return "transport-connected " + names('T', a.transport_id);
  }
  std::string operator()(const IceRestarted& a) const {
    return "ice-restarted " + names('T', a.transport_id) + " " + a.ice.username_fragment;
  }
  std::string operator()(const Produced& a) const {
    return "produced " + names('P', a.producer_id) + " " + Kind(a.kind);
  }
  std::string operator()(const ProducerChanged& a) const {
    return "producer-changed " + names('P', a.producer_id);
  }
  std::string operator()(const Consumed& a) const {
    return "consumed " + names('C', a.consumer_id) + " of " + a.participant_id.value_or("nobody") + "'s " +
           names('P', a.producer_id) + " " + std::string(ToString(a.source)) + (a.paused ? " paused" : "") +
           (a.producer_paused ? " producer-paused" : "");
  }
  std::string operator()(const ConsumerChanged& a) const {
    return "consumer-changed " + names('C', a.consumer_id);
  }
  std::string operator()(const Joined& a) const {
    std::string text = "meeting-joined " + a.participant_id + " " + std::string(ToString(a.role)) + ":";
    for (const ParticipantInfo& participant : a.participants) {
      text += " " + participant.participant_id;
      if (participant.hand_raised) text += "(hand)";
      for (const ProducerInfo& producer : participant.producers)
        text += "+" + names('P', producer.producer_id);
    }
    for (const std::string& place : a.speaker_places) text += " place " + names('P', place);
    return text;
  }
  std::string operator()(const StatsRead& a) const {
    std::string text = "stats of " + a.of.participant_id;
    for (const auto& transport : a.of.transports) text += " " + names('T', transport.id);
    for (const auto& producer : a.of.producers) text += " " + names('P', producer.id);
    for (const auto& consumer : a.of.consumers) text += " " + names('C', consumer.id);
    return text + ": " + std::to_string(a.stats.transports.size());
  }
  std::string operator()(const Done&) const { return "done"; }
};

}  // namespace

TestRoom::TestRoom(MeetingRecord record, Limits limits)
    : meeting_(std::move(record), limits, ids_, entropy_) {}

MeetingRecord TestRoom::Record() {
  MeetingRecord record;
  record.id = "room";
  record.title = "Team";
  record.host_id = "alice";
  return record;
}

ClientId TestRoom::Socket(const std::string& user) {
  const ClientId client{++last_client_};
  clients_.emplace(user, client);
  names_[client] = Of(user) == client ? user : user + "'";
  const auto attached = meeting_.Attach(client, {user, user + "-name", false});
  EXPECT_TRUE(attached.has_value());
  return client;
}

TestRoom::Trace TestRoom::Do(ClientId client, Request::Body body) {
  Trace trace;
  Write(meeting_.Apply(Request{client, RequestId{++last_request_}, std::move(body)}, now), trace);
  if (!hold_) CompleteAll(true, trace);
  return trace;
}

TestRoom::Trace TestRoom::Leave(ClientId client, LeaveReason reason) {
  return Note(meeting_.Detach(client, reason));
}

TestRoom::Trace TestRoom::Note(Effects effects) {
  Trace trace;
  Write(effects, trace);
  return trace;
}

TestRoom::Trace TestRoom::Release() {
  Trace trace;
  CompleteAll(true, trace);
  return trace;
}

TestRoom::Trace TestRoom::Fail() {
  Trace trace;
  CompleteAll(false, trace);
  return trace;
}

void TestRoom::CompleteAll(bool good, Trace& trace) {
  while (!waiting_.empty()) {
    const OperationId operation = waiting_.front();
    waiting_.erase(waiting_.begin());
    const MediaOutcome outcome =
        good ? MediaOutcome(TransportOffer{{"ufrag", "pwd"}, {}, {}})
             : MediaOutcome(kcs::Fail(Error{ErrorCode::kUnavailable, "the worker is down"}));
    Write(meeting_.Apply(operation, outcome), trace);
  }
}

TestRoom::Trace TestRoom::ReleaseStats(Result<RouterStats, Error> stats) {
  const AskStats ask = asked_.front();
  asked_.erase(asked_.begin());
  return Note(meeting_.Apply(ask.operation, std::move(stats)));
}

TestRoom::Trace TestRoom::Join(const std::string& user) { return Do(Socket(user), meeting::Join{}); }

std::string TestRoom::Transport(const std::string& user, Direction direction) {
  const Trace trace = Do(user, AddTransport{direction});
  return trace.back().substr(trace.back().rfind(" T") + 1, 2);
}

std::string TestRoom::Produce(const std::string& user, ortc::MediaKind kind, std::optional<Source> source) {
  meeting::Produce produce;
  produce.kind = kind;
  produce.source = source;
  produce.rtp_parameters =
      kind == ortc::MediaKind::kAudio ? OpusParameters(++last_ssrc_) : Vp8Parameters(++last_ssrc_);
  Do(user, produce);
  return "P" + std::to_string(counts_['P']);
}

std::string TestRoom::Consume(const std::string& user, const std::string& from, ortc::MediaKind kind) {
  meeting::Consume consume;
  consume.participant_id = from;
  consume.kind = kind;
  consume.rtp_capabilities = ortc::RouterRtpCapabilities();
  Do(user, consume);
  return "C" + std::to_string(counts_['C']);
}

std::string TestRoom::Id(const std::string& name) const {
  for (const auto& [id, known] : short_) {
    if (known == name) return id;
  }
  ADD_FAILURE() << "nobody has heard of " << name;
  return {};
}

std::string TestRoom::Name(ClientId client) const { return names_.at(client); }

std::string TestRoom::Short(char kind, const std::string& id) {
  const auto [found, added] = short_.try_emplace(id);
  if (added) found->second = std::string(1, kind) + std::to_string(++counts_[kind]);
  return found->second;
}

void TestRoom::Write(const Effects& effects, Trace& trace) {
  for (const Effect& effect : effects) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      std::string to;
      for (const ClientId client : send->to) to += (to.empty() ? "" : ",") + Name(client);
      trace.push_back(to + " << " + Describe(send->event));
    } else if (const auto* command = std::get_if<Command>(&effect)) {
      trace.push_back("media: " + std::visit(CommandName{}, command->command));
      if (command->operation) waiting_.push_back(*command->operation);
    } else if (const auto* ask = std::get_if<AskStats>(&effect)) {
      trace.push_back("media: read-stats of " + std::to_string(ask->query.transports.size()) + " transports");
      asked_.push_back(*ask);
    } else {
      const auto& reply = std::get<Reply>(effect);
      trace.push_back(Name(reply.client) + " <- " +
                      (reply.answer ? Describe(*reply.answer)
                                    : "error " + std::string(ToString(reply.answer.error().code))));
    }
  }
}

std::string TestRoom::Describe(const Event& event) {
  const Names names = [this](char kind, const std::string& id) { return Short(kind, id); };
  return std::visit(EventText{names}, event);
}

std::string TestRoom::Describe(const Reply::Answer& answer) {
  const Names names = [this](char kind, const std::string& id) { return Short(kind, id); };
  return std::visit(AnswerText{names}, answer);
}

ortc::RtpParameters TestRoom::OpusParameters(std::uint32_t ssrc) {
  ortc::RtpParameters parameters;
  parameters.mid = std::to_string(ssrc % 1000);
  parameters.codecs.push_back({"audio/opus", 111, 48000, 2, {{"minptime", 10}, {"useinbandfec", 1}}, {}});
  parameters.encodings.push_back({.ssrc = ssrc,
                                  .rtx_ssrc = {},
                                  .rid = {},
                                  .codec_payload_type = {},
                                  .dtx = false,
                                  .scalability_mode = {},
                                  .max_bitrate = {}});
  parameters.rtcp.cname = "browser";
  return parameters;
}

ortc::RtpParameters TestRoom::Vp8Parameters(std::uint32_t ssrc) {
  ortc::RtpParameters parameters;
  parameters.mid = std::to_string(ssrc % 1000);
  parameters.codecs.push_back({"video/VP8", 96, 90000, 0, {}, {{"nack", ""}, {"nack", "pli"}}});
  parameters.encodings.push_back({.ssrc = ssrc,
                                  .rtx_ssrc = {},
                                  .rid = {},
                                  .codec_payload_type = {},
                                  .dtx = false,
                                  .scalability_mode = {},
                                  .max_bitrate = {}});
  parameters.rtcp.cname = "browser";
  return parameters;
}

}  // namespace kcs::meeting
