#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "engine/congestion/train_rate.h"

namespace kcs::congestion {

// How fast what was sent at once arrives, over the last few such trains of packets. A receiver is mostly sent
// much less than its link carries; its frames tell all the same whether that is a narrow link or a wide one.
// A few additions for each packet that is reported.
class BurstMeter {
 public:
  static constexpr int kLeastPackets = 3;
  static constexpr Duration kForgetAfter = 10s;  // without a train

  // Packets as they are reported: when they were sent and when they arrived, on the receiver's clock.
  void Add(Timestamp sent, std::size_t size, std::int64_t arrival_us) {
    if (sent == sent_) {
      ++packets_;
      bytes_ += size;
      last_arrival_us_ = std::max(last_arrival_us_, arrival_us);
      return;
    }
    if (packets_ >= kLeastPackets) Conclude();
    sent_ = sent;
    packets_ = 1;
    bytes_ = 0;  // those after the first
    first_arrival_us_ = last_arrival_us_ = arrival_us;
  }
  // 0: nothing was sent so of late.
  std::uint32_t bits_per_second(Timestamp now) const { return now - measured_ < kForgetAfter ? bps_ : 0; }

 private:
  void Conclude();

  Timestamp sent_{};
  int packets_ = 0;
  std::size_t bytes_ = 0;
  std::int64_t first_arrival_us_ = 0;
  std::int64_t last_arrival_us_ = 0;
  TrainRate rate_;
  std::uint32_t bps_ = 0;
  Timestamp measured_ = Timestamp{} - 24h;
};

}  // namespace kcs::congestion
