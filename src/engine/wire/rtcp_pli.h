#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// Picture loss indication (PSFB, fmt 1; RFC 4585 6.3.1).
struct Pli {
  static constexpr std::uint8_t kFormat = 1;
  Ssrc sender_ssrc;
  Ssrc media_ssrc;

  static std::optional<Pli> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
