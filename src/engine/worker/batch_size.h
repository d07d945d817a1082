#pragma once

#include <cstddef>

#include "base/time.h"

namespace kcs::worker_process {

// How many datagrams a worker hands to its core at a time. The more, the longer the runs in which they leave;
// but each leaves for every receiver, and while a batch is worked at, timers and the server wait. So a batch
// that took longer than kLong makes the next ones smaller, until one takes less than a half of that again.
class BatchSize {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kLeast = 8;  // a picture
  static constexpr Duration kLong = 50ms;

  std::size_t most() const { return most_; }
  // `datagrams` were handed over, and it took that long.
  void OnBatch(std::size_t datagrams, Duration took);

 private:
  std::size_t most_ = kMost;
};

}  // namespace kcs::worker_process
