#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "engine/media/ntp_time.h"

namespace kcs::media {

// What a sender report says about a stream: at the sender's time `ntp` the stream's clock showed `rtp`.
struct SenderClock {
  NtpTime ntp;
  std::uint32_t rtp = 0;
};

// The RTP timestamp that `clock` shows at the sender's time `at`.
std::uint32_t RtpAt(const SenderClock& clock, NtpTime at, std::uint32_t clock_rate);

// What must be added to a timestamp of the stream `to` to get the timestamp of the stream `from` at the same
// moment. Both streams come from one sender and have the same clock rate.
std::uint32_t TimestampDelta(const SenderClock& from, const SenderClock& to, std::uint32_t clock_rate);

// Maps the NTP clock of one sender to ours; one for each transport that produces, shared by all its streams,
// so that everything which goes on from them keeps sound and picture together. The offset is the smallest
// difference between arrival and NTP time of the recent reports: the one that the network delayed least.
class ClockMap {
 public:
  void OnSenderReport(NtpTime ntp, Timestamp now);
  bool known() const { return count_ > 0; }
  // The moment on our clock at which a packet sent at the sender's time `ntp` arrives when the network is
  // quick. Only if known().
  Timestamp ToLocal(NtpTime ntp) const;

 private:
  static constexpr std::uint32_t kWindow = 16;
  // More than this away from the present offset: the sender has set its clock; start over.
  static constexpr Duration kJump = 2s;

  Duration offset_{};  // local - sender, as microseconds since either epoch
  Duration window_[kWindow]{};
  std::uint32_t count_ = 0;
};

}  // namespace kcs::media
