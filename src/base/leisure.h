#pragma once

#include "base/time.h"

namespace kcs {

// What is done at intervals of half a second and more need not be done to the millisecond. All transports do
// it at the same moments, so that a worker wakes up, and sends, once for many of them.
constexpr Duration kLeisure = 20ms;

// The first such moment that is not before `deadline`.
constexpr Timestamp AtLeisure(Timestamp deadline, Duration leisure = kLeisure) {
  if (deadline == kNever) return kNever;
  return Timestamp{(deadline.time_since_epoch() + leisure - Duration{1}) / leisure * leisure};
}

}  // namespace kcs
