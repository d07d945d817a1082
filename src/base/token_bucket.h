#pragma once

#include <algorithm>

#include "base/time.h"

namespace kcs {

// Allows `rate` events a second in the long run, and `burst` at once.
class TokenBucket {
 public:
  TokenBucket(double rate, double burst, Timestamp now)
      : rate_(rate), burst_(burst), tokens_(burst), last_(now) {}

  bool Take(Timestamp now) {
    tokens_ = std::min(burst_, tokens_ + ToSeconds(now - last_) * rate_);
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double rate_;
  double burst_;
  double tokens_;
  Timestamp last_;
};

}  // namespace kcs
