#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// Receiver estimated maximum bit rate (PSFB, fmt 15, "REMB"; draft-alvestrand-rmcat-remb-03).
struct Remb {
  static constexpr std::uint8_t kFormat = 15;
  static constexpr std::size_t kMaxSources = 32;  // further ones of a received packet are left out

  Ssrc sender_ssrc;
  std::uint64_t bitrate_bps = 0;  // 18 significant bits survive the wire, rounded down
  BoundedList<Ssrc, kMaxSources> sources;

  // nullopt also for other application layer feedback (fmt 15 without "REMB").
  static std::optional<Remb> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
