#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/meeting/ids.h"
#include "server/meeting/media_command.h"
#include "server/meeting/participant.h"
#include "server/ortc/types.h"

// What the sockets of a meeting ask of it. Objects are named by their UUIDs.
namespace kcs::meeting {

struct AddTransport {
  Direction direction = Direction::kSend;
};
struct Connect {
  std::string transport_id;
  DtlsRole role = DtlsRole::kAuto;
  std::vector<Fingerprint> fingerprints;
};
struct Restart {
  std::string transport_id;
};

struct Produce {
  std::optional<std::string> transport_id;  // absent: the client's latest send transport
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  ortc::RtpParameters rtp_parameters;
  std::optional<Source> source;  // absent: microphone or camera
  bool paused = false;
};
struct ChangeProducer {
  ProducerCommand::Action action = ProducerCommand::Action::kPause;
  std::string producer_id;
};

struct Consume {
  std::string participant_id;  // of the producer; empty: it is a speaker place
  ortc::MediaKind kind = ortc::MediaKind::kAudio;
  ortc::RtpCapabilities rtp_capabilities;
  std::optional<std::string> producer_id;   // absent: see Meeting
  std::optional<std::string> transport_id;  // absent: the client's latest receive transport
  bool paused = true;
};
struct ChangeConsumer {
  ConsumerCommand::Action action = ConsumerCommand::Action::kPause;
  std::string consumer_id;
  std::uint32_t spatial_layer = 0;
  std::optional<std::uint32_t> temporal_layer;  // absent: the highest
  std::uint32_t priority = 0;
};
// Consumers that are gone meanwhile are passed over.
struct SetViewports {
  struct Shown {
    std::string consumer_id;
    Viewport viewport;
  };
  std::vector<Shown> consumers;
};
struct SetAudioOnly {
  bool enabled = false;
};

// The password has been verified by the caller: hashing takes long, and a meeting does not wait.
struct Join {
  bool speaker_places = false;
};
struct Leave {};
struct RaiseHand {
  bool raised = false;
};
struct React {
  std::string reaction;
};
// Of the participant themselves, or of another one, which is for hosts.
struct GetStats {
  std::optional<std::string> participant_id;
};

struct Request {
  using Body = std::variant<AddTransport, Connect, Restart, Produce, ChangeProducer, Consume, ChangeConsumer,
                            SetViewports, SetAudioOnly, Join, Leave, RaiseHand, React, GetStats>;
  ClientId client;
  RequestId id;
  Body body;
};

}  // namespace kcs::meeting
