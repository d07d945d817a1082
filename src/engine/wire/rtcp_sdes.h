#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// The one item of a source description that the engine uses; the text lies in the packet (or is the
// writer's).
struct SdesChunk {
  Ssrc ssrc;
  std::string_view cname;  // at most 255 bytes; empty if the chunk has none
  friend bool operator==(const SdesChunk&, const SdesChunk&) = default;
};

// RTCP 202 (RFC 3550 6.5); items other than CNAME are skipped.
struct Sdes {
  static constexpr std::size_t kMaxChunks = 31;
  BoundedList<SdesChunk, kMaxChunks> chunks;

  static std::optional<Sdes> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
