#include "server/workers/messages.h"

#include <algorithm>

#include "proto/worker.pb.h"

namespace kcs::workers {
namespace {

using meeting::ConsumerCommand;
using meeting::ErrorCode;
using meeting::MediaId;
using meeting::ProducerCommand;

template <typename Target>
void FillFeedback(const ortc::EngineFeedback& feedback, Target& target) {
  target.set_nack(feedback.nack);
  target.set_pli(feedback.pli);
  target.set_fir(feedback.fir);
  target.set_transport_cc(feedback.transport_cc);
  target.set_remb(feedback.remb);
}

template <typename Target>
void FillExtensions(const std::vector<ortc::EngineExtension>& extensions, Target& target) {
  for (const ortc::EngineExtension& extension : extensions) {
    worker::ExtensionId& item = *target.add_extensions();
    // Both enumerations have the same numbers.
    item.set_extension(static_cast<worker::Extension>(extension.extension));
    item.set_id(extension.id);
  }
}

void FillProducer(const meeting::CreateProducer& command, worker::CreateProducer& target) {
  target.set_transport_id(command.transport.value());
  target.set_producer_id(command.producer.value());
  target.set_kind(command.stream.kind == ortc::MediaKind::kVideo ? worker::VIDEO : worker::AUDIO);
  target.set_paused(command.paused);
  target.set_screen(command.screen);
  target.set_waiting(command.waiting);
  target.set_mid(command.stream.mid);
  for (const ortc::EngineProducerCodec& codec : command.stream.codecs) {
    worker::ProducerCodec& item = *target.add_codecs();
    item.set_codec(static_cast<worker::Codec>(codec.codec));
    item.set_clock_rate(codec.clock_rate);
    item.set_payload_type(codec.payload_type);
    item.set_rtx_payload_type(codec.rtx_payload_type);
    item.set_router_payload_type(codec.router_payload_type);
    item.set_router_rtx_payload_type(codec.router_rtx_payload_type);
    FillFeedback(codec.feedback, item);
  }
  for (const ortc::EngineEncoding& encoding : command.stream.encodings) {
    worker::ProducerEncoding& item = *target.add_encodings();
    item.set_ssrc(encoding.ssrc);
    item.set_rtx_ssrc(encoding.rtx_ssrc);
    item.set_rid(encoding.rid);
    item.set_spatial_layers(encoding.spatial_layers);
    item.set_temporal_layers(encoding.temporal_layers);
    item.set_dtx(encoding.dtx);
    item.set_max_bitrate(encoding.max_bitrate);
  }
  FillExtensions(command.stream.extensions, target);
}

void FillConsumer(const meeting::CreateConsumer& command, worker::CreateConsumer& target) {
  target.set_transport_id(command.transport.value());
  target.set_consumer_id(command.consumer.value());
  target.set_producer_id(command.producer.value());
  target.set_paused(command.paused);
  target.set_mid(command.stream.mid);
  target.set_ssrc(command.stream.ssrc);
  target.set_rtx_ssrc(command.stream.rtx_ssrc);
  target.set_cname(command.stream.cname);
  for (const ortc::EngineConsumerCodec& codec : command.stream.codecs) {
    worker::ConsumerCodec& item = *target.add_codecs();
    item.set_payload_type(codec.payload_type);
    item.set_rtx_payload_type(codec.rtx_payload_type);
    FillFeedback(codec.feedback, item);
  }
  FillExtensions(command.stream.extensions, target);
}

worker::ProducerCommand::Action ToProto(ProducerCommand::Action action) {
  switch (action) {
    case ProducerCommand::Action::kPause:
      return worker::ProducerCommand::PAUSE;
    case ProducerCommand::Action::kResume:
      return worker::ProducerCommand::RESUME;
    case ProducerCommand::Action::kClose:
      return worker::ProducerCommand::CLOSE;
    case ProducerCommand::Action::kAdmit:
      return worker::ProducerCommand::ADMIT;
    case ProducerCommand::Action::kRequestKeyFrame:
      break;
  }
  return worker::ProducerCommand::REQUEST_KEY_FRAME;
}

worker::ConsumerCommand::Action ToProto(ConsumerCommand::Action action) {
  switch (action) {
    case ConsumerCommand::Action::kPause:
      return worker::ConsumerCommand::PAUSE;
    case ConsumerCommand::Action::kResume:
      return worker::ConsumerCommand::RESUME;
    case ConsumerCommand::Action::kClose:
      return worker::ConsumerCommand::CLOSE;
    case ConsumerCommand::Action::kRequestKeyFrame:
      return worker::ConsumerCommand::REQUEST_KEY_FRAME;
    case ConsumerCommand::Action::kSetPreferredLayers:
      return worker::ConsumerCommand::SET_PREFERRED_LAYERS;
    case ConsumerCommand::Action::kSetPriority:
      return worker::ConsumerCommand::SET_PRIORITY;
    case ConsumerCommand::Action::kSetViewport:
      break;
  }
  return worker::ConsumerCommand::SET_VIEWPORT;
}

struct CommandFiller {
  worker::Request& request;

