#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "base/socket_address.h"
#include "base/time.h"

namespace kcs::sim {

class Pipe;

// A participant's path to and from the server.
struct Link {
  Duration delay = 10ms;
  Duration jitter{};     // up to this much more, so that packets overtake each other
  double loss = 0;       // fraction, independent for each packet
  Pipe* down = nullptr;  // a bottleneck on the way there; none: all the capacity in the world
  Pipe* up = nullptr;    // and one on the way to the server
};

struct Flying {
  Tuple tuple;
  std::vector<std::uint8_t> bytes;
};

// One direction of everybody's path: what goes in comes out later, or never.
class Wire {
 public:
  void Send(const Tuple& tuple, std::vector<std::uint8_t> bytes, const Link& link, Timestamp now,
            Entropy& entropy) {
    constexpr std::uint32_t kScale = 1'000'000;
    if (link.loss > 0 && entropy.Below(kScale) < static_cast<std::uint32_t>(link.loss * kScale)) {
      ++lost_;
      return;
    }
    Duration delay = link.delay;
    if (link.jitter.count() > 0)
      delay += Duration(entropy.Below(static_cast<std::uint32_t>(link.jitter.count())));
    flying_[now + delay].push_back({tuple, std::move(bytes)});
  }
  // Calls take(tuple, bytes, at) for each datagram that has arrived by `now`.
  template <typename Take>
  void Deliver(Timestamp now, Take take) {
    while (!flying_.empty() && flying_.begin()->first <= now) {
      // Taken out first: a datagram's arrival may cause new ones.
      auto arrived = flying_.extract(flying_.begin());
      for (Flying& f : arrived.mapped()) {
        take(f.tuple, std::move(f.bytes), arrived.key());
      }
    }
  }
  std::uint64_t lost() const { return lost_; }

 private:
  std::map<Timestamp, std::vector<Flying>> flying_;
  std::uint64_t lost_ = 0;
};

}  // namespace kcs::sim
