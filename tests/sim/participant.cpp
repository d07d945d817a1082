#include "participant.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtp_packet.h"
#include "simulation.h"

namespace kcs::sim {
namespace {

constexpr std::uint8_t kRouterVideo = 101;
constexpr std::uint8_t kRouterRtx = 102;
constexpr std::uint8_t kRouterAudio = 100;
// What the server pads with while there is no picture; every client throws it away.
constexpr std::uint32_t kProbatorSsrc = 1234;
// Until a browser has done what the server's event asks for.
constexpr Duration kSignalling = 100ms;

wire::ExtensionMap SenderExtensions() {
  wire::ExtensionMap map;
  map.Set(wire::ExtensionType::kMid, kSenderMidId);
  map.Set(wire::ExtensionType::kTransportWideCc, kSenderTransportCcId);
  map.Set(wire::ExtensionType::kAudioLevel, kSenderAudioLevelId);
  map.Set(wire::ExtensionType::kDependencyDescriptor, kSenderDescriptorId);
  return map;
}

sfu::CreateProducer ProducerOf(std::span<const SourceOptions> encodings) {
  const SourceOptions& first = encodings.front();
  const bool video = first.kind == wire::MediaKind::kVideo;
  sfu::CreateProducer command;
  command.kind = first.kind;
  command.codecs.push_back(
      {.codec = video ? first.codec : wire::CodecType::kOpus,
       .clock_rate = video ? 90'000U : 48'000U,
       .payload_type = first.payload_type,
       .rtx_payload_type = video ? first.rtx_payload_type : std::uint8_t{0},
       .router_payload_type = video ? kRouterVideo : kRouterAudio,
       .router_rtx_payload_type = video ? kRouterRtx : std::uint8_t{0},
       .feedback = {.nack = true, .pli = video, .fir = video, .transport_cc = true, .remb = video}});
  for (const SourceOptions& encoding : encodings) {
    command.encodings.push_back(
        {.ssrc = wire::Ssrc(encoding.ssrc),
         .rtx_ssrc = wire::Ssrc(encoding.rtx_ssrc),
         .rid = {},
         .spatial_layers = static_cast<std::uint8_t>(std::max<std::size_t>(1, encoding.layers.size())),
         .temporal_layers = encoding.temporal_layers});
  }
  command.extensions = SenderExtensions();
  return command;
}

}  // namespace

Participant::Participant(Simulation& simulation, std::uint32_t number, Link l)
    : link(l),
      simulation_(simulation),
      number_(number),
      send_(simulation.client_dtls_, simulation.entropy_),
      receive_(simulation.client_dtls_, simulation.entropy_) {
  const auto low = static_cast<std::uint8_t>(number);
  send_tuple_ = {.remote = SocketAddress::V4(192, 0, 2, low, 4000)};
  receive_tuple_ = {.remote = SocketAddress::V4(192, 0, 2, low, 4001)};
}

MediaSource& Participant::PublishAll(std::span<const SourceOptions> encodings, bool screen) {
  sfu::CreateProducer command = ProducerOf(encodings);
  command.transport = send_transport();
  command.producer = sfu::ProducerId(1000ULL * number_ + producers_.size());
  command.screen = screen;
  simulation_.Must(command);
  Published published{.id = command.producer,
                      .kind = command.kind,
                      .encodings = {},
                      .layered = !encodings.front().svc.empty()};
  for (const SourceOptions& encoding : encodings) {
    sources_.push_back(std::make_unique<MediaSource>(encoding));
    published.encodings.push_back(sources_.back().get());
  }
  producers_.push_back(published);
  return *published.encodings.front();
}

MediaSink& Participant::Consume(const Participant& sender, std::size_t producer) {
  return Consume(sender.producers()[producer]);
}

MediaSink& Participant::ConsumePlace(std::uint64_t place) {
  return Consume({.id = sfu::ProducerId(Simulation::kFirstPlace + place),
                  .kind = wire::MediaKind::kAudio,
                  .encodings = {}});
}

MediaSink& Participant::Consume(const Published& published) {
  const bool video = published.kind == wire::MediaKind::kVideo;
  const bool reports_link = video && reports == Reports::kTransportWide;
  reporter_.set_transport_cc_id(reports == Reports::kTransportWide ? Simulation::kTransportCcId
                                                                   : std::uint8_t{0});
  const bool remb = video && reports == Reports::kRemb;
  reporter_.set_abs_send_time_id(reports == Reports::kRemb ? Simulation::kAbsSendTimeId : std::uint8_t{0});
  const sfu::ConsumerId id(simulation_.next_consumer_++);
  const std::uint32_t ssrc = simulation_.next_ssrc_;
  simulation_.next_ssrc_ += 2;
  sfu::CreateConsumer command;
  command.transport = receive_transport();
  command.consumer = id;
  command.producer = published.id;
  command.mid = std::to_string(sinks_.size());
  command.ssrc = wire::Ssrc(ssrc);
  command.rtx_ssrc = wire::Ssrc(video ? ssrc + 1 : 0);
  command.codecs.push_back(
      {.payload_type = video ? kRouterVideo : kRouterAudio,
       .rtx_payload_type = video ? kRouterRtx : std::uint8_t{0},
       .feedback = {.nack = video, .pli = video, .transport_cc = reports_link, .remb = remb}});
  command.extensions.Set(wire::ExtensionType::kMid, Simulation::kMidId);
  command.extensions.Set(wire::ExtensionType::kAudioLevel, Simulation::kAudioLevelId);
  command.extensions.Set(wire::ExtensionType::kDependencyDescriptor, Simulation::kDescriptorId);
  if (remb) {
    command.extensions.Set(wire::ExtensionType::kAbsSendTime, Simulation::kAbsSendTimeId);
  } else if (video) {
    command.extensions.Set(wire::ExtensionType::kTransportWideCc, Simulation::kTransportCcId);
  }
  command.cname = "cname";
  simulation_.Must(command);

  sinks_.push_back(std::make_unique<MediaSink>(published.kind, ssrc, published.layered));
  MediaSink& sink = *sinks_.back();
  by_ssrc_[ssrc] = {&sink, id, false};
  if (video) by_ssrc_[ssrc + 1] = {&sink, id, true};
  Resume(sink);
  return sink;
}

void Participant::Pause(const MediaSink& sink) {
  simulation_.Must(sfu::ConsumerCommand{.consumer = ConsumerOf(sink), .action = sfu::ConsumerAction::kPause});
}

void Participant::Resume(const MediaSink& sink) {
  simulation_.Must(
      sfu::ConsumerCommand{.consumer = ConsumerOf(sink), .action = sfu::ConsumerAction::kResume});
}

void Participant::OnLayersWanted(sfu::ProducerId producer, std::optional<std::uint8_t> highest,
                                 Timestamp now) {
  for (std::size_t i = 0; i < producers_.size(); ++i) {
    if (producers_[i].id != producer) continue;
    if (obeys_layers_wanted) layers_wishes_.push_back({now + kSignalling, i, highest ? *highest : -1});
  }
}

void Participant::ObeyLayersWanted(Timestamp now) {
  for (; !layers_wishes_.empty() && layers_wishes_.front().due <= now; layers_wishes_.pop_front()) {
    const LayersWish& wish = layers_wishes_.front();
    for (MediaSource* source : producers_[wish.producer].encodings)
      source->set_muted(source->options().encoding > wish.highest);
  }
}

void Participant::Tick(Timestamp now) {
  ObeyLayersWanted(now);
  send_.Tick(now);
  receive_.Tick(now);
  if (send_.connected()) {
    for (const auto& source : sources_) {
      for (const auto& packet : source->Tick(now, transport_sequence_)) send_.SendRtp(packet);
    }
  }
  if (connected()) {
    for (const auto& sink : sinks_) sink->Tick(now);
    SendFeedback(now);
  }
  for (auto* peer : {&send_, &receive_}) {
    for (auto& datagram : peer->TakeOutgoing()) {
      simulation_.SendToCore(*this, datagram.tuple, std::move(datagram.bytes));
    }
  }
}

void Participant::SendFeedback(Timestamp now) {
  std::array<std::uint8_t, 1200> buffer;
  for (const auto& sink : sinks_) {
    if (sink->kind() == wire::MediaKind::kAudio) continue;
    ByteWriter writer(buffer);
    const auto missing = sink->Missing(now);
    if (!missing.empty()) wire::WriteNack(wire::Ssrc(1), wire::Ssrc(sink->ssrc()), missing, writer);
    if (sink->TakeKeyFrameWanted()) {
      wire::Pli{.sender_ssrc = wire::Ssrc(1), .media_ssrc = wire::Ssrc(sink->ssrc())}.Write(writer);
    }
    if (writer.size() > 0) receive_.SendRtcp(writer.written());
  }
  for (const auto& packet : reporter_.Take(now)) receive_.SendRtcp(packet);
  if (now < next_sender_reports_) return;
  next_sender_reports_ = now + 1s;
  for (const auto& source : sources_) {
    if (source->frames() > 0) send_.SendRtcp(source->SenderReport(now));
  }
}

void Participant::Deliver(const Tuple& tuple, Bytes bytes, Timestamp at) {
  const bool sending = tuple == send_tuple_;
  auto& peer = sending ? send_ : receive_;
  peer.OnDatagram(tuple, bytes, at);
  for (const auto& received : peer.TakeReceived()) {
    if (!received.rtcp) {
      OnReceived(received.bytes, at);
    } else if (sending) {
      OnSendersRtcp(received.bytes);
    } else {
      reporter_.OnRtcp(received.bytes, at);
    }
  }
}

bool Participant::IsSound(Bytes datagram) const {
  if (datagram.size() < wire::kRtpFixedHeaderSize || (datagram[0] & 0xc0) != 0x80) return false;
  const auto found = by_ssrc_.find(LoadU32(datagram.data() + wire::kRtpSsrcOffset));
  return found != by_ssrc_.end() && found->second.sink->kind() == wire::MediaKind::kAudio;
}

void Participant::OnSendersRtcp(Bytes compound) {
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    if (packet->type == wire::RtcpType::kPayloadFeedback && packet->count == wire::Pli::kFormat) {
      const auto pli = wire::Pli::Parse(packet->count, packet->body);
      for (const auto& source : sources_) {
        if (source->options().ssrc != pli->media_ssrc.value()) continue;
        source->RequestKeyFrame();
        ++key_frame_requests_;
      }
    } else if (packet->type == wire::RtcpType::kTransportFeedback && packet->count == wire::Nack::kFormat) {
      const auto nack = wire::Nack::Parse(packet->count, packet->body);
      std::array<std::uint16_t, 512> sequences;
      const std::size_t count = nack->SequenceNumbers(sequences);
      for (const auto& source : sources_) {
        if (source->options().ssrc != nack->media_ssrc.value()) continue;
        for (std::size_t i = 0; i < count; ++i) {
          if (const auto again = source->Retransmission(sequences[i])) send_.SendRtp(*again);
        }
      }
    }
  }
}

void Participant::OnReceived(Bytes bytes, Timestamp at) {
  const auto rtp = wire::RtpPacket::Parse(bytes);
  KCS_CHECK(rtp);
  reporter_.OnRtp(*rtp, at);
  if (rtp->ssrc().value() == kProbatorSsrc) return;
  const auto found = by_ssrc_.find(rtp->ssrc().value());
  KCS_CHECK(found != by_ssrc_.end());
  simulation_.Note(rtp->ssrc().value() ^ (std::uint64_t{rtp->sequence_number()} << 32) ^
                   static_cast<std::uint64_t>(ToMicros(at)) ^ (rtp->size() << 48));
  Bytes payload = rtp->payload();
  std::uint16_t sequence = rtp->sequence_number();
  if (found->second.rtx) {
    sequence = LoadU16(payload.data());
    payload = payload.subspan(2);
  }
  found->second.sink->OnPacket(*rtp, sequence, payload, at);
}

}  // namespace kcs::sim