  void operator()(const meeting::OpenRouter& c) const {
    request.mutable_create_router()->set_router_id(c.router.value());
    for (const MediaId place : c.speaker_places)
      request.mutable_create_router()->add_speaker_places(place.value());
  }
  void operator()(const meeting::CloseRouter& c) const {
    request.mutable_close_router()->set_router_id(c.router.value());
  }
  void operator()(const meeting::CreateTransport& c) const {
    request.mutable_create_transport()->set_router_id(c.router.value());
    request.mutable_create_transport()->set_transport_id(c.transport.value());
    request.mutable_create_transport()->set_participant_id(c.participant.value());
  }
  void operator()(const meeting::ConnectTransport& c) const {
    worker::ConnectTransport& target = *request.mutable_connect_transport();
    target.set_transport_id(c.transport.value());
    target.set_remote_role(c.remote_role == meeting::DtlsRole::kClient   ? worker::ConnectTransport::CLIENT
                           : c.remote_role == meeting::DtlsRole::kServer ? worker::ConnectTransport::SERVER
                                                                         : worker::ConnectTransport::AUTO);
    for (const meeting::Fingerprint& fingerprint : c.fingerprints) {
      worker::Fingerprint& item = *target.add_fingerprints();
      item.set_algorithm(fingerprint.algorithm);
      item.set_value(fingerprint.value);
    }
  }
  void operator()(const meeting::RestartIce& c) const {
    request.mutable_restart_ice()->set_transport_id(c.transport.value());
  }
  void operator()(const meeting::CloseTransport& c) const {
    request.mutable_close_transport()->set_transport_id(c.transport.value());
  }
  void operator()(const meeting::CreateProducer& c) const {
    FillProducer(c, *request.mutable_create_producer());
  }
  void operator()(const ProducerCommand& c) const {
    request.mutable_producer_command()->set_producer_id(c.producer.value());
    request.mutable_producer_command()->set_action(ToProto(c.action));
  }
  void operator()(const meeting::CreateConsumer& c) const {
    FillConsumer(c, *request.mutable_create_consumer());
  }
  void operator()(const ConsumerCommand& c) const {
    worker::ConsumerCommand& target = *request.mutable_consumer_command();
    target.set_consumer_id(c.consumer.value());
    target.set_action(ToProto(c.action));
    target.set_spatial_layer(c.spatial_layer);
    target.set_temporal_layer(c.temporal_layer);
    target.set_priority(c.priority);
    target.set_width(c.viewport.width);
    target.set_height(c.viewport.height);
    target.set_visible(c.viewport.visible);
  }
};

template <typename Enum>
Enum Bounded(int value, Enum last) {
  return value < 0 || value > static_cast<int>(last) ? last : static_cast<Enum>(value);
}

using Ice = meeting::TransportStateChanged::Ice;
using Dtls = meeting::TransportStateChanged::Dtls;

// A worker that was taken over must not be able to make numbers up that nobody expects.
std::uint32_t ScoreOf(std::uint32_t score) { return std::min(score, 10U); }
double Fraction(double value) { return value >= 0 ? std::min(value, 1.0) : 0; }
double Millis(double value) { return value >= 0 && value < 1e9 ? value : -1; }

meeting::MediaNotice To(const worker::TransportState& m) {
  return meeting::TransportStateChanged{MediaId{m.transport_id()}, Bounded(m.ice(), Ice::kDisconnected),
                                        Bounded(m.dtls(), Dtls::kClosed)};
}

meeting::MediaNotice To(const worker::TransportQuality& m) {
  return meeting::TransportQuality{.transport = MediaId{m.transport_id()},
                                   .score = Fraction(m.score()),
                                   .rtt_ms = Millis(m.rtt_ms()),
                                   .jitter_ms = std::max(Millis(m.jitter_ms()), 0.0),
                                   .loss = Fraction(m.loss()),
                                   .available_bitrate = m.available_bitrate()};
}

meeting::MediaNotice To(const worker::ProducerLayersWanted& m) {
  meeting::ProducerLayersWanted notice{MediaId{m.producer_id()}, std::nullopt};
  if (m.has_max_spatial_layer()) notice.max_spatial_layer = m.max_spatial_layer();
  return notice;
}

meeting::MediaNotice To(const worker::ConsumerLayers& m) {
  meeting::ConsumerLayersChanged notice{.consumer = MediaId{m.consumer_id()},
                                        .spatial_layer = {},
                                        .temporal_layer = {},
                                        .reason = Bounded(m.reason(), meeting::LayersReason::kViewport)};
  if (m.has_spatial_layer() && m.has_temporal_layer()) {
    notice.spatial_layer = m.spatial_layer();
    notice.temporal_layer = m.temporal_layer();
  }
  return notice;
}

meeting::MediaNotice To(const worker::ActiveSpeaker& m) {
  meeting::ActiveSpeakerChanged notice{MediaId{m.router_id()}, std::nullopt};
  if (m.has_producer_id()) notice.producer = MediaId{m.producer_id()};
  return notice;
}

meeting::MediaNotice To(const worker::AudioLevels& m) {
  meeting::AudioLevels notice{MediaId{m.router_id()}, {}};
  for (const worker::AudioLevels::Level& level : m.levels()) {
    notice.levels.push_back({MediaId{level.producer_id()}, std::min(level.level(), 127U)});
  }
  return notice;
}

meeting::MediaNotice To(const worker::SpeakerPlaces& m) {
  meeting::SpeakerPlacesChanged notice{MediaId{m.router_id()}, {}};
  for (const std::uint64_t id : m.producer_ids()) {
    notice.producers.push_back(id == 0 ? std::nullopt : std::optional(MediaId{id}));
  }
  return notice;
}

}  // namespace

void Fill(const meeting::MediaCommand& command, worker::Request& request) {
  std::visit(CommandFiller{request}, command);
}

meeting::Error ToError(const worker::Error& error) {
  switch (error.code()) {
    case worker::Error::NOT_FOUND:
      return {ErrorCode::kNotFound, error.message()};
    case worker::Error::ALREADY_EXISTS:
    case worker::Error::INVALID:
      return {ErrorCode::kInvalidPayload, error.message()};
    case worker::Error::INVALID_STATE:
      return {ErrorCode::kInvalidState, error.message()};
    case worker::Error::LIMIT:
      return {ErrorCode::kUnavailable, error.message()};
    default:
      return {ErrorCode::kInternal, error.message()};
  }
}

std::optional<meeting::MediaNotice> ToNotice(const worker::Notification& notification) {
  switch (notification.body_case()) {
    case worker::Notification::kTransportState:
      return To(notification.transport_state());
    case worker::Notification::kTransportQuality:
      return To(notification.transport_quality());
    case worker::Notification::kProducerLayersWanted:
      return To(notification.producer_layers_wanted());
    case worker::Notification::kConsumerLayers:
      return To(notification.consumer_layers());
    case worker::Notification::kProducerScore:
      return meeting::ProducerScoreChanged{MediaId{notification.producer_score().producer_id()},
                                           ScoreOf(notification.producer_score().score())};
    case worker::Notification::kConsumerScore:
      return meeting::ConsumerScoreChanged{MediaId{notification.consumer_score().consumer_id()},
                                           ScoreOf(notification.consumer_score().score())};
    case worker::Notification::kActiveSpeaker:
      return To(notification.active_speaker());
    case worker::Notification::kAudioLevels:
      return To(notification.audio_levels());
    case worker::Notification::kSpeakerPlaces:
      return To(notification.speaker_places());
    default:
      return std::nullopt;
  }
}

void Append(const worker::RouterStats& stats, meeting::RouterStats& result) {
  for (const worker::TransportStats& t : stats.transports()) {
    result.transports.push_back({MediaId{t.transport_id()}, Bounded(t.ice(), Ice::kDisconnected),
                                 Bounded(t.dtls(), Dtls::kClosed), t.protocol(), t.bytes_received(),
                                 t.bytes_sent(), t.bitrate_in(), t.bitrate_out(), t.rtt_ms(),
                                 t.available_bitrate(), t.allocated_bitrate()});
  }
  for (const worker::ProducerStats& p : stats.producers()) {
    result.producers.push_back({MediaId{p.producer_id()}, MediaId{p.transport_id()}, MediaId{p.producer_id()},
                                p.packets(), p.bytes(), p.bitrate(), p.loss(), p.jitter_ms(), p.rtt_ms(),
                                p.nacks_sent(), p.plis_sent(), p.retransmitted(), p.score()});
  }
  for (const worker::ConsumerStats& c : stats.consumers()) {
    result.consumers.push_back({MediaId{c.consumer_id()}, MediaId{c.transport_id()}, MediaId{c.producer_id()},
                                c.packets(), c.bytes(), c.bitrate(), c.loss(), c.jitter_ms(), c.rtt_ms(),
                                c.nacks_received(), c.plis_received(), c.retransmitted(), c.score(),
                                c.spatial_layer(), c.temporal_layer()});
    if (c.has_layers_reason()) {
      result.consumers.back().layers_reason = Bounded(c.layers_reason(), meeting::LayersReason::kViewport);
    }
  }
}

meeting::WorkerCounters ToCounters(const worker::WorkerStats& stats) {
  meeting::WorkerCounters counters;
  counters.packets_received = stats.packets_received();
  counters.bytes_received = stats.bytes_received();
  counters.packets_sent = stats.packets_sent();
  counters.bytes_sent = stats.bytes_sent();
  for (const worker::WorkerStats::Drop& drop : stats.drops())
    counters.drops.emplace_back(drop.reason(), drop.count());
  counters.routers = stats.routers();
  counters.transports = stats.transports();
  counters.producers = stats.producers();
  counters.consumers = stats.consumers();
  counters.padding_sent = stats.padding_sent();
  counters.udp = {.send_calls = stats.udp_send_calls(),
                  .messages = stats.udp_messages_sent(),
                  .datagrams = stats.udp_datagrams_sent(),
                  .runs = stats.udp_runs_sent(),
                  .run_datagrams = stats.udp_run_datagrams_sent(),
                  .split_runs = stats.udp_runs_split(),
                  .segmentation = stats.udp_segmentation()};
  counters.handshakes = {.started = stats.handshakes_started(),
                         .completed = stats.handshakes_completed(),
                         .failed = stats.handshakes_failed(),
                         .deferred_datagrams = stats.handshake_datagrams_deferred()};
  return counters;
}

}  // namespace kcs::workers
