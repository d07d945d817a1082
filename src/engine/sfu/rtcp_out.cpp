// RTCP that we send: reports to receivers, and to senders what we got, what we miss and how it arrived.
#include <algorithm>
#include <array>
#include <utility>

#include "base/leisure.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

// The uplink's round trip is not measured (nobody reports to an ICE-lite receiver): a usual one stands in for
// it.
constexpr Duration kAssumedRtt = 100ms;
constexpr std::size_t kMemory = 16 * 1024;
constexpr std::size_t kMaxNacks = 256;

}  // namespace

void WebRtcTransport::OnTimeout(Timestamp now, transport::Outbox& out) {
  std::array<std::uint8_t, kMemory> memory;
  media::RtcpPacker packer(rtcp_ssrc_, memory);
  AddSenderReports(now, packer);
  AddReceiverReports(now, packer);
  AddRequests(now, packer);
  AddTransportFeedback(now, packer);
  AddRemb(now, packer);
  packer.Finish();
  for (std::size_t i = 0; i < packer.count(); ++i) static_cast<void>(peer_.SendRtcp(packer.compound(i), out));
  downlink_.OnTimeout(now);
  if (pacer_.NextDeadline() <= now) SendPaced(0, now, out);
  SendProbes(now, out);
}

void WebRtcTransport::AddSenderReports(Timestamp now, media::RtcpPacker& packer) {
  if (next_sender_reports_ > now) return;
  next_sender_reports_ = consumers_.empty() ? kNever : now + kReportInterval;
  for (const auto& consumer : consumers_) {
    if (consumer->send().NextReport() > now) continue;
    if (!consumer->send().HasNews()) {
      consumer->send().ScheduleReport(now, entropy_);
      continue;
    }
    const WebRtcTransport* sender = consumer->producer().transport();
    const wire::SenderReport report = consumer->send().MakeReport(
        consumer->source_clock(), sender != nullptr ? sender->clock_ : media::ClockMap{}, now, entropy_);
    if (!packer.AddSenderReport(report, consumer->cname())) return;
  }
}

void WebRtcTransport::AddReceiverReports(Timestamp now, media::RtcpPacker& packer) {
  if (next_receiver_report_ > now) return;
  next_receiver_report_ = kNever;
  double loss = 0;
  for (const auto& producer : producers_) {
    for (ProducerStream& stream : producer->streams()) {
      stream.Expire(now);
      if (stream.receive() == nullptr) continue;
      if (const auto block = stream.receive()->MakeReportBlock(now)) packer.AddReportBlock(*block);
      loss = std::max(loss, stream.receive()->loss());
      if (stream.history().size() > 0) next_receiver_report_ = now + kReportInterval;
    }
    producer->UpdateActivity(now);
    if (producer->alive_streams() != 0) next_receiver_report_ = now + kReportInterval;
  }
  if (uses_remb_) remb_.OnLoss(loss, now);
}

void WebRtcTransport::AddRequests(Timestamp now, media::RtcpPacker& packer) {
  std::array<std::uint16_t, kMaxNacks> missing;
  for (const auto& producer : producers_) {
    if (producer->NextFeedback() > now) continue;
    const CodecFeedback& feedback = producer->codecs().front().feedback;
    for (ProducerStream& stream : producer->streams()) {
      const std::size_t count = stream.nack().Due(now, kAssumedRtt, missing);
      if (count > 0 && feedback.nack && packer.AddNack(stream.ssrc(), std::span(missing).first(count))) {
        ++producer->counters.nacks_sent;
      }
      if (stream.nack().TakeKeyFrameWanted()) stream.key_frames().Request(now);
      if (!stream.key_frames().Due(now, kAssumedRtt) || stream.ssrc().value() == 0) continue;
      const bool sent = feedback.pli ? packer.AddPli(stream.ssrc())
                                     : feedback.fir && packer.AddFir(stream.ssrc(), ++fir_sequence_);
      if (sent) ++producer->counters.plis_sent;
    }
  }
}

void WebRtcTransport::AddTransportFeedback(Timestamp now, media::RtcpPacker& packer) {
  std::array<std::uint8_t, media::RtcpPacker::kMaxCompound> packet;
  while (feedback_.NextDeadline() <= now) {
    const std::size_t size = feedback_.Build(now, rtcp_ssrc_, AnyMediaSsrc(), packet);
    if (size == 0 || !packer.Add(std::span(packet).first(size))) return;
  }
}

void WebRtcTransport::AddRemb(Timestamp now, media::RtcpPacker& packer) {
  if (!uses_remb_) return;
  const auto bitrate = remb_.TakeReport(now);
  if (!bitrate) return;
  wire::BoundedList<wire::Ssrc, wire::Remb::kMaxSources> sources;
  for (const auto& producer : producers_) {
    for (const ProducerStream& stream : std::as_const(*producer).streams()) {
      if (stream.receive() != nullptr) sources.PushBack(stream.ssrc());
    }
  }
  packer.AddRemb(*bitrate, sources.span());
}

wire::Ssrc WebRtcTransport::AnyMediaSsrc() const {
  for (const auto& producer : producers_) {
    for (const ProducerStream& stream : std::as_const(*producer).streams()) {
      if (stream.receive() != nullptr) return stream.ssrc();
    }
  }
  return wire::Ssrc(0);
}

Timestamp WebRtcTransport::NextDeadline() const {
  Timestamp next = std::min(peer_.NextDeadline(), feedback_.NextDeadline());
  if (peer_.sealer() == nullptr) return peer_.NextDeadline();
  const Timestamp leisurely =
      std::min({next_receiver_report_, next_sender_reports_, next_layers_check_, next_scores_});
  next = std::min({next, AtLeisure(leisurely), downlink_.NextDeadline(), pacer_.NextDeadline()});
  if (uses_remb_) next = std::min(next, remb_.NextDeadline());
  for (const auto& producer : producers_) {
    next = std::min({next, producer->NextFeedback(), producer->next_layers_wanted()});
  }
  return next;
}

}  // namespace kcs::sfu
