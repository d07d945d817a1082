#pragma once

#include <cstdint>

#include "base/time.h"

namespace kcs::media {

// 32.32 fixed-point seconds, as in sender reports (RFC 3550 section 4).
struct NtpTime {
  std::uint64_t value = 0;
  // The middle 32 bits: 16.16 seconds, as in LSR.
  constexpr std::uint32_t Middle() const { return static_cast<std::uint32_t>(value >> 16); }
  friend constexpr bool operator==(NtpTime, NtpTime) = default;
};

// Our own NTP clock. RFC 3550 section 4 lets a system without a notion of wallclock count from any common
// instant, so it counts from the start of the worker's monotonic clock, plus a day, so that no report ever
// carries 0, which means "no report".
NtpTime ToNtp(Timestamp t);

// The time since an arbitrary epoch in microseconds; differences of two of them are true durations.
Duration SinceEpoch(NtpTime ntp);

// 16.16 seconds (DLSR and differences of Middle()) <-> Duration.
Duration FromNtpShort(std::uint32_t value);
std::uint32_t ToNtpShort(Duration d);

}  // namespace kcs::media
