#include "engine/wire/rtcp_sdes.h"

#include <algorithm>

#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::uint8_t kEnd = 0;
constexpr std::uint8_t kCname = 1;
constexpr std::size_t kMaxText = 255;

std::string_view Cut(std::string_view text) { return text.substr(0, kMaxText); }

// SSRC, item header, text, and at least one zero byte, up to the next 32-bit boundary.
std::size_t ChunkSize(const SdesChunk& chunk) {
  const std::size_t items = chunk.cname.empty() ? 0 : 2 + Cut(chunk.cname).size();
  return (4 + items + 1 + 3) / 4 * 4;
}

}  // namespace

// RFC 3550 6.5; a chunk begins on a 32-bit boundary:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                              SSRC                             |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |    CNAME=1    |     length    | user and domain name        ...
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<Sdes> Sdes::Parse(std::uint8_t count, Bytes body) {
  ByteReader in(body);
  Sdes sdes;
  for (std::uint8_t i = 0; i < count; ++i) {
    SdesChunk chunk;
    chunk.ssrc = Ssrc(in.U32());
    // "The list of items in each chunk MUST be terminated by one or more null octets"
    for (std::uint8_t item = in.U8(); item != kEnd; item = in.U8()) {
      const Bytes text = in.Read(in.U8());
      if (item == kCname) chunk.cname = AsText(text);
    }
    // The zero that a failed read returns ends the items as well; here it comes out.
    if (!in.ok()) return std::nullopt;
    in.Skip((4 - in.position() % 4) % 4);
    sdes.chunks.PushBack(chunk);
  }
  if (!in.ok()) return std::nullopt;
  return sdes;
}

void Sdes::Write(ByteWriter& out) const {
  std::size_t size = 0;
  for (const SdesChunk& chunk : chunks) size += ChunkSize(chunk);
  WriteRtcpHeader(out, RtcpType::kSdes, static_cast<std::uint8_t>(chunks.size()), size);
  for (const SdesChunk& chunk : chunks) {
    const std::string_view cname = Cut(chunk.cname);
    out.U32(chunk.ssrc.value());
    std::size_t written = 4;
    if (!cname.empty()) {
      out.U8(kCname);
      out.U8(static_cast<std::uint8_t>(cname.size()));
      out.Write(AsBytes(cname));
      written += 2 + cname.size();
    }
    out.Zeros(ChunkSize(chunk) - written);
  }
}

}  // namespace kcs::wire
