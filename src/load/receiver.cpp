#include "load/receiver.h"

#include <algorithm>
#include <array>

#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtp_packet.h"
#include "load/payload.h"

namespace kcs::load {
namespace {

constexpr std::uint8_t kPaddingBit = 0x20;  // of the first byte of an RTP packet
constexpr std::size_t kOriginalSequence = 2;
// Of the receiver itself, as browsers have it.
constexpr wire::Ssrc kOwnSsrc{1};

}  // namespace

void Receiver::Add(const ConsumedStream& stream) {
  const auto index = static_cast<std::uint32_t>(streams_.size());
  streams_.emplace_back(stream);
  by_ssrc_[stream.ssrc.value()] = {index, false};
  if (stream.rtx_ssrc != wire::Ssrc(0)) by_ssrc_[stream.rtx_ssrc.value()] = {index, true};
  // Only video carries the number towards receivers, and every stream of a transport has the same id for it.
  if (const std::uint8_t id = stream.extensions.id(wire::ExtensionType::kTransportWideCc); id != 0)
    transport_cc_id_ = id;
}

void Receiver::OnRtp(MutableBytes datagram, crypto::SrtpOpener& opener, Timestamp arrival) {
  ++traffic_.datagrams;
  traffic_.bytes += datagram.size();
  const auto header_size = wire::RtpHeaderSize(datagram);
  if (!header_size) {
    ++traffic_.unknown;
    return;
  }
  const wire::Ssrc ssrc(LoadU32(datagram.data() + wire::kRtpSsrcOffset));
  const auto found = by_ssrc_.find(ssrc.value());
  Stream* const stream = found == by_ssrc_.end() ? nullptr : &streams_[found->second.index];
  const bool rtx = stream != nullptr && found->second.rtx;
  // What is sent again says which packet it is only in what is encrypted.
  const bool decrypt = stream != nullptr && (rtx || verified_now(*stream));
  if (decrypt) {
    const auto size = opener.OpenRtp(datagram, *header_size);
    if (!size) {
      ++traffic_.undecryptable;
      return;
    }
    datagram = datagram.first(*size);
  } else {
    // How much padding there is stands in what is encrypted.
    datagram[0] = static_cast<std::uint8_t>(datagram[0] & ~kPaddingBit);
  }
  const auto packet = wire::RtpPacket::Parse(datagram);
  if (!packet) return;
  if (transport_cc_id_ != 0) NoteTransportSequence(packet->Extension(transport_cc_id_), ssrc, arrival);
  if (stream == nullptr) {
    // A server probes a link with padding on a stream of its own.
    ++traffic_.padding;
    return;
  }
  const Bytes payload = packet->payload();
  if (!rtx) {
    OnMedia(*stream, packet->sequence_number(), packet->timestamp(), decrypt ? payload : Bytes{},
            packet->size(), arrival, false);
  } else if (payload.size() > kOriginalSequence) {
    ++traffic_.rtx;
    OnMedia(*stream, LoadU16(payload.data()), packet->timestamp(), payload.subspan(kOriginalSequence),
            packet->size(), arrival, true);
  } else {
    ++traffic_.padding;
  }
}

void Receiver::NoteTransportSequence(Bytes extension, wire::Ssrc ssrc, Timestamp arrival) {
  const auto sequence = wire::ParseTransportSequence(extension);
  if (!sequence) return;
  feedback_media_ = ssrc;
  feedback_.OnPacket(*sequence, arrival);
}

void Receiver::OnMedia(Stream& stream, std::uint16_t sequence, std::uint32_t timestamp, Bytes payload,
                       std::size_t size, Timestamp arrival, bool recovered) {
  const bool first = !stream.receive.started();
  const media::ReceivedPacket result = stream.receive.OnPacket(sequence, timestamp, size, arrival, recovered);
  if (!media::IsUsable(result.arrival)) return;
  if (first) {
    ++flowing_;
    if (!first_media_) {
      first_media_ = arrival;
      next_report_ = arrival + report_interval_ / 2;
    }
  }
  Received content;
  if (!payload.empty()) content = ReadPayload(stream.consumed.kind, payload);
  if (content.sent) {
    Latency& latency = stream.consumed.kind == wire::MediaKind::kVideo ? traffic_.video : traffic_.audio;
    latency.Add(arrival - *content.sent);
  }
  if (stream.consumed.rtx_ssrc == wire::Ssrc(0)) return;
  if (result.restarted) stream.nack.Reset();
  stream.nack.OnPacket(result.sequence, content.key_frame, arrival);
  nack_deadline_ = std::min(nack_deadline_, stream.nack.NextDeadline());
}

void Receiver::OnRtcp(Bytes compound, Timestamp now) {
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    if (packet->type != wire::RtcpType::kSenderReport) continue;
    const auto report = wire::SenderReport::Parse(packet->count, packet->body);
    if (!report) continue;
    const auto found = by_ssrc_.find(report->sender_ssrc.value());
    if (found == by_ssrc_.end() || found->second.rtx) continue;
    streams_[found->second.index].receive.OnSenderReport({report->ntp}, report->rtp_timestamp, now);
  }
}

