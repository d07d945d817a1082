#include "engine/wire/rtcp_remb.h"

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kFixedSize = 16;
constexpr std::uint32_t kName = 0x52454d42;  // "REMB"
constexpr unsigned kMantissaBits = 18;

}  // namespace

// draft-alvestrand-rmcat-remb-03 2.2, behind the common header:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     SSRC of packet sender                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |               SSRC of media source (not used: 0)              |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |  unique identifier 'R' 'E' 'M' 'B'                            |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |  num SSRC     |  exp (6)  |  mantissa (18)                    |   bit/s = mantissa * 2^exp
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |   SSRC feedback (num SSRC times)                              |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<Remb> Remb::Parse(std::uint8_t count, Bytes body) {
  if (count != kFormat || body.size() < kFixedSize || LoadU32(body.data() + 8) != kName) return std::nullopt;
  ByteReader in(body.subspan(12));
  Remb remb;
  remb.sender_ssrc = Ssrc(LoadU32(body.data()));
  const std::size_t sources = in.U8();
  const std::uint32_t rate = in.U24();
  const std::uint32_t exponent = rate >> kMantissaBits;
  const std::uint64_t mantissa = rate & ((1U << kMantissaBits) - 1);
  remb.bitrate_bps = mantissa << exponent;
  if ((remb.bitrate_bps >> exponent) != mantissa) return std::nullopt;  // beyond 64 bits: nobody means it
  if (in.remaining() < 4 * sources) return std::nullopt;
  for (std::size_t i = 0; i < sources && !remb.sources.full(); ++i) remb.sources.PushBack(Ssrc(in.U32()));
  return remb;
}

void Remb::Write(ByteWriter& out) const {
  std::uint32_t exponent = 0;
  while ((bitrate_bps >> exponent) >= (1U << kMantissaBits)) ++exponent;

  WriteRtcpHeader(out, RtcpType::kPayloadFeedback, kFormat, kFixedSize + 4 * sources.size());
  out.U32(sender_ssrc.value());
  out.U32(0);
  out.U32(kName);
  out.U8(static_cast<std::uint8_t>(sources.size()));
  out.U24((exponent << kMantissaBits) | static_cast<std::uint32_t>(bitrate_bps >> exponent));
  for (const Ssrc ssrc : sources) out.U32(ssrc.value());
}

}  // namespace kcs::wire
