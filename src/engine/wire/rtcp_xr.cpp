#include "engine/wire/rtcp_xr.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::uint8_t kReceiverReferenceTime = 4;
constexpr std::uint8_t kDlrr = 5;
constexpr std::size_t kBlockHeaderSize = 4;
constexpr std::size_t kReferenceTimeSize = 8;
constexpr std::size_t kDlrrItemSize = 12;

void WriteBlockHeader(ByteWriter& out, std::uint8_t type, std::size_t content_size) {
  out.U8(type);
  out.U8(0);
  out.U16(static_cast<std::uint16_t>(content_size / 4));
}

}  // namespace

// RFC 3611 2 and 3, behind the common header: SSRC, then blocks of
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |      BT       | type-specific |  block length (words, content)|
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   RRTR (BT 4):  NTP timestamp (64 bits)
//   DLRR (BT 5):  SSRC (32), last RR (32), delay since last RR (32), one or more times
std::optional<ExtendedReport> ExtendedReport::Parse(std::uint8_t /*count: reserved*/, Bytes body) {
  ByteReader in(body);
  ExtendedReport report;
  report.sender_ssrc = Ssrc(in.U32());
  if (!in.ok()) return std::nullopt;
  while (in.remaining() > 0) {
    const std::uint8_t type = in.U8();
    in.Skip(1);
    const std::size_t size = std::size_t{4} * in.U16();
    ByteReader block(in.Read(size));
    if (!in.ok()) return std::nullopt;
    if (type == kReceiverReferenceTime) {
      if (size != kReferenceTimeSize) return std::nullopt;
      report.reference_time = block.U64();
    } else if (type == kDlrr) {
      if (size % kDlrrItemSize != 0) return std::nullopt;
      while (block.remaining() > 0 && !report.dlrr.full()) {
        DlrrItem item;
        item.ssrc = Ssrc(block.U32());
        item.last_rr = block.U32();
        item.delay_since_last_rr = block.U32();
        report.dlrr.PushBack(item);
      }
    }
  }
  return report;
}

void ExtendedReport::Write(ByteWriter& out) const {
  const std::size_t dlrr_size = dlrr.size() * kDlrrItemSize;
  std::size_t size = 4;
  if (reference_time) size += kBlockHeaderSize + kReferenceTimeSize;
  if (!dlrr.empty()) size += kBlockHeaderSize + dlrr_size;
  WriteRtcpHeader(out, RtcpType::kExtendedReport, 0, size);
  out.U32(sender_ssrc.value());
  if (reference_time) {
    WriteBlockHeader(out, kReceiverReferenceTime, kReferenceTimeSize);
    out.U64(*reference_time);
  }
  if (!dlrr.empty()) {
    WriteBlockHeader(out, kDlrr, dlrr_size);
    for (const DlrrItem& item : dlrr) {
      out.U32(item.ssrc.value());
      out.U32(item.last_rr);
      out.U32(item.delay_since_last_rr);
    }
  }
}

}  // namespace kcs::wire
