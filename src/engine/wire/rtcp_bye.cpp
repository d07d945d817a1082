#include "engine/wire/rtcp_bye.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {

// RFC 3550 6.6, behind the common header:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     SSRC/CSRC (count times)                   |
//   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//   |     length    |               reason for leaving            ...   optional
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<Bye> Bye::Parse(std::uint8_t count, Bytes body) {
  ByteReader in(body);
  Bye bye;
  for (std::uint8_t i = 0; i < count; ++i) bye.sources.PushBack(Ssrc(in.U32()));
  if (in.remaining() > 0) bye.reason = AsText(in.Read(in.U8()));
  if (!in.ok()) return std::nullopt;
  return bye;
}

void Bye::Write(ByteWriter& out) const {
  const std::string_view text = reason.substr(0, 255);
  const std::size_t text_size = text.empty() ? 0 : (1 + text.size() + 3) / 4 * 4;
  WriteRtcpHeader(out, RtcpType::kBye, static_cast<std::uint8_t>(sources.size()),
                  4 * sources.size() + text_size);
  for (const Ssrc ssrc : sources) out.U32(ssrc.value());
  if (text.empty()) return;
  out.U8(static_cast<std::uint8_t>(text.size()));
  out.Write(AsBytes(text));
  out.Zeros(text_size - 1 - text.size());
}

}  // namespace kcs::wire
