#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "server/meeting/error.h"
#include "server/meeting/ids.h"
#include "server/meeting/media_command.h"
#include "server/meeting/participant.h"
#include "server/meeting/quality_meter.h"
#include "server/meeting/stats.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/types.h"

// What a meeting wants done, in this order: events to clients, commands to the media workers, answers to
// requests.
namespace kcs::meeting {

// --- events ---

struct ProducerInfo {
  std::string producer_id;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  Source source = Source::kMicrophone;
  bool paused = false;
};
struct ParticipantInfo {
  std::string participant_id;
  std::string user_name;
  Role role = Role::kParticipant;
  bool hand_raised = false;
  UnixMillis joined_at;
  std::vector<ProducerInfo> producers;
};

struct ParticipantJoined {
  std::string participant_id;
  std::string user_name;
  Role role = Role::kParticipant;
};
struct ParticipantLeft {
  std::string participant_id;
  LeaveReason reason = LeaveReason::kLeft;
};
struct NewProducer {
  std::string participant_id;
  ProducerInfo producer;
};
struct ProducerClosed {
  std::string participant_id;
  std::string producer_id;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
};
struct ProducerPaused {  // or resumed
  std::string participant_id;
  std::string producer_id;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  bool paused = false;
};
struct ConsumerClosed {
  std::string consumer_id;
  std::string producer_id;
  std::string reason;  // "producer-closed", "transport-closed"
};
struct HandRaised {
  std::string participant_id;
  std::string user_name;
  bool raised = false;
  UnixMillis timestamp;
};
struct Reaction {
  std::string participant_id;
  std::string user_name;
  std::string reaction;
  UnixMillis timestamp;
};
struct MeetingEnded {
  std::string meeting_id;
  std::string reason;
};
struct MediaReset {
  std::string meeting_id;
  std::string reason;
};
struct TransportStateEvent {
  std::string transport_id;
  TransportStateChanged state;
};
struct LayersWanted {
  std::string producer_id;
  std::optional<std::uint32_t> max_spatial_layer;  // absent: nobody receives it
};
struct LayersChanged {
  std::string consumer_id;
  std::optional<std::uint32_t> spatial_layer;  // absent, like the other: nothing is sent now
  std::optional<std::uint32_t> temporal_layer;
  LayersReason reason = LayersReason::kPreferred;
};
struct ProducerScore {
  std::string producer_id;
  std::uint32_t score = 0;
};
struct ConsumerScore {
  std::string consumer_id;
  std::uint32_t score = 0;
};
struct ActiveSpeaker {
  std::optional<std::string> participant_id;
};
struct ParticipantLevels {
  struct Level {
    std::string participant_id;
    int level = -127;  // dBov
  };
  std::vector<Level> levels;
};
struct ConnectionQuality {
  std::string participant_id;
  Quality quality = Quality::kExcellent;  // the worse direction's, likewise the numbers
  double score = 1;
  std::optional<double> rtt_ms;
  double jitter_ms = 0;
  double loss = 0;
  std::optional<std::uint32_t> available_bitrate;  // towards the participant
  std::optional<Quality> upload;                   // absent: no such transport, or not known yet
  std::optional<Quality> download;
};
struct SpeakerPlaces {
  struct Place {
    std::string producer_id;
    std::optional<std::string> participant_id;  // absent: nobody is there
  };
  std::vector<Place> places;
};
using Event = std::variant<ParticipantJoined, ParticipantLeft, NewProducer, ProducerClosed, ProducerPaused,
                           ConsumerClosed, HandRaised, Reaction, MeetingEnded, MediaReset,
                           TransportStateEvent, LayersWanted, LayersChanged, ProducerScore, ConsumerScore,
                           ActiveSpeaker, ParticipantLevels, ConnectionQuality, SpeakerPlaces>;

struct Send {
  std::vector<ClientId> to;  // never empty
  Event event;
};

// --- answers ---

struct TransportAdded {
  std::string transport_id;
  Direction direction = Direction::kSend;
  TransportOffer offer;
};
struct TransportConnected {
  std::string transport_id;
};
struct IceRestarted {
  std::string transport_id;
  IceParameters ice;
};
struct Produced {
  std::string producer_id;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
};
struct ProducerChanged {
  std::string producer_id;
  ProducerCommand::Action action = ProducerCommand::Action::kPause;
};
struct Consumed {
  std::string consumer_id;
  std::string producer_id;
  std::optional<std::string> participant_id;  // absent: a speaker place
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  Source source = Source::kMicrophone;
  ortc::StreamType type = ortc::StreamType::kSimple;
  ortc::RtpParameters rtp_parameters;
  bool paused = true;
  bool producer_paused = false;
};
struct ConsumerChanged {
  std::string consumer_id;
  ConsumerCommand::Action action = ConsumerCommand::Action::kPause;
};
struct Joined {
  std::string participant_id;
  std::string meeting_id;
  std::string title;
  std::string host_id;
  Role role = Role::kParticipant;
  std::vector<ParticipantInfo> participants;  // in the order of joining, the new one last
  std::vector<std::string> speaker_places;    // their producers; of who asked for them
};
struct StatsRead {
  std::string meeting_id;
  Census census;
  MediaOf of;         // one participant
  RouterStats stats;  // of that participant's transports
};
struct Done {};  // nothing more to say

struct Reply {
  using Answer = std::variant<TransportAdded, TransportConnected, IceRestarted, Produced, ProducerChanged,
                              Consumed, ConsumerChanged, Joined, StatsRead, Done>;
  ClientId client;
  RequestId request;
  Result<Answer, Error> answer;
};

// --- commands ---

struct Command {
  MediaCommand command;
  std::optional<OperationId> operation;  // absent: the outcome does not matter
};

// Statistics to be read for a request that waits for them.
struct AskStats {
  StatsQuery query;
  OperationId operation;
};

using Effect = std::variant<Send, Command, AskStats, Reply>;
using Effects = std::vector<Effect>;

}  // namespace kcs::meeting
