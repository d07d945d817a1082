#include "engine/congestion/train_meter.h"

namespace kcs::congestion {

void TrainMeter::Believe(std::uint32_t bps) {
  believed_ = bps;
  least_bps_ = static_cast<std::uint32_t>(std::min(kSentFaster * bps, 4e9));
  least_bytes_ = std::max(kLeastBytes, static_cast<std::uint32_t>(bps * ToSeconds(kLeastSpan) / 8));
}

void TrainMeter::Forget() {
  trains_ = 0;
  rate_ = {};
  bytes_ = 0;
  first_sent_ = last_sent_ = kNever;
}

void TrainMeter::Conclude() {
  // What comes in a bunch did not pass faster than it was sent.
  const auto sent_us = static_cast<double>((last_sent_ - first_sent_).count());
  const auto arrived_us = static_cast<double>(last_arrival_us_ - first_arrival_us_);
  rate_.Add(bytes_, std::max(sent_us, arrived_us));
  trains_ = std::min(trains_ + 1, kTrains);
  last_train_ = last_sent_;
}

bool TrainMeter::passes_faster(Timestamp now) const {
  return trains_ >= kTrains && now - last_train_ < kForgetAfter &&
         rate_.bits_per_second() >= kPassesFaster * believed_;
}

}  // namespace kcs::congestion
