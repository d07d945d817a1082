#pragma once

#include <cstdint>

namespace kcs::congestion {

// The reference time of transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1: 24
// bits, in units of 64 ms) without its wrapping around, which happens every 12 days.
class ReferenceTime {
 public:
  // The microseconds that the time of a feedback packet lacks for having wrapped around: what to add to the
  // arrival times that it tells. Packets may come in any order.
  std::int64_t CycleOf(std::uint32_t reference_time);

 private:
  std::int64_t unwrapped_ = -1;  // of the last packet; -1: there was none
};

}  // namespace kcs::congestion
