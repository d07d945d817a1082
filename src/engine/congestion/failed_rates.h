#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace kcs::congestion {

// The rates at which the path was full, remembered so that the same layer does not overload it again and
// again: growth ends below them, and only a probe that finds clearly more than one lifts it. Each holds
// longer after every relapse. Several, because a path shared with others fails at different rates at
// different times.
class FailedRates {
 public:
  static constexpr std::size_t kMaxRates = 4;
  static constexpr Duration kFirstHold = 60s;
  static constexpr Duration kMaxHold = 240s;
  static constexpr Duration kRelapse = 120s;  // congestion again that soon after a rate's hold has ended
  static constexpr Duration kConfirm = 3s;
  static constexpr double kClearlyMore = 1.2;

  // The path was full at `bps`.
  void OnCongestion(std::uint32_t bps, Timestamp now);
  // A probe found `bps`: what to believe of it. Two in kConfirm that exceed a rate clearly lift it (one may
  // have met a moment in which others sent little).
  std::uint32_t OnProbe(std::uint32_t bps, Timestamp now);
  // As much arrives, and no queue grows: what failed below it has healed.
  void OnDelivered(std::uint32_t bps, Timestamp now);
  // What growth may reach.
  std::uint32_t Limit(Timestamp now) const;
  // What a probe must find at least for `bps` to be believed.
  double ProbeFor(double bps, Timestamp now) const;

 private:
  struct Rate {
    std::uint32_t bps = 0;  // 0: none
    Duration hold = kFirstHold;
    Timestamp last{};
    Timestamp until{};
    std::optional<Timestamp> exceeded{};  // by a probe
    bool Holds(Timestamp now) const { return bps != 0 && now < until; }
  };

  Rate& Find(std::uint32_t bps, Timestamp now);

  std::array<Rate, kMaxRates> rates_{};
};

}  // namespace kcs::congestion
