#include "engine/media/clock_map.h"

#include <algorithm>
#include <cmath>

namespace kcs::media {
std::uint32_t RtpAt(const SenderClock& clock, NtpTime at, std::uint32_t clock_rate) {
  const auto elapsed = static_cast<std::int64_t>(at.value - clock.ntp.value);  // 32.32 s
  const double ticks = std::ldexp(static_cast<double>(elapsed), -32) * clock_rate;
  return clock.rtp + static_cast<std::uint32_t>(std::llround(ticks));
}

std::uint32_t TimestampDelta(const SenderClock& from, const SenderClock& to, std::uint32_t clock_rate) {
  return RtpAt(from, to.ntp, clock_rate) - to.rtp;
}

void ClockMap::OnSenderReport(NtpTime ntp, Timestamp now) {
  const Duration offset = now.time_since_epoch() - SinceEpoch(ntp);
  if (count_ > 0 && (offset - offset_ > kJump || offset_ - offset > kJump)) count_ = 0;
  window_[count_ % kWindow] = offset;
  ++count_;
  const std::uint32_t known = std::min(count_, kWindow);
  offset_ = *std::min_element(window_, window_ + known);
}

Timestamp ClockMap::ToLocal(NtpTime ntp) const { return Timestamp{SinceEpoch(ntp) + offset_}; }

}  // namespace kcs::media
