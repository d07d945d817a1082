#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace kcs::congestion {

// The standing queue of a path: the smallest one-way delay of late above the smallest of the last tens of
// seconds. The clocks need not agree; their drift is smaller than what matters here.
class QueueGauge {
 public:
  static constexpr Duration kLong = 50ms;
  static constexpr Duration kWindow = 15s;  // the base is the smallest of the last one to two of these

  // The smallest `arrival - sending` of the packets of one report. Small bursts (a frame) have passed by
  // then.
  void Add(std::int64_t delay_us, Timestamp now);
  // Zero until something was reported.
  Duration queue() const { return Duration{queue_us_}; }
  Duration before() const { return Duration{previous_queue_us_}; }  // at the report before
  // Since when the queue has been longer than kLong, if it is; how long it has not been.
  std::optional<Timestamp> long_since() const { return long_since_; }
  Duration short_for(Timestamp now) const { return long_since_ ? Duration::zero() : now - short_since_; }
  // How many reports in a row it has been clearly longer than at the one before.
  int rises() const { return rises_; }
  void Reset() { *this = {}; }

 private:
  bool used_ = false;
  std::int64_t base_us_ = 0;           // in the present window
  std::int64_t previous_base_us_ = 0;  // in the last one
  std::int64_t last_us_ = 0;
  std::int64_t queue_us_ = 0;
  std::int64_t previous_queue_us_ = 0;
  int rises_ = 0;
  Timestamp since_{};
  Timestamp short_since_{};
  std::optional<Timestamp> long_since_;
};

}  // namespace kcs::congestion
