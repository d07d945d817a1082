#include "engine/wire/av1.h"

namespace kcs::wire {
namespace {

constexpr std::uint8_t kObuSequenceHeader = 1;

// LEB128 (AV1 4.10.5): seven bits a byte, least significant first, at most eight bytes.
std::optional<std::size_t> ReadLeb128(ByteReader& in) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const std::uint8_t byte = in.U8();
    if (!in.ok()) return std::nullopt;
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if ((byte & 0x80) == 0) return static_cast<std::size_t>(value);
  }
  return std::nullopt;
}

// AV1 5.3.2 and 5.3.3, the second byte if X:
//    0 1 2 3 4 5 6 7         0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+       +-+-+-+-+-+-+-+-+
//   |0| type  |X|S|-|       | TID |SID|-----|
//   +-+-+-+-+-+-+-+-+       +-+-+-+-+-+-+-+-+
void TakeObu(Bytes obu, Av1Payload& p) {
  if (obu.empty()) return;
  if (((obu[0] >> 3) & 0x0f) == kObuSequenceHeader) p.has_sequence_header = true;
  const bool has_extension = (obu[0] & 0x04) != 0;
  if (!has_extension || obu.size() < 2 || p.has_layer_indices) return;
  p.has_layer_indices = true;
  p.temporal_layer = static_cast<std::uint8_t>(obu[1] >> 5);
  p.spatial_layer = static_cast<std::uint8_t>((obu[1] >> 3) & 0x03);
}

}  // namespace

// "RTP Payload Format For AV1", 4.4: the aggregation header, then OBU elements, each behind its length
// (LEB128); if W is not 0, the last of the W elements has no length.
//    0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+
//   |Z|Y| W |N|-|-|-|
//   +-+-+-+-+-+-+-+-+
std::optional<Av1Payload> Av1Payload::Parse(Bytes payload) {
  ByteReader in(payload);
  Av1Payload p;
  const std::uint8_t first = in.U8();
  if (!in.ok() || in.remaining() == 0) return std::nullopt;
  p.continues_obu = (first & 0x80) != 0;
  p.continued_in_next = (first & 0x40) != 0;
  p.obu_count = (first >> 4) & 0x03;
  p.new_coded_sequence = (first & 0x08) != 0;
  // The first packet of a sequence cannot go on with an OBU of the previous packet: N demands Z = 0.
  if (p.new_coded_sequence && p.continues_obu) return std::nullopt;

  for (unsigned i = 1; in.remaining() > 0; ++i) {
    const bool last_without_length = p.obu_count != 0 && i == p.obu_count;
    std::optional<std::size_t> size = in.remaining();
    if (!last_without_length) size = ReadLeb128(in);
    if (!size) return std::nullopt;
    const Bytes obu = in.Read(*size);
    if (!in.ok()) return std::nullopt;
    const bool begins_here = i > 1 || !p.continues_obu;
    if (begins_here) TakeObu(obu, p);
  }
  return p;
}

}  // namespace kcs::wire
