#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace kcs::congestion {

// What a sender without transport-wide feedback may send to us, for REMB (draft-alvestrand-rmcat-remb-03):
// one per transport. It is not a bandwidth estimator of the class that transport-wide feedback gives the
// sender: it lets a sender grow as long as nothing suffers, and takes it back when packets are lost or, with
// abs-send-time, when they queue up. It cannot see a narrow path before it suffers, shares a path with others
// only roughly, and needs some seconds to reach several Mbit/s.
class ReceiveBitrateEstimator {
 public:
  struct Options {
    std::uint32_t start_bps = 1'000'000;
    std::uint32_t min_bps = 300'000;  // never less: audio and a small picture must pass
    std::uint32_t max_bps = 30'000'000;
  };
  static constexpr Duration kReportInterval = 1s;
  static constexpr double kHighLoss = 0.10;
  static constexpr Duration kQueue = 120ms;  // of standing delay above the smallest: the path is full

  ReceiveBitrateEstimator() : ReceiveBitrateEstimator(Options{}) {}
  explicit ReceiveBitrateEstimator(Options options);

  // Any RTP packet of the transport; `abs_send_time`: 24 bits, if it has one.
  void OnPacket(std::size_t size, std::optional<std::uint32_t> abs_send_time, Timestamp now);
  // The fraction lost over the transport's streams in the last report interval, 0...1.
  void OnLoss(double fraction, Timestamp now);

  std::uint32_t bits_per_second() const { return estimate_; }
  // When a REMB is due: every second, at once after a fall; kNever before the first packet, and after a
  // second without any.
  Timestamp NextDeadline() const { return deadline_; }
  // The rate to report, if it is due at `now`; lets the estimate grow.
  std::optional<std::uint32_t> TakeReport(Timestamp now);

 private:
  static constexpr std::size_t kSlices = 8;
  static constexpr Duration kSlice = 125ms;
  static constexpr Duration kBaseWindow = 10s;
  static constexpr Duration kFirstReport = 100ms;
  static constexpr Timestamp kNone = Timestamp::min();
  static constexpr Timestamp kBegin{};

  void Count(std::size_t size, Timestamp now);
  std::uint32_t IncomingBps(Timestamp now) const;
  void OnDelay(std::uint32_t abs_send_time, Timestamp now);
  void BackOff(double factor, Timestamp now);

  Options options_;
  std::uint32_t estimate_;
  Timestamp deadline_ = kNever;
  Timestamp last_growth_ = kBegin;
  Timestamp last_fall_ = kNone;
  Timestamp hold_until_ = kBegin;

  std::array<std::uint32_t, kSlices> bytes_{};
  std::int64_t newest_slice_ = -1;

  // Relative one-way delay: arrival - sending, smoothed, and its smallest value in the present and the last
  // window.
  bool has_delay_ = false;
  std::uint32_t last_send_time_ = 0;
  Timestamp last_arrival_{};
  std::int64_t delay_us_ = 0;
  double smoothed_us_ = 0;
  std::int64_t base_us_ = 0;
  std::int64_t previous_base_us_ = 0;
  Timestamp base_since_{};
};

}  // namespace kcs::congestion
