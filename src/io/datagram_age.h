#pragma once

#include <algorithm>

#include "base/time.h"

namespace kcs::io {

// How long datagrams lay in a socket. The kernel stamps them by the wall clock, which may be set meanwhile,
// by hours. What the monotonic clock knows is a bound: nothing in the socket is older than the moment at
// which it was last seen empty. So a step makes nothing look older than it can be, and however long the
// process did not come to read, the age is told.
class DatagramAge {
 public:
  // The socket has nothing at `now`: it has just been made.
  explicit DatagramAge(Timestamp now) : empty_at_(now) {}

  // A read that began at `begun` found no more.
  void OnEmptied(Timestamp begun) { empty_at_ = begun; }

  // Of a datagram that is read now. `by_wall_clock`: now less the kernel's stamp; negative when the clock was
  // set back. Zero is "not known" as well.
  Duration Of(Duration by_wall_clock, Timestamp now) const {
    return std::clamp(by_wall_clock, Duration::zero(), std::max(now - empty_at_, Duration::zero()));
  }

 private:
  Timestamp empty_at_;
};

}  // namespace kcs::io
