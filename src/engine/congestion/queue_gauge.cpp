#include "engine/congestion/queue_gauge.h"

#include <algorithm>
#include <cstdlib>

namespace kcs::congestion {
namespace {

constexpr std::int64_t kJumpUs = 4'000'000;
constexpr std::int64_t kRiseUs = 5'000;
constexpr int kManyRises = 1000;

}  // namespace

void QueueGauge::Add(std::int64_t delay_us, Timestamp now) {
  if (used_ && std::abs(delay_us - last_us_) > kJumpUs) Reset();  // one of the clocks was set
  last_us_ = delay_us;
  if (!used_) {
    used_ = true;
    base_us_ = previous_base_us_ = delay_us;
    since_ = short_since_ = now;
  }
  if (now - since_ > kWindow) {
    previous_base_us_ = base_us_;
    base_us_ = delay_us;
    since_ = now;
  }
  base_us_ = std::min(base_us_, delay_us);
  previous_queue_us_ = queue_us_;
  queue_us_ = delay_us - std::min(base_us_, previous_base_us_);
  rises_ = queue_us_ > previous_queue_us_ + kRiseUs ? std::min(rises_ + 1, kManyRises) : 0;
  if (queue() <= kLong) {
    if (long_since_) short_since_ = now;
    long_since_.reset();
  } else if (!long_since_) {
    long_since_ = now;
  }
}

}  // namespace kcs::congestion
