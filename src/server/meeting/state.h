#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/meeting/allowance.h"
#include "server/meeting/ids.h"
#include "server/meeting/media_command.h"
#include "server/meeting/participant.h"
#include "server/meeting/quality_meter.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/types.h"

// What a meeting remembers. Objects exist from the request that makes them; until the worker has made them
// too they are not `ready`, and nobody but their own request knows of them.
namespace kcs::meeting {

struct Session {
  ClientId client;
  Identity identity;
  Role role = Role::kParticipant;
  bool joined = false;
  bool hand_raised = false;
  UnixMillis joined_at;
  // Whatever consumers are resumed: the workers send this participant no video.
  bool audio_only = false;
  bool speaker_places = false;     // it hears others over these, not over a consumer for each microphone
  std::optional<Quality> quality;  // as it was told last
  Allowance stats;                 // that it may ask for
  // UUIDs, in the order of making.
  std::vector<std::string> transports;
  std::vector<std::string> producers;
  std::vector<std::string> consumers;
};

struct Transport {
  std::string id;
  MediaId media;
  ClientId client;
  Direction direction = Direction::kSend;
  bool ready = false;
  bool connecting = false;               // or connected: a transport is connected once
  std::uint32_t next_mid = 0;            // of its consumers
  std::string cname;                     // of all its producers: one participant, one clock
  std::optional<TransportQuality> path;  // as the worker saw it last
  QualityMeter quality;
};

struct Producer {
  std::string id;
  MediaId media;
  ClientId client;
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  Source source = Source::kMicrophone;
  bool ready = false;
  bool paused = false;
  bool is_place = false;  // of whoever speaks; no client's
  ortc::StreamType type = ortc::StreamType::kSimple;
  ortc::RtpParameters consumable;
  std::vector<std::string> consumers;
};

struct Consumer {
  std::string id;
  MediaId media;
  ClientId client;
  std::string producer_id;
  bool ready = false;
  bool paused = true;  // as its receiver wants it
  Viewport viewport;
  ortc::RtpParameters rtp_parameters;
};

// A request that waits for a worker.
struct Pending {
  enum class Step : std::uint8_t {
    kAddTransport,
    kConnect,
    kRestart,
    kProduce,
    kChangeProducer,
    kConsume,
    kChangeConsumer,
    kGetStats
  };
  Step step = Step::kAddTransport;
  ClientId client{};
  RequestId request{};
  std::string object{};  // the UUID it is about; of statistics: the participant
  ProducerCommand::Action producer_action{};
  ConsumerCommand::Action consumer_action{};
};

}  // namespace kcs::meeting
