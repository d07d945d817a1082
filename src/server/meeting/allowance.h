#pragma once

#include <algorithm>
#include <cstdint>

#include "server/meeting/ids.h"

namespace kcs::meeting {

// A bound on what is done for somebody: whatever is done takes up some milliseconds, of which there are 1,000
// in a second, and half a second's worth may be taken ahead of time.
class Allowance {
 public:
  static constexpr std::int64_t kAheadMillis = 500;
  static constexpr std::int64_t kMostMillis = 1000;

  bool Allows(UnixMillis now) const { return Ahead(now) <= kAheadMillis; }
  // Up to kMostMillis, when it is allowed.
  void Spend(UnixMillis now, std::int64_t millis) { free_from_ = now.value() + Ahead(now) + millis; }

 private:
  std::int64_t Ahead(UnixMillis now) const {
    const std::int64_t ahead = std::max<std::int64_t>(0, free_from_ - now.value());
    // A wall clock that was set back must not keep anybody out.
    return ahead > kAheadMillis + kMostMillis ? 0 : ahead;
  }

  std::int64_t free_from_ = 0;
};

}  // namespace kcs::meeting
