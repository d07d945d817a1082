#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/socket_address.h"
#include "base/time.h"
#include "engine/congestion/testing/bottleneck.h"

namespace kcs::sim {

// A bottleneck with the datagrams that are in it. Several participants may share it.
class Pipe {
 public:
  // `start`: when the model's times begin.
  Pipe(const congestion::testing::LinkModel& model, Timestamp start, std::uint64_t seed)
      : link_(model, start, seed) {}

  void Send(const Tuple& tuple, std::vector<std::uint8_t> bytes, Timestamp now) {
    link_.Send(next_, bytes.size(), now);
    inside_[next_++] = {tuple, std::move(bytes)};
  }

  // Calls arrived(tuple, bytes, at, queued) for what is through by `now`, in order, and
  // lost(tuple, bytes, queue_full) for what will never be.
  template <typename Arrived, typename Lost>
  void Advance(Timestamp now, Arrived arrived, Lost lost) {
    link_.Advance(now);
    for (const auto& drop : link_.TakeDrops()) {
      auto packet = inside_.extract(drop.tag);
      lost(packet.mapped().tuple, packet.mapped().bytes, drop.queue_full);
    }
    for (const auto& delivery : link_.TakeDeliveries(now)) {
      auto packet = inside_.extract(delivery.tag);
      arrived(packet.mapped().tuple, std::move(packet.mapped().bytes), delivery.at, delivery.queued);
    }
  }

  const congestion::testing::Bottleneck& link() const { return link_; }

 private:
  struct Inside {
    Tuple tuple;
    std::vector<std::uint8_t> bytes;
  };

  congestion::testing::Bottleneck link_;
  std::unordered_map<std::uint64_t, Inside> inside_;  // by tag
  std::uint64_t next_ = 0;
};

}  // namespace kcs::sim
