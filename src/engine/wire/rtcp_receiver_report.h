#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// What a receiver says about one source (RFC 3550 6.4.1).
struct ReportBlock {
  static constexpr std::size_t kSize = 24;
  Ssrc ssrc;                               // of the source this is about
  std::uint8_t fraction_lost = 0;          // 1/256, since the previous report
  std::int32_t cumulative_lost = 0;        // signed 24 bits
  std::uint32_t extended_highest_seq = 0;  // cycles << 16 | highest sequence number
  std::uint32_t jitter = 0;                // in units of the RTP clock
  std::uint32_t last_sr = 0;  // middle 32 bits of the NTP time of the last sender report; 0: none yet
  std::uint32_t delay_since_last_sr = 0;  // in 1/65536 s

  static ReportBlock Read(ByteReader& in);
  void Write(ByteWriter& out) const;
  friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

inline constexpr std::size_t kMaxReportBlocks = 31;  // five bits
using ReportBlocks = BoundedList<ReportBlock, kMaxReportBlocks>;

// RTCP 201.
struct ReceiverReport {
  Ssrc sender_ssrc;
  ReportBlocks blocks;

  static std::optional<ReceiverReport> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
