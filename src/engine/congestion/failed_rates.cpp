#include "engine/congestion/failed_rates.h"

#include <algorithm>
#include <limits>

namespace kcs::congestion {
namespace {

constexpr double kBelow = 0.95;       // of a failed rate is fine
constexpr double kProbeAbove = 1.25;  // somewhat more than kClearlyMore, because a probe never finds all

}  // namespace

FailedRates::Rate& FailedRates::Find(std::uint32_t bps, Timestamp now) {
  Rate* oldest = &rates_[0];
  for (Rate& rate : rates_) {
    if (rate.bps != 0 && bps < kClearlyMore * rate.bps && rate.bps < kClearlyMore * bps) return rate;
    if (rate.bps == 0 || (oldest->bps != 0 && rate.last < oldest->last)) oldest = &rate;
  }
  *oldest = {.last = now};
  return *oldest;
}

void FailedRates::OnCongestion(std::uint32_t bps, Timestamp now) {
  Rate& rate = Find(std::max(1U, bps), now);
  if (rate.bps != 0 && !rate.Holds(now)) {
    const bool relapse = now - rate.last < rate.hold + kRelapse;
    rate.hold = relapse ? std::min(kMaxHold, rate.hold * 2) : kFirstHold;
  }
  rate.bps = std::max(1U, bps);
  rate.last = now;
  rate.exceeded.reset();
  rate.until = now + rate.hold;
}

std::uint32_t FailedRates::OnProbe(std::uint32_t bps, Timestamp now) {
  double believed = bps;
  for (Rate& rate : rates_) {
    if (!rate.Holds(now)) continue;
    const bool exceeds = bps >= kClearlyMore * rate.bps;
    if (exceeds && rate.exceeded && now - *rate.exceeded <= kConfirm) {
      rate.until = now;
      continue;
    }
    if (exceeds) rate.exceeded = now;
    if (bps > kBelow * rate.bps) believed = std::min(believed, std::max(kBelow * rate.bps, 1.0));
  }
  return static_cast<std::uint32_t>(believed);
}

void FailedRates::OnDelivered(std::uint32_t bps, Timestamp now) {
  for (Rate& rate : rates_) {
    if (rate.Holds(now) && kBelow * rate.bps < bps) rate.until = now;
  }
}

std::uint32_t FailedRates::Limit(Timestamp now) const {
  double limit = std::numeric_limits<std::uint32_t>::max();
  for (const Rate& rate : rates_) {
    if (rate.Holds(now)) limit = std::min(limit, kBelow * rate.bps);
  }
  return static_cast<std::uint32_t>(limit);
}

double FailedRates::ProbeFor(double bps, Timestamp now) const {
  double needed = bps;
  for (const Rate& rate : rates_) {
    if (rate.Holds(now) && bps > kBelow * rate.bps) needed = std::max(needed, kProbeAbove * rate.bps);
  }
  return needed;
}

}  // namespace kcs::congestion
