#include "engine/congestion/reference_time.h"

namespace kcs::congestion {
namespace {

constexpr std::int64_t kCycle = 1 << 24;
constexpr std::int64_t kMost = kCycle << 14;  // half a thousand years, or a receiver that makes times up
constexpr std::int64_t kUnitUs = 64'000;

}  // namespace

std::int64_t ReferenceTime::CycleOf(std::uint32_t reference_time) {
  const std::int64_t raw = reference_time % kCycle;
  if (unwrapped_ >= 0) {
    std::int64_t step = (raw - unwrapped_) % kCycle;
    if (step < -kCycle / 2) step += kCycle;
    if (step > kCycle / 2) step -= kCycle;
    unwrapped_ += step;
  }
  if (unwrapped_ < 0 || unwrapped_ > kMost) unwrapped_ = kCycle + raw;
  return (unwrapped_ - raw) * kUnitUs;
}

}  // namespace kcs::congestion
