#include "engine/worker/batch_size.h"

#include <algorithm>

namespace kcs::worker_process {

void BatchSize::OnBatch(std::size_t datagrams, Duration took) {
  if (took > kLong) {
    const double fitting = static_cast<double>(datagrams) * (ToSeconds(kLong) / ToSeconds(took));
    most_ = std::clamp(static_cast<std::size_t>(fitting), kLeast, most_);
  } else if (datagrams >= most_ && took < kLong / 2) {
    most_ = std::min(2 * most_, kMost);
  }
}

}  // namespace kcs::worker_process
