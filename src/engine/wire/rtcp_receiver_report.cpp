#include "engine/wire/rtcp_receiver_report.h"

#include <algorithm>

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {

// RFC 3550 6.4.1, a report block:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                 SSRC of the source reported on                |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   | fraction lost |       cumulative number of packets lost       |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |           extended highest sequence number received           |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                      interarrival jitter                      |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                         last SR (LSR)                         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                   delay since last SR (DLSR)                  |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
ReportBlock ReportBlock::Read(ByteReader& in) {
  ReportBlock block;
  block.ssrc = Ssrc(in.U32());
  block.fraction_lost = in.U8();
  block.cumulative_lost = static_cast<std::int32_t>(in.U24() << 8) >> 8;  // signed 24 bits
  block.extended_highest_seq = in.U32();
  block.jitter = in.U32();
  block.last_sr = in.U32();
  block.delay_since_last_sr = in.U32();
  return block;
}

void ReportBlock::Write(ByteWriter& out) const {
  // As in RFC 3550 A.3: a number beyond 24 bits is clamped, not wrapped around.
  const std::int32_t lost = std::clamp(cumulative_lost, -0x800000, 0x7fffff);
  out.U32(ssrc.value());
  out.U8(fraction_lost);
  out.U24(static_cast<std::uint32_t>(lost) & 0xffffff);
  out.U32(extended_highest_seq);
  out.U32(jitter);
  out.U32(last_sr);
  out.U32(delay_since_last_sr);
}

// RFC 3550 6.4.2: header, SSRC of the sender of the packet, `count` report blocks, profile-specific
// extensions.
std::optional<ReceiverReport> ReceiverReport::Parse(std::uint8_t count, Bytes body) {
  ByteReader in(body);
  ReceiverReport report;
  report.sender_ssrc = Ssrc(in.U32());
  if (!in.ok() || in.remaining() < count * ReportBlock::kSize) return std::nullopt;
  for (std::uint8_t i = 0; i < count; ++i) report.blocks.PushBack(ReportBlock::Read(in));
  return report;
}

void ReceiverReport::Write(ByteWriter& out) const {
  WriteRtcpHeader(out, RtcpType::kReceiverReport, static_cast<std::uint8_t>(blocks.size()),
                  4 + blocks.size() * ReportBlock::kSize);
  out.U32(sender_ssrc.value());
  for (const ReportBlock& block : blocks) block.Write(out);
}

}  // namespace kcs::wire
