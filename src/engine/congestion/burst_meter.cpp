#include "engine/congestion/burst_meter.h"

namespace kcs::congestion {

void BurstMeter::Conclude() {
  rate_.Add(bytes_, static_cast<double>(last_arrival_us_ - first_arrival_us_));
  bps_ = static_cast<std::uint32_t>(std::min(rate_.bits_per_second(), 4e9));
  measured_ = sent_;
}

}  // namespace kcs::congestion
