#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// RTCP 203 (RFC 3550 6.6). The reason lies in the packet (or is the writer's); at most 255 bytes.
struct Bye {
  static constexpr std::size_t kMaxSources = 31;
  BoundedList<Ssrc, kMaxSources> sources;
  std::string_view reason;

  static std::optional<Bye> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
