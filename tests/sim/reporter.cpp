#include "reporter.h"

#include <algorithm>
#include <array>

#include "engine/wire/extensions.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_remb.h"
#include "engine/wire/rtcp_sender_report.h"

namespace kcs::sim {

void Reporter::OnRtp(const wire::RtpPacket& rtp, Timestamp at) {
  const std::uint32_t ssrc = rtp.ssrc().value();
  media_ssrc_ = ssrc;
  if (transport_cc_id_ != 0) {
    const auto sequence = wire::ParseTransportSequence(rtp.Extension(transport_cc_id_));
    if (sequence) feedback_.OnPacket(*sequence, at);
  }
  if (abs_send_time_id_ != 0)
    remb_.OnPacket(rtp.size(), wire::ParseAbsSendTime(rtp.Extension(abs_send_time_id_)), at);
  const std::uint16_t sequence = rtp.sequence_number();
  const auto [entry, first] = streams_.try_emplace(ssrc);
  Stream& stream = entry->second;
  if (first) stream.lowest = stream.highest = 0x10000 + sequence;
  const auto step = static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(stream.highest));
  stream.highest = std::max(stream.highest, stream.highest + step);
  ++stream.received;
}

void Reporter::OnRtcp(Bytes compound, Timestamp now) {
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    if (packet->type != wire::RtcpType::kSenderReport) continue;
    const auto report = wire::SenderReport::Parse(packet->count, packet->body);
    sender_reports_[report->sender_ssrc.value()] = {report->compact_ntp(), now};
  }
}

// RFC 3550 6.4.1: from LSR and DLSR the server learns the round trip; the fraction lost is of the packets
// since the last report.
wire::ReportBlock Reporter::Block(std::uint32_t ssrc, const SenderReport& report, Timestamp now) {
  wire::ReportBlock block;
  block.ssrc = wire::Ssrc(ssrc);
  block.last_sr = report.compact_ntp;
  block.delay_since_last_sr = static_cast<std::uint32_t>((now - report.at).count() * 65536 / 1'000'000);
  const auto found = streams_.find(ssrc);
  if (found == streams_.end()) return block;
  Stream& stream = found->second;
  const std::int64_t expected = stream.highest - stream.lowest + 1;
  const std::int64_t lost = (expected - stream.expected_before) - (stream.received - stream.received_before);
  if (lost > 0)
    block.fraction_lost = static_cast<std::uint8_t>(lost * 256 / (expected - stream.expected_before));
  block.cumulative_lost = static_cast<std::int32_t>(std::max<std::int64_t>(0, expected - stream.received));
  block.extended_highest_seq = static_cast<std::uint32_t>(stream.highest - 0x10000);
  stream.expected_before = expected;
  stream.received_before = stream.received;
  return block;
}

std::vector<std::vector<std::uint8_t>> Reporter::Take(Timestamp now) {
  std::vector<std::vector<std::uint8_t>> due;
  std::array<std::uint8_t, 1200> buffer;
  while (media_ssrc_ && feedback_.NextDeadline() <= now) {
    const std::size_t size = feedback_.Build(now, wire::Ssrc(1), wire::Ssrc(*media_ssrc_), buffer);
    if (size == 0) break;
    due.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  }
  if (media_ssrc_ && abs_send_time_id_ != 0) {
    if (const auto bps = remb_.TakeReport(now)) {
      wire::Remb remb;
      remb.sender_ssrc = wire::Ssrc(1);
      remb.bitrate_bps = *bps;
      remb.sources.PushBack(wire::Ssrc(*media_ssrc_));
      ByteWriter writer(buffer);
      remb.Write(writer);
      due.emplace_back(writer.written().begin(), writer.written().end());
    }
  }
  if (now < next_report_) return due;
  next_report_ = now + kReportInterval;
  for (const auto& [ssrc, sender_report] : sender_reports_) {
    wire::ReceiverReport report;
    report.sender_ssrc = wire::Ssrc(1);
    report.blocks.PushBack(Block(ssrc, sender_report, now));
    remb_.OnLoss(report.blocks[report.blocks.size() - 1].fraction_lost / 256.0, now);
    ByteWriter writer(buffer);
    report.Write(writer);
    due.emplace_back(writer.written().begin(), writer.written().end());
  }
  return due;
}

}  // namespace kcs::sim
