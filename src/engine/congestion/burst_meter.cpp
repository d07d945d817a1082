#include "engine/congestion/burst_meter.h"

namespace kcs::congestion {

void BurstMeter::Conclude() {
  trains_bytes_ = kKept * trains_bytes_ + static_cast<double>(bytes_);
  trains_us_ = kKept * trains_us_ + static_cast<double>(last_arrival_us_ - first_arrival_us_);
  const double bps = trains_bytes_ * 8e6 / std::max(1.0, trains_us_);
  bps_ = static_cast<std::uint32_t>(std::min(bps, 4e9));
  measured_ = sent_;
}

}  // namespace kcs::congestion
