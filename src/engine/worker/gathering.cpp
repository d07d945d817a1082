#include "engine/worker/gathering.h"

#include <algorithm>
#include <cmath>

namespace kcs::worker_process {
namespace {

// What is left of a mean after so long.
double Left(Duration passed) {
  return std::exp(-ToSeconds(std::max(passed, Duration{})) / ToSeconds(Gathering::kMemory));
}

}  // namespace

double Gathering::BusyAt(Timestamp now) const {
  return at_ == Timestamp::min() ? 0 : busy_ * Left(now - at_);
}

void Gathering::OnWork(Timestamp begin, Timestamp end) {
  busy_ = BusyAt(begin);
  busy_ = 1 - (1 - busy_) * Left(end - begin);
  at_ = end;
}

Duration Gathering::Pause(Timestamp now) const {
  const double busy = BusyAt(now);
  if (busy <= kIdle) return {};
  const double share = std::min((busy - kIdle) / (kBusy - kIdle), 1.0);
  const double turn = std::max(share * ToSeconds(kTurn), ToSeconds(kPicture));
  const Duration pause(static_cast<std::int64_t>(turn * (1 - busy) * 1e6));
  return pause < kStep ? Duration{} : pause;
}

}  // namespace kcs::worker_process
