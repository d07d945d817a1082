#include "engine/wire/rtcp_fir.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kFixedSize = 8;
constexpr std::size_t kEntrySize = 8;

}  // namespace

// RFC 4585 6.1 and RFC 5104 4.3.1.1, behind the common header:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     SSRC of packet sender                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |               SSRC of media source (not used: 0)              |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                              SSRC                             |   one or more times
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   | sequence nr.  |    reserved                                   |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<Fir> Fir::Parse(std::uint8_t count, Bytes body) {
  if (count != kFormat || body.size() < kFixedSize + kEntrySize) return std::nullopt;
  ByteReader in(body);
  Fir fir;
  fir.sender_ssrc = Ssrc(in.U32());
  in.Skip(4);
  while (in.remaining() >= kEntrySize) {
    Entry entry;
    entry.ssrc = Ssrc(in.U32());
    entry.sequence_number = in.U8();
    in.Skip(3);
    if (!fir.entries.PushBack(entry)) break;
  }
  return fir;
}

void Fir::Write(ByteWriter& out) const {
  WriteRtcpHeader(out, RtcpType::kPayloadFeedback, kFormat, kFixedSize + entries.size() * kEntrySize);
  out.U32(sender_ssrc.value());
  out.U32(0);
  for (const Entry& entry : entries) {
    out.U32(entry.ssrc.value());
    out.U8(entry.sequence_number);
    out.U24(0);
  }
}

}  // namespace kcs::wire