Timestamp Receiver::NextDeadline() const {
  return std::min({next_report_, nack_deadline_, feedback_.NextDeadline()});
}

void Receiver::AddFeedback(Timestamp now, media::RtcpPacker& packer) {
  if (now >= next_report_) {
    // "The interval between RTCP packets is varied randomly over the range [0.5,1.5] times the calculated
    // interval to avoid unintended synchronization of all participants" (RFC 3550 6.2).
    next_report_ = now + report_interval_ / 2 +
                   Duration(entropy_.Below(static_cast<std::uint32_t>(report_interval_.count())));
    for (Stream& stream : streams_) {
      if (const auto block = stream.receive.MakeReportBlock(now)) packer.AddReportBlock(*block);
    }
  }
  if (now >= nack_deadline_) AddNacks(now, packer);
  std::array<std::uint8_t, congestion::TransportFeedbackGenerator::kMaxSize> memory;
  while (feedback_.NextDeadline() <= now) {
    const std::size_t size = feedback_.Build(now, kOwnSsrc, feedback_media_, memory);
    if (size == 0) break;
    packer.Add(Bytes(memory).first(size));
  }
}

void Receiver::AddNacks(Timestamp now, media::RtcpPacker& packer) {
  nack_deadline_ = kNever;
  std::array<std::uint16_t, 128> missing;
  for (Stream& stream : streams_) {
    if (stream.consumed.rtx_ssrc == wire::Ssrc(0)) continue;
    const std::size_t count = stream.nack.Due(now, media::NackGenerator::kDefaultRtt, missing);
    if (count > 0) packer.AddNack(stream.consumed.ssrc, {missing.data(), count});
    if (stream.nack.TakeKeyFrameWanted() && now - kShortestPliInterval >= stream.last_pli) {
      stream.last_pli = now;
      packer.AddPli(stream.consumed.ssrc);
    }
    nack_deadline_ = std::min(nack_deadline_, stream.nack.NextDeadline());
  }
}

void Receiver::StartWindow() {
  for (Stream& stream : streams_) {
    stream.packets_before = stream.packets();
    stream.bytes_before = stream.receive.bytes();
    stream.missing_before = stream.missing();
    stream.recovered_before = static_cast<std::int64_t>(stream.receive.recovered());
  }
}

std::vector<Receiver::Count> Receiver::Counts() const {
  std::vector<Count> counts;
  counts.reserve(streams_.size());
  for (const Stream& stream : streams_) {
    counts.push_back(
        {.stream = &stream.consumed,
         .packets = stream.packets() - stream.packets_before,
         .bytes = stream.receive.bytes() - stream.bytes_before,
         .lost = stream.missing() - stream.missing_before,
         .recovered = static_cast<std::int64_t>(stream.receive.recovered()) - stream.recovered_before,
         .flowing = stream.receive.started()});
  }
  return counts;
}

}  // namespace kcs::load
