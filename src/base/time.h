#pragma once

#include <chrono>
#include <cstdint>

// The vocabulary of time. Nothing below the process shells reads a clock: time comes in as an argument, so a
// meeting runs the same in a simulation as in a server.
namespace kcs {

// A monotonic clock without a now(): only a process shell (or a simulator) makes its time points.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

// Microseconds; may be negative.
using Duration = MonotonicClock::duration;

// Microseconds since an arbitrary start (of the machine, or of the simulation).
using Timestamp = MonotonicClock::time_point;

// "Never": later than every deadline.
inline constexpr Timestamp kNever = Timestamp::max();

constexpr std::int64_t ToMicros(Timestamp t) { return t.time_since_epoch().count(); }
constexpr std::int64_t ToMillis(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}
constexpr double ToSeconds(Duration d) { return static_cast<double>(d.count()) / 1e6; }

using namespace std::chrono_literals;

}  // namespace kcs
