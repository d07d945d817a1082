#pragma once

#include <cstdint>
#include <limits>

#include "base/time.h"

namespace kcs::congestion {

// The rate at which the path was full, remembered so that the same layer does not overload it again and
// again. Growth ends below it; only a probe that finds clearly more lifts it. It holds longer after each
// relapse.
class Ceiling {
 public:
  static constexpr Duration kFirstHold = 60s;
  static constexpr Duration kMaxHold = 240s;
  static constexpr Duration kRelapse = 120s;  // congestion again that soon after the last one
  static constexpr double kClearlyMore = 1.2;

  // The path was full at `bps`.
  void OnCongestion(std::uint32_t bps, Timestamp now);
  // A probe found `bps`. Whether that is believed: it lifts the ceiling, or is below it anyway.
  bool OnProbe(std::uint32_t bps, Timestamp now);
  // What growth may reach.
  std::uint32_t limit(Timestamp now) const;
  // What a probe must find to be worth it; 0: anything.
  std::uint32_t probe_floor(Timestamp now) const;

 private:
  bool Holds(Timestamp now) const { return bps_ != 0 && now < until_; }

  std::uint32_t bps_ = 0;  // 0: unknown
  Duration hold_ = kFirstHold;
  Timestamp last_{};
  Timestamp until_{};
};

}  // namespace kcs::congestion
