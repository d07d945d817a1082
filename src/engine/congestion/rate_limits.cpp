#include "engine/congestion/rate_limits.h"

#include <algorithm>

namespace kcs::congestion {

void Ceiling::OnCongestion(std::uint32_t bps, Timestamp now) {
  const bool relapse = bps_ != 0 && !Holds(now) && now - last_ < hold_ + kRelapse;
  if (relapse) hold_ = std::min(kMaxHold, hold_ * 2);
  if (bps_ != 0 && now - last_ >= hold_ + kRelapse) hold_ = kFirstHold;
  bps_ = std::max(1U, bps);
  last_ = now;
  until_ = now + hold_;
}

bool Ceiling::OnProbe(std::uint32_t bps, Timestamp now) {
  if (!Holds(now) || bps < bps_) return true;
  if (bps < kClearlyMore * bps_) return false;
  bps_ = 0;
  return true;
}

std::uint32_t Ceiling::limit(Timestamp now) const {
  if (!Holds(now)) return std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(0.95 * bps_);
}

std::uint32_t Ceiling::probe_floor(Timestamp now) const {
  if (!Holds(now)) return 0;
  return static_cast<std::uint32_t>(std::min(4e9, 1.3 * bps_));
}

}  // namespace kcs::congestion
