#include "engine/congestion/train_meter.h"

#include <cmath>

namespace kcs::congestion {

void TrainMeter::Believe(std::uint32_t bps) {
  if (std::abs(static_cast<double>(bps) - believed_) <= kSame * believed_) return;
  Forget();
  believed_ = bps;
  least_bps_ = kSentFaster * bps;
}

void TrainMeter::Forget() {
  trains_ = 0;
  trains_bytes_ = trains_us_ = 0;
  bytes_ = 0;
  first_sent_ = last_sent_ = kNever;
}

void TrainMeter::Conclude() {
  // What comes in a bunch did not pass faster than it was sent.
  const auto sent_us = static_cast<double>((last_sent_ - first_sent_).count());
  const auto arrived_us = static_cast<double>(last_arrival_us_ - first_arrival_us_);
  trains_bytes_ = kKept * trains_bytes_ + static_cast<double>(bytes_);
  trains_us_ = kKept * trains_us_ + std::max(sent_us, arrived_us);
  trains_ = std::min(trains_ + 1, kTrains);
}

bool TrainMeter::passes_faster() const {
  return trains_ >= kTrains && trains_bytes_ * 8e6 >= kPassesFaster * believed_ * trains_us_;
}

}  // namespace kcs::congestion
