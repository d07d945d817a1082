#include "engine/wire/rtcp_sender_report.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kFixedSize = 24;

}  // namespace

// RFC 3550 6.4.1, behind the common header; `count` report blocks (rtcp_receiver_report.cpp) follow:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                         SSRC of sender                        |
//   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//   |              NTP timestamp, most significant word             |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |             NTP timestamp, least significant word             |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                         RTP timestamp                         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     sender's packet count                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                      sender's octet count                     |
//   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
std::optional<SenderReport> SenderReport::Parse(std::uint8_t count, Bytes body) {
  ByteReader in(body);
  SenderReport report;
  report.sender_ssrc = Ssrc(in.U32());
  report.ntp = in.U64();
  report.rtp_timestamp = in.U32();
  report.packet_count = in.U32();
  report.octet_count = in.U32();
  if (!in.ok() || in.remaining() < count * ReportBlock::kSize) return std::nullopt;
  for (std::uint8_t i = 0; i < count; ++i) report.blocks.PushBack(ReportBlock::Read(in));
  return report;
}

void SenderReport::Write(ByteWriter& out) const {
  WriteRtcpHeader(out, RtcpType::kSenderReport, static_cast<std::uint8_t>(blocks.size()),
                  kFixedSize + blocks.size() * ReportBlock::kSize);
  out.U32(sender_ssrc.value());
  out.U64(ntp);
  out.U32(rtp_timestamp);
  out.U32(packet_count);
  out.U32(octet_count);
  for (const ReportBlock& block : blocks) block.Write(out);
}

}  // namespace kcs::wire
