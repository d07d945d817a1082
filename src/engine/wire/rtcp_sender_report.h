#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// RTCP 200 (RFC 3550 6.4.1).
struct SenderReport {
  Ssrc sender_ssrc;
  std::uint64_t ntp = 0;            // 32.32 seconds since 1900
  std::uint32_t rtp_timestamp = 0;  // the same instant in units of the RTP clock
  std::uint32_t packet_count = 0;
  std::uint32_t octet_count = 0;  // payload only, without headers and padding
  ReportBlocks blocks;

  // What a receiver puts into ReportBlock::last_sr.
  std::uint32_t compact_ntp() const { return static_cast<std::uint32_t>(ntp >> 16); }

  static std::optional<SenderReport> Parse(std::uint8_t count, Bytes body);
  void Write(ByteWriter& out) const;  // whether it fitted: out.ok()
};

}  // namespace kcs::wire
