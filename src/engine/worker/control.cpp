#include "engine/worker/control.h"

#include <type_traits>
#include <utility>

#include "engine/worker/control_notifications.h"
#include "engine/worker/control_stats.h"
#include "proto/worker.pb.h"

namespace kcs::worker_process {
namespace {

constexpr int kMaxFingerprints = 8;
constexpr int kMaxTransports = 1000;  // whose statistics are asked for by name
constexpr std::size_t kMaxText = 256;
// RFC 8285 4.2 and 4.3: senders may use either form; our headers for receivers use the one-byte form where
// they can.
constexpr std::uint32_t kMaxSenderExtension = 255;
constexpr std::uint32_t kMaxRouterExtension = 14;

using sfu::CommandError;
using sfu::CommandErrorCode;

auto Invalid(const char* message) { return Fail(CommandError{CommandErrorCode::kInvalid, message}); }

bool IsPayloadType(std::uint32_t value) { return value <= 127; }

// The enumerations have the same numbers on both sides; a number that ours does not have becomes its zero.
wire::CodecType ToCodec(worker::Codec codec) {
  return worker::Codec_IsValid(codec) ? static_cast<wire::CodecType>(codec) : wire::CodecType::kUnknown;
}
static_assert(static_cast<int>(worker::AV1) == static_cast<int>(wire::CodecType::kAv1));
static_assert(static_cast<int>(worker::FRAME_MARKING) ==
              static_cast<int>(wire::ExtensionType::kFrameMarking));

template <typename Repeated>
std::optional<wire::ExtensionMap> ToExtensions(const Repeated& extensions, std::uint32_t max_id) {
  wire::ExtensionMap map;
  for (const worker::ExtensionId& e : extensions) {
    if (e.id() < 1 || e.id() > max_id) return std::nullopt;
    if (!worker::Extension_IsValid(e.extension()) || e.extension() == worker::EXTENSION_UNKNOWN) continue;
    map.Set(static_cast<wire::ExtensionType>(e.extension()), static_cast<std::uint8_t>(e.id()));
  }
  return map;
}

template <typename Codec>
sfu::CodecFeedback ToFeedback(const Codec& codec) {
  return {.nack = codec.nack(),
          .pli = codec.pli(),
          .fir = codec.fir(),
          .transport_cc = codec.transport_cc(),
          .remb = codec.remb()};
}

Result<sfu::Command, CommandError> To(const worker::CreateRouter& m) {
  if (m.speaker_places_size() > sfu::WorkerLimits::kMaxAudioLastN) return Invalid("too many speaker places");
  sfu::CreateRouter command{sfu::RouterId(m.router_id())};
  for (const std::uint64_t place : m.speaker_places()) command.speaker_places.emplace_back(place);
  return command;
}

Result<sfu::Command, CommandError> To(const worker::ConnectTransport& m) {
  if (m.fingerprints_size() > kMaxFingerprints) return Invalid("too many fingerprints");
  sfu::ConnectTransport command{.transport = sfu::TransportId(m.transport_id()), .fingerprints = {}};
  switch (m.remote_role()) {
    case worker::ConnectTransport::CLIENT:
      command.remote_role = sfu::RemoteDtlsRole::kClient;
      break;
    case worker::ConnectTransport::SERVER:
      command.remote_role = sfu::RemoteDtlsRole::kServer;
      break;
    default:
      break;
  }
  for (const worker::Fingerprint& f : m.fingerprints()) {
    if (f.algorithm().size() > kMaxText || f.value().size() > kMaxText)
      return Invalid("a fingerprint is too long");
    command.fingerprints.push_back({f.algorithm(), f.value()});
  }
  return command;
}

Result<sfu::ProducerCodec, CommandError> ToProducerCodec(const worker::ProducerCodec& m) {
  if (!IsPayloadType(m.payload_type()) || !IsPayloadType(m.rtx_payload_type()) ||
      !IsPayloadType(m.router_payload_type()) || !IsPayloadType(m.router_rtx_payload_type()) ||
      m.clock_rate() == 0) {
    return Invalid("a codec's payload type or clock rate is out of range");
  }
  return sfu::ProducerCodec{.codec = ToCodec(m.codec()),
                            .clock_rate = m.clock_rate(),
                            .payload_type = static_cast<std::uint8_t>(m.payload_type()),
                            .rtx_payload_type = static_cast<std::uint8_t>(m.rtx_payload_type()),
                            .router_payload_type = static_cast<std::uint8_t>(m.router_payload_type()),
                            .router_rtx_payload_type = static_cast<std::uint8_t>(m.router_rtx_payload_type()),
                            .feedback = ToFeedback(m)};
}

Result<sfu::Command, CommandError> To(const worker::CreateProducer& m) {
  const auto extensions = ToExtensions(m.extensions(), kMaxSenderExtension);
  if (!extensions) return Invalid("header extension ids are 1 to 255");
  if (m.mid().size() > kMaxText) return Invalid("the MID is too long");
  sfu::CreateProducer command{
      .transport = sfu::TransportId(m.transport_id()),
      .producer = sfu::ProducerId(m.producer_id()),
      .kind = m.kind() == worker::VIDEO ? wire::MediaKind::kVideo : wire::MediaKind::kAudio,
      .paused = m.paused(),
      .screen = m.screen(),
      .waiting = m.waiting(),
      .mid = m.mid(),
      .codecs = {},
      .encodings = {},
      .extensions = *extensions,
  };
  for (const worker::ProducerCodec& codec : m.codecs()) {
    auto converted = ToProducerCodec(codec);
    if (!converted) return Fail(converted.error());
    command.codecs.push_back(*converted);
  }
  for (const worker::ProducerEncoding& e : m.encodings()) {
    if (e.rid().size() > kMaxText) return Invalid("a RID is too long");
    command.encodings.push_back({.ssrc = wire::Ssrc(e.ssrc()),
                                 .rtx_ssrc = wire::Ssrc(e.rtx_ssrc()),
                                 .rid = e.rid(),
                                 .spatial_layers = static_cast<std::uint8_t>(e.spatial_layers()),
                                 .temporal_layers = static_cast<std::uint8_t>(e.temporal_layers()),
                                 .max_bitrate = e.max_bitrate()});
  }
  return command;
}

Result<sfu::Command, CommandError> To(const worker::ProducerCommand& m) {
  sfu::ProducerCommand command{.producer = sfu::ProducerId(m.producer_id())};
  switch (m.action()) {
    case worker::ProducerCommand::PAUSE:
      command.action = sfu::ProducerAction::kPause;
      return command;
    case worker::ProducerCommand::RESUME:
      command.action = sfu::ProducerAction::kResume;
      return command;
    case worker::ProducerCommand::CLOSE:
      command.action = sfu::ProducerAction::kClose;
      return command;
    case worker::ProducerCommand::REQUEST_KEY_FRAME:
      command.action = sfu::ProducerAction::kRequestKeyFrame;
      return command;
    case worker::ProducerCommand::ADMIT:
      command.action = sfu::ProducerAction::kAdmit;
      return command;
    default:
      return Invalid("unknown action");
  }
}

Result<sfu::Command, CommandError> To(const worker::CreateConsumer& m) {
  const auto extensions = ToExtensions(m.extensions(), kMaxRouterExtension);
  if (!extensions) return Invalid("header extension ids are 1 to 14");
  if (m.cname().size() > kMaxText || m.mid().size() > kMaxText)
    return Invalid("the CNAME or the MID is too long");
  sfu::CreateConsumer command{.transport = sfu::TransportId(m.transport_id()),
                              .consumer = sfu::ConsumerId(m.consumer_id()),
                              .producer = sfu::ProducerId(m.producer_id()),
                              .paused = m.paused(),
                              .mid = m.mid(),
                              .ssrc = wire::Ssrc(m.ssrc()),
                              .rtx_ssrc = wire::Ssrc(m.rtx_ssrc()),
                              .codecs = {},
                              .extensions = *extensions,
                              .cname = m.cname()};
  for (const worker::ConsumerCodec& codec : m.codecs()) {
    if (!IsPayloadType(codec.payload_type()) || !IsPayloadType(codec.rtx_payload_type())) {
      return Invalid("a codec's payload type is out of range");
    }
    command.codecs.push_back({.payload_type = static_cast<std::uint8_t>(codec.payload_type()),
                              .rtx_payload_type = static_cast<std::uint8_t>(codec.rtx_payload_type()),
                              .feedback = ToFeedback(codec)});
  }
  return command;
}

Result<sfu::Command, CommandError> To(const worker::GetRouterStats& m) {
  if (m.transport_ids_size() > kMaxTransports) return Invalid("too many transports");
  sfu::GetRouterStats command{sfu::RouterId(m.router_id())};
  for (const std::uint64_t id : m.transport_ids()) command.transports.emplace_back(id);
  return command;
}

Result<sfu::Command, CommandError> To(const worker::ConsumerCommand& m) {
  if (m.spatial_layer() > 255 || m.temporal_layer() > 255) return Invalid("a layer is out of range");
  sfu::ConsumerCommand command{.consumer = sfu::ConsumerId(m.consumer_id()),
                               .spatial_layer = static_cast<std::uint8_t>(m.spatial_layer()),
                               .temporal_layer = static_cast<std::uint8_t>(m.temporal_layer())};
  switch (m.action()) {
    case worker::ConsumerCommand::PAUSE:
      command.action = sfu::ConsumerAction::kPause;
      return command;
    case worker::ConsumerCommand::RESUME:
      command.action = sfu::ConsumerAction::kResume;
      return command;
    case worker::ConsumerCommand::CLOSE:
      command.action = sfu::ConsumerAction::kClose;
      return command;
    case worker::ConsumerCommand::REQUEST_KEY_FRAME:
      command.action = sfu::ConsumerAction::kRequestKeyFrame;
      return command;
    case worker::ConsumerCommand::SET_PREFERRED_LAYERS:
      command.action = sfu::ConsumerAction::kSetPreferredLayers;
      return command;
    case worker::ConsumerCommand::SET_PRIORITY:
      if (m.priority() < 1 || m.priority() > 255) return Invalid("a priority is 1 to 255");
      command.action = sfu::ConsumerAction::kSetPriority;
      command.priority = static_cast<std::uint8_t>(m.priority());
      return command;
    case worker::ConsumerCommand::SET_VIEWPORT:
      if (m.width() > 65535 || m.height() > 65535) return Invalid("a viewport is too large");
      command.action = sfu::ConsumerAction::kSetViewport;
      command.viewport = {.width = static_cast<std::uint16_t>(m.width()),
                          .height = static_cast<std::uint16_t>(m.height()),
                          .visible = m.visible()};
      return command;
    default:
      return Invalid("unknown action");
  }
}

}  // namespace

Result<sfu::Command, CommandError> ToCommand(const worker::Request& request) {
  switch (request.body_case()) {
    case worker::Request::kCreateRouter:
      return To(request.create_router());
    case worker::Request::kCloseRouter:
      return sfu::CloseRouter{sfu::RouterId(request.close_router().router_id())};
    case worker::Request::kCreateTransport:
      return sfu::CreateTransport{sfu::RouterId(request.create_transport().router_id()),
                                  sfu::TransportId(request.create_transport().transport_id()),
                                  sfu::ParticipantId(request.create_transport().participant_id())};
    case worker::Request::kConnectTransport:
      return To(request.connect_transport());
    case worker::Request::kRestartIce:
      return sfu::RestartIce{sfu::TransportId(request.restart_ice().transport_id())};
    case worker::Request::kCloseTransport:
      return sfu::CloseTransport{sfu::TransportId(request.close_transport().transport_id())};
    case worker::Request::kCreateProducer:
      return To(request.create_producer());
    case worker::Request::kProducerCommand:
      return To(request.producer_command());
    case worker::Request::kCreateConsumer:
      return To(request.create_consumer());
    case worker::Request::kConsumerCommand:
      return To(request.consumer_command());
    case worker::Request::kGetRouterStats:
      return To(request.get_router_stats());
    case worker::Request::kGetWorkerStats:
      return sfu::GetWorkerStats{};
    default:
      return Invalid("unknown request");
  }
}

void WriteError(const sfu::CommandError& error, worker::Response& response) {
  const auto code = [&] {
    switch (error.code) {
      case CommandErrorCode::kNotFound:
        return worker::Error::NOT_FOUND;
      case CommandErrorCode::kAlreadyExists:
        return worker::Error::ALREADY_EXISTS;
      case CommandErrorCode::kInvalid:
        return worker::Error::INVALID;
      case CommandErrorCode::kInvalidState:
        return worker::Error::INVALID_STATE;
      case CommandErrorCode::kLimit:
        return worker::Error::LIMIT;
    }
    return worker::Error::INTERNAL;
  }();
  response.mutable_error()->set_code(code);
  response.mutable_error()->set_message(error.message);
}

void WriteReply(const sfu::CommandReply& reply, std::uint32_t offset, worker::Response& response) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, transport::IceParameters>) {
          response.mutable_transport_created()->set_username_fragment(value.username_fragment);
          response.mutable_transport_created()->set_password(value.password);
        } else if constexpr (std::is_same_v<T, sfu::RouterStats>) {
          WriteRouterStats(value, offset, *response.mutable_router_stats());
        } else if constexpr (std::is_same_v<T, sfu::WorkerStats>) {
          WriteWorkerStats(value, *response.mutable_worker_stats());
        }
      },
      reply);
}

void WriteNotification(const sfu::Notification& notification, worker::Notification& out) {
  std::visit(NotificationWriter{out}, notification);
}

}  // namespace kcs::worker_process
