#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "base/socket_address.h"
#include "base/time.h"

namespace kcs::sim {

struct Link {
  Duration delay = 10ms;
  Duration jitter{};  // up to this much more, so that packets overtake each other
  double loss = 0;    // fraction, independent for each packet
};

struct Flying {
  Timestamp arrives;
  std::uint64_t order = 0;
  Tuple tuple;
  std::vector<std::uint8_t> bytes;
  friend bool operator>(const Flying& a, const Flying& b) {
    return std::pair(a.arrives, a.order) > std::pair(b.arrives, b.order);
  }
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
    queue_.push({now + delay, order_++, tuple, std::move(bytes)});
  }
  // Calls take(tuple, bytes) for each datagram that has arrived by `now`.
  template <typename Take>
  void Deliver(Timestamp now, Take take) {
    while (!queue_.empty() && queue_.top().arrives <= now) {
      Flying flying = queue_.top();
      queue_.pop();
      take(flying.tuple, std::move(flying.bytes));
    }
  }
  std::uint64_t lost() const { return lost_; }

 private:
  std::priority_queue<Flying, std::vector<Flying>, std::greater<>> queue_;
  std::uint64_t order_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace kcs::sim
