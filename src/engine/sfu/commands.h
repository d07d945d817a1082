#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/strong_type.h"
#include "engine/congestion/bitrate_allocator.h"
#include "engine/crypto/dtls.h"
#include "engine/wire/extensions.h"
#include "engine/wire/types.h"

// What the control plane asks of a worker, as values. The process shell translates them from and to
// proto/worker.proto, field by field; see there for what each one means.
namespace kcs::sfu {

using RouterId = StrongType<std::uint64_t, struct RouterIdTag>;
using TransportId = StrongType<std::uint64_t, struct TransportIdTag>;
using ProducerId = StrongType<std::uint64_t, struct ProducerIdTag>;
using ConsumerId = StrongType<std::uint64_t, struct ConsumerIdTag>;
using ParticipantId = StrongType<std::uint64_t, struct ParticipantIdTag>;

struct CreateRouter {
  RouterId router;
  std::vector<ProducerId> speaker_places = {};  // none, or one for each speaker that is forwarded
};
struct CloseRouter {
  RouterId router;
};
struct CreateTransport {
  RouterId router;
  TransportId transport;
  ParticipantId participant = {};  // 0: not told
};

enum class RemoteDtlsRole : std::uint8_t { kAuto, kClient, kServer };

struct ConnectTransport {
  TransportId transport;
  RemoteDtlsRole remote_role = RemoteDtlsRole::kAuto;
  std::vector<crypto::Fingerprint> fingerprints;
};
struct RestartIce {
  TransportId transport;
};
struct CloseTransport {
  TransportId transport;
};

// RTCP feedback that was negotiated for a codec.
struct CodecFeedback {
  bool nack = false;
  bool pli = false;
  bool fir = false;
  bool transport_cc = false;
  bool remb = false;
};

struct ProducerCodec {
  wire::CodecType codec = wire::CodecType::kUnknown;
  std::uint32_t clock_rate = 0;
  std::uint8_t payload_type = 0;      // as the sender sends it
  std::uint8_t rtx_payload_type = 0;  // 0: none
  std::uint8_t router_payload_type = 0;
  std::uint8_t router_rtx_payload_type = 0;
  CodecFeedback feedback;
};

struct ProducerEncoding {
  wire::Ssrc ssrc;      // 0: to be learnt
  wire::Ssrc rtx_ssrc;  // 0: none, or to be learnt
  std::string rid;
  std::uint8_t spatial_layers = 1;
  std::uint8_t temporal_layers = 1;
  std::uint32_t max_bitrate = 0;
};

struct CreateProducer {
  TransportId transport;
  ProducerId producer;
  wire::MediaKind kind = wire::MediaKind::kAudio;
  bool paused = false;
  bool screen = false;   // not a camera, or what the screen plays
  bool waiting = false;  // at the door: what it says is not heard before ProducerAction::kAdmit
  std::string mid;
  std::vector<ProducerCodec> codecs;
  std::vector<ProducerEncoding> encodings;  // from the lowest to the highest
  wire::ExtensionMap extensions;            // ids as the sender uses them
};

enum class ProducerAction : std::uint8_t { kPause, kResume, kClose, kRequestKeyFrame, kAdmit };

struct ProducerCommand {
  ProducerId producer;
  ProducerAction action = ProducerAction::kPause;
};

struct ConsumerCodec {
  std::uint8_t payload_type = 0;
  std::uint8_t rtx_payload_type = 0;
  CodecFeedback feedback;
};

struct CreateConsumer {
  TransportId transport;
  ConsumerId consumer;
  ProducerId producer;
  bool paused = true;
  std::string mid;
  wire::Ssrc ssrc;
  wire::Ssrc rtx_ssrc;  // 0: no retransmission stream
  std::vector<ConsumerCodec> codecs;
  wire::ExtensionMap extensions;  // that the receiver understands, with the router's ids
  std::string cname;
};

enum class ConsumerAction : std::uint8_t {
  kPause,
  kResume,
  kClose,
  kRequestKeyFrame,
  kSetPreferredLayers,
  kSetPriority,
  kSetViewport,
};

struct ConsumerCommand {
  ConsumerId consumer;
  ConsumerAction action = ConsumerAction::kPause;
  std::uint8_t spatial_layer = 0;
  std::uint8_t temporal_layer = 0;
  std::uint8_t priority = 1;
  congestion::Viewport viewport = {};
};

// What a receiver wants of one consumer, for the allocation of its link.
struct ConsumerWishes {
  std::uint8_t priority = 1;
  congestion::Layers preferred{255, 255};
  congestion::Viewport viewport;
};

struct GetRouterStats {
  RouterId router;
  std::vector<TransportId> transports = {};  // only these, with what they carry; none: all of the router
};
struct GetWorkerStats {};

using Command = std::variant<CreateRouter, CloseRouter, CreateTransport, ConnectTransport, RestartIce,
                             CloseTransport, CreateProducer, ProducerCommand, CreateConsumer, ConsumerCommand,
                             GetRouterStats, GetWorkerStats>;

enum class CommandErrorCode : std::uint8_t {
  kNotFound,
  kAlreadyExists,
  kInvalid,
  kInvalidState,
  kLimit,
};

struct CommandError {
  CommandErrorCode code = CommandErrorCode::kInvalid;
  std::string message;
};

}  // namespace kcs::sfu
