#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace kcs::wire {

// Redundant audio (RFC 2198 3): headers of four bytes for the redundant blocks, then one of one byte for the
// primary, then the data of all. Each header names its block's payload type, in the sender's numbering.
inline constexpr std::size_t kMaxRedHeader = 13;  // three redundant blocks; no browser sends more

// Whether WriteRedHeader understands it.
bool IsRed(Bytes payload);

// Copies the headers to `out` (room for kMaxRedHeader), all blocks renamed to `payload_type`, and returns
// their size; 0: malformed, or more blocks than that.
std::size_t WriteRedHeader(Bytes payload, std::uint8_t payload_type, std::uint8_t* out);

}  // namespace kcs::wire
