#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// Full intra request (PSFB, fmt 4; RFC 5104 4.3.1).
struct Fir {
  static constexpr std::uint8_t kFormat = 4;
  struct Entry {
    Ssrc ssrc;                         // who shall send a key frame
    std::uint8_t sequence_number = 0;  // counts the requests, not their repetitions
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  static constexpr std::size_t kMaxEntries = 16;  // further ones of a received packet are left out

  Ssrc sender_ssrc;
  BoundedList<Entry, kMaxEntries> entries;

  static std::optional<Fir> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
