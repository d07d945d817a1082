#include "simulation.h"

#include <array>
#include <cstdio>

#include "base/check.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtp_writer.h"

namespace kcs::sim {
namespace {

constexpr sfu::RouterId kRouter{1};
constexpr std::uint8_t kRouterVideo = 101;
constexpr std::uint8_t kRouterRtx = 102;
constexpr std::uint8_t kRouterAudio = 100;

wire::ExtensionMap SenderExtensions() {
  wire::ExtensionMap map;
  map.Set(wire::ExtensionType::kMid, kSenderMidId);
  map.Set(wire::ExtensionType::kTransportWideCc, kSenderTransportCcId);
  map.Set(wire::ExtensionType::kAudioLevel, kSenderAudioLevelId);
  return map;
}

sfu::CreateProducer ProducerOf(const SourceOptions& options) {
  const bool video = options.kind == wire::MediaKind::kVideo;
  sfu::CreateProducer command;
  command.kind = options.kind;
  command.codecs.push_back(
      {.codec = video ? wire::CodecType::kVp8 : wire::CodecType::kOpus,
       .clock_rate = video ? 90'000U : 48'000U,
       .payload_type = options.payload_type,
       .rtx_payload_type = video ? options.rtx_payload_type : std::uint8_t{0},
       .router_payload_type = video ? kRouterVideo : kRouterAudio,
       .router_rtx_payload_type = video ? kRouterRtx : std::uint8_t{0},
       .feedback = {.nack = true, .pli = video, .fir = video, .transport_cc = true, .remb = video}});
  command.encodings.push_back(
      {.ssrc = wire::Ssrc(options.ssrc), .rtx_ssrc = wire::Ssrc(options.rtx_ssrc), .rid = {}});
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

MediaSource& Participant::Publish(const SourceOptions& options) {
  sfu::CreateProducer command = ProducerOf(options);
  command.transport = send_transport();
  command.producer = producer(sources_.size());
  simulation_.Must(command);
  sources_.push_back(std::make_unique<MediaSource>(options));
  return *sources_.back();
}

MediaSink& Participant::Consume(const Participant& sender, std::size_t source) {
  const bool video = sender.sources()[source]->options().kind == wire::MediaKind::kVideo;
  const sfu::ConsumerId id(simulation_.next_consumer_++);
  const std::uint32_t ssrc = simulation_.next_ssrc_;
  simulation_.next_ssrc_ += 2;
  sfu::CreateConsumer command;
  command.transport = receive_transport();
  command.consumer = id;
  command.producer = sender.producer(source);
  command.mid = std::to_string(sinks_.size());
  command.ssrc = wire::Ssrc(ssrc);
  command.rtx_ssrc = wire::Ssrc(video ? ssrc + 1 : 0);
  command.codecs.push_back({.payload_type = video ? kRouterVideo : kRouterAudio,
                            .rtx_payload_type = video ? kRouterRtx : std::uint8_t{0},
                            .feedback = {.nack = video, .pli = video}});
  command.extensions.Set(wire::ExtensionType::kMid, Simulation::kMidId);
  command.extensions.Set(wire::ExtensionType::kAudioLevel, Simulation::kAudioLevelId);
  if (video) command.extensions.Set(wire::ExtensionType::kTransportWideCc, Simulation::kTransportCcId);
  command.cname = "cname";
  simulation_.Must(command);

  sinks_.push_back(
      std::make_unique<MediaSink>(video ? wire::MediaKind::kVideo : wire::MediaKind::kAudio, ssrc));
  MediaSink& sink = *sinks_.back();
  by_ssrc_[ssrc] = {&sink, id, false};
  if (video) by_ssrc_[ssrc + 1] = {&sink, id, true};
  Resume(sink);
  return sink;
}

sfu::ConsumerId Participant::ConsumerOf(const MediaSink& sink) const {
  return by_ssrc_.at(sink.ssrc()).consumer;
}

void Participant::Pause(const MediaSink& sink) {
  simulation_.Must(sfu::ConsumerCommand{.consumer = ConsumerOf(sink), .action = sfu::ConsumerAction::kPause});
}

void Participant::Resume(const MediaSink& sink) {
  simulation_.Must(
      sfu::ConsumerCommand{.consumer = ConsumerOf(sink), .action = sfu::ConsumerAction::kResume});
}

void Participant::Tick(Timestamp now) {
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
      simulation_.to_core_.Send(datagram.tuple, std::move(datagram.bytes), link, now, simulation_.entropy_);
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
  if (now < next_report_) return;
  next_report_ = now + 1s;
  SendReports(now);
  for (const auto& source : sources_) {
    if (source->frames() > 0) send_.SendRtcp(source->SenderReport(now));
  }
}

void Participant::Deliver(const Tuple& tuple, Bytes bytes, Timestamp now) {
  const bool sending = tuple == send_tuple_;
  auto& peer = sending ? send_ : receive_;
  peer.OnDatagram(tuple, bytes, now);
  for (const auto& received : peer.TakeReceived()) {
    if (received.rtcp) {
      if (sending) {
        OnSendersRtcp(received.bytes);
      } else {
        OnReceiversRtcp(received.bytes, now);
      }
    } else {
      OnReceived(received.bytes, now);
    }
  }
}

void Participant::OnReceiversRtcp(Bytes compound, Timestamp now) {
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    if (packet->type != wire::RtcpType::kSenderReport) continue;
    const auto report = wire::SenderReport::Parse(packet->count, packet->body);
    sender_reports_[report->sender_ssrc.value()] = {report->compact_ntp(), now};
  }
}

// RFC 3550 6.4.1: from LSR and DLSR the server learns the round trip.
void Participant::SendReports(Timestamp now) {
  std::array<std::uint8_t, 1200> buffer;
  for (const auto& [ssrc, last] : sender_reports_) {
    wire::ReceiverReport report;
    report.sender_ssrc = wire::Ssrc(1);
    wire::ReportBlock block;
    block.ssrc = wire::Ssrc(ssrc);
    block.last_sr = last.compact_ntp;
    block.delay_since_last_sr = static_cast<std::uint32_t>((now - last.at).count() * 65536 / 1'000'000);
    report.blocks.PushBack(block);
    ByteWriter writer(buffer);
    report.Write(writer);
    receive_.SendRtcp(writer.written());
  }
}

void Participant::OnSendersRtcp(Bytes compound) {
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    if (packet->type == wire::RtcpType::kPayloadFeedback && packet->count == wire::Pli::kFormat) {
      const auto pli = wire::Pli::Parse(packet->count, packet->body);
      for (const auto& source : sources_) {
        if (source->options().ssrc == pli->media_ssrc.value()) source->RequestKeyFrame();
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

void Participant::OnReceived(Bytes bytes, Timestamp now) {
  const auto rtp = wire::RtpPacket::Parse(bytes);
  KCS_CHECK(rtp);
  const auto found = by_ssrc_.find(rtp->ssrc().value());
  KCS_CHECK(found != by_ssrc_.end());
  simulation_.Note(rtp->ssrc().value() ^ (std::uint64_t{rtp->sequence_number()} << 32) ^
                   static_cast<std::uint64_t>(ToMicros(now)) ^ (rtp->size() << 48));
  Bytes payload = rtp->payload();
  std::uint16_t sequence = rtp->sequence_number();
  if (found->second.rtx) {
    sequence = LoadU16(payload.data());
    payload = payload.subspan(2);
  }
  found->second.sink->OnPacket(*rtp, sequence, payload, now);
}

Simulation::Simulation(std::uint64_t seed)
    : entropy_(seed),
      core_({}, entropy_),
      client_certificate_(crypto::Certificate::Generate()),
      client_dtls_(client_certificate_) {
  Must(sfu::CreateRouter{kRouter});
}

sfu::CommandReply Simulation::Must(const sfu::Command& command) {
  auto reply = core_.OnCommand(command, now_, output_);
  if (!reply) {
    std::fprintf(stderr, "command refused: %s\n", reply.error().message.c_str());
    KCS_CHECK(reply);
  }
  Flush();
  return *reply;
}

Participant& Simulation::Join(Link link) {
  const auto number = static_cast<std::uint32_t>(participants_.size() + 1);
  participants_.push_back(std::make_unique<Participant>(*this, number, link));
  Participant& p = *participants_.back();
  const std::vector<crypto::Fingerprint> ours = {{"sha-256", core_.fingerprint()}};
  const std::vector<crypto::Fingerprint> theirs = {{"sha-256", client_certificate_.fingerprint_sha256()}};
  const auto connect = [&](sfu::TransportId id, transport::testing::TestPeer& peer, const Tuple& tuple) {
    const auto ice = std::get<transport::IceParameters>(Must(sfu::CreateTransport{kRouter, id}));
    Must(sfu::ConnectTransport{
        .transport = id, .remote_role = sfu::RemoteDtlsRole::kClient, .fingerprints = theirs});
    peer.Connect(ice, {tuple}, ours, now_);
    by_tuple_[tuple] = &p;
  };
  connect(p.send_transport(), p.send_, p.send_tuple_);
  connect(p.receive_transport(), p.receive_, p.receive_tuple_);
  return p;
}

void Simulation::Flush() {
  for (;;) {
    for (const transport::EgressDatagram& d : output_.datagrams.datagrams()) {
      const Bytes bytes = output_.datagrams.bytes(d);
      const auto to = by_tuple_.find(d.tuple);
      KCS_CHECK(to != by_tuple_.end());
      to_peers_.Send(d.tuple, {bytes.begin(), bytes.end()}, to->second->link, now_, entropy_);
    }
    output_.Clear();
    const bool more = core_.Drain(now_, output_);
    if (!more && output_.datagrams.empty()) return;
  }
}

void Simulation::Step() {
  std::vector<sfu::IngressDatagram> batch;
  const auto flush_batch = [&] {
    core_.OnDatagrams(batch, now_, output_);
    Flush();
    batch.clear();
  };
  to_core_.Deliver(now_, [&](const Tuple& tuple, std::vector<std::uint8_t> bytes) {
    sfu::IngressDatagram datagram{
        .slot = core_.slab().Acquire(), .size = static_cast<std::uint16_t>(bytes.size()), .tuple = tuple};
    std::copy(bytes.begin(), bytes.end(), datagram.slot.bytes().begin());
    batch.push_back(std::move(datagram));
    if (batch.size() == 64) flush_batch();
  });
  if (!batch.empty()) flush_batch();
  if (core_.NextDeadline() <= now_) {
    core_.OnTimeout(now_, output_);
    Flush();
  }
  to_peers_.Deliver(now_, [&](const Tuple& tuple, const std::vector<std::uint8_t>& bytes) {
    by_tuple_.at(tuple)->Deliver(tuple, bytes, now_);
  });
  for (const auto& participant : participants_) participant->Tick(now_);
}

void Simulation::RunFor(Duration duration) {
  const Timestamp end = now_ + duration;
  while (now_ < end) {
    now_ += 1ms;
    Step();
  }
}

}  // namespace kcs::sim
