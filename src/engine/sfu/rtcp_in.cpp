// RTCP that a peer sends: reports about our streams, requests for more, and its own sender reports.
#include "engine/sfu/webrtc_transport.h"
#include "engine/wire/rtcp_bye.h"
#include "engine/wire/rtcp_fir.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_remb.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtcp_transport_feedback.h"

namespace kcs::sfu {

using wire::DropReason;

void WebRtcTransport::OnRtcp(Bytes compound, Timestamp now, transport::Outbox& out, DropCounters& drops) {
  EgressBatch egress(out);
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    switch (packet->type) {
      case wire::RtcpType::kSenderReport:
        OnSenderReport(*packet, now, drops);
        break;
      case wire::RtcpType::kReceiverReport:
        if (const auto report = wire::ReceiverReport::Parse(packet->count, packet->body)) {
          OnReportBlocks(report->blocks.span(), now);
        } else {
          drops.Add(DropReason::kRtcpMalformed);
        }
        break;
      case wire::RtcpType::kTransportFeedback:
        OnTransportFeedback(*packet, now, egress, drops);
        break;
      case wire::RtcpType::kPayloadFeedback:
        OnPayloadFeedback(*packet, now, drops);
        break;
      default:
        break;  // SDES, BYE (signalling closes producers), APP and XR change nothing here
    }
  }
  if (!reader.ok()) drops.Add(DropReason::kRtcpMalformed);
}

void WebRtcTransport::OnSenderReport(const wire::RtcpPacket& packet, Timestamp now, DropCounters& drops) {
  const auto report = wire::SenderReport::Parse(packet.count, packet.body);
  if (!report) {
    drops.Add(DropReason::kRtcpMalformed);
    return;
  }
  OnReportBlocks(report->blocks.span(), now);
  const StreamRef stream = demuxer_.FindSsrc(report->sender_ssrc);
  if (stream.producer == nullptr) {
    drops.Add(DropReason::kRtcpUnknownSsrc);
    return;
  }
  media::ReceiveStream* receive = stream.producer->stream(stream.stream).receive();
  if (stream.rtx || receive == nullptr) return;
  NoteMoved(now);
  const media::NtpTime ntp{report->ntp};
  receive->OnSenderReport(ntp, report->rtp_timestamp, now);
  clock_.OnSenderReport(ntp, now);
}

void WebRtcTransport::OnReportBlocks(std::span<const wire::ReportBlock> blocks, Timestamp now) {
  double loss = 0;
  int pictures = 0;
  std::optional<Duration> rtt;
  for (const wire::ReportBlock& block : blocks) {
    Consumer* consumer = ConsumerBySsrc(block.ssrc);
    if (consumer == nullptr || consumer->ssrc() != block.ssrc) continue;
    consumer->send().OnReceiverReport(block, now);
    NoteMoved(now);
    if (consumer->send().rtt()) rtt = consumer->send().rtt();
    if (!consumer->reports_bandwidth()) continue;
    loss += consumer->send().loss();
    ++pictures;
  }
  if (pictures > 0) downlink_.OnReceiverReport(loss / pictures, rtt, now);
}

void WebRtcTransport::OnTransportFeedback(const wire::RtcpPacket& packet, Timestamp now, EgressBatch& egress,
                                          DropCounters& drops) {
  if (packet.count == wire::TransportFeedback::kFormat) {
    if (const auto feedback = wire::TransportFeedback::Parse(packet.count, packet.body)) {
      downlink_.OnTransportFeedback(*feedback, now);
    } else {
      drops.Add(DropReason::kRtcpMalformed);
    }
    return;
  }
  if (packet.count != wire::Nack::kFormat) return;
  const auto nack = wire::Nack::Parse(packet.count, packet.body);
  if (!nack) {
    drops.Add(DropReason::kRtcpMalformed);
    return;
  }
  Consumer* consumer = ConsumerBySsrc(nack->media_ssrc);
  if (consumer == nullptr) {
    drops.Add(DropReason::kRtcpUnknownSsrc);
    return;
  }
  const Tuple* tuple = peer_.selected_tuple();
  const crypto::SrtpSealer* sealer = peer_.sealer();
  if (tuple == nullptr || sealer == nullptr) return;
  std::array<std::uint16_t, media::RetransmissionGate::kMaxPerMessage> sequences;
  const std::size_t count = nack->SequenceNumbers(sequences);
  consumer->Retransmit(std::span(sequences).first(count), now, *sealer, *tuple, egress, drops);
}

void WebRtcTransport::OnPayloadFeedback(const wire::RtcpPacket& packet, Timestamp now, DropCounters& drops) {
  if (packet.count == wire::Pli::kFormat) {
    if (const auto pli = wire::Pli::Parse(packet.count, packet.body)) {
      OnKeyFrameRequest(pli->media_ssrc, now, drops);
    } else {
      drops.Add(DropReason::kRtcpMalformed);
    }
  } else if (packet.count == wire::Fir::kFormat) {
    const auto fir = wire::Fir::Parse(packet.count, packet.body);
    if (!fir) {
      drops.Add(DropReason::kRtcpMalformed);
      return;
    }
    for (const wire::Fir::Entry& entry : fir->entries) OnKeyFrameRequest(entry.ssrc, now, drops);
  } else if (const auto remb = wire::Remb::Parse(packet.count, packet.body)) {
    downlink_.OnRemb(remb->bitrate_bps, now);
  }
}

void WebRtcTransport::OnKeyFrameRequest(wire::Ssrc ssrc, Timestamp now, DropCounters& drops) {
  Consumer* consumer = ConsumerBySsrc(ssrc);
  if (consumer == nullptr) {
    drops.Add(DropReason::kRtcpUnknownSsrc);
    return;
  }
  ++consumer->counters.plis_received;
  consumer->OnPictureLost(now);
}

}  // namespace kcs::sfu
