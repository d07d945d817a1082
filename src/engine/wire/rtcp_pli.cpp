#include "engine/wire/rtcp_pli.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kSize = 8;

}  // namespace

// RFC 4585 6.1 and 6.3.1, behind the common header:
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     SSRC of packet sender                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                      SSRC of media source                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// "PLI does not require parameters. Therefore, the length field MUST be 2": more is ignored, less is
// malformed.
std::optional<Pli> Pli::Parse(std::uint8_t count, Bytes body) {
  if (count != kFormat || body.size() < kSize) return std::nullopt;
  return Pli{Ssrc(LoadU32(body.data())), Ssrc(LoadU32(body.data() + 4))};
}

void Pli::Write(ByteWriter& out) const {
  WriteRtcpHeader(out, RtcpType::kPayloadFeedback, kFormat, kSize);
  out.U32(sender_ssrc.value());
  out.U32(media_ssrc.value());
}

}  // namespace kcs::wire
