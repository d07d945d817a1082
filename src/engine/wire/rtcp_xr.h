#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// One sub-block of DLRR (RFC 3611 4.5): an answer to a receiver's reference time.
struct DlrrItem {
  Ssrc ssrc;                              // of the receiver that is answered
  std::uint32_t last_rr = 0;              // middle 32 bits of its NTP time
  std::uint32_t delay_since_last_rr = 0;  // in 1/65536 s
  friend bool operator==(const DlrrItem&, const DlrrItem&) = default;
};

// RTCP 207 (RFC 3611): the blocks by which a receiver that sends nothing measures round-trip time. Other
// blocks are skipped.
struct ExtendedReport {
  static constexpr std::size_t kMaxItems = 16;  // further ones of a received packet are left out

  Ssrc sender_ssrc;
  std::optional<std::uint64_t> reference_time;  // RRTR (4.4): NTP time, 32.32
  BoundedList<DlrrItem, kMaxItems> dlrr;

  static std::optional<ExtendedReport> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
