#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "engine/congestion/train_rate.h"

namespace kcs::congestion {

// Whether pictures pass the path faster than it is believed to carry. They leave in trains of packets, faster
// than their mean; a narrow path spreads those out, one that has become wider does not. That is no measure of
// what it carries now (which is for probes to find out), but a sign that a probe is worth its harm, and costs
// nothing. (Dovrolis, Ramanathan, Moore: What do packet dispersion techniques measure? 2001) On a path of
// some Mbit/s trains are too short to tell it from the jitter of arrival.
//
// Some additions for each packet that is reported.
class TrainMeter {
 public:
  static constexpr double kSentFaster = 1.5;           // than is believed, from its first packet on: a train
  static constexpr double kPassesFaster = 1.3;         // the mean of the last ones: a sign
  static constexpr int kTrains = 4;                    // at least
  static constexpr std::uint32_t kLeastBytes = 2000;   // of a train, after its first packet
  static constexpr Duration kLeastSpan = 30ms;         // that it would take if what is believed were true
  static constexpr std::uint32_t kMostBytes = 12'000;  // what is longer, is several
  static constexpr Duration kForgetAfter = 2s;         // without a train

  // What the path is believed to carry, in bits per second.
  void Believe(std::uint32_t bps);
  // The path has changed, or the last train was none of pictures.
  void Forget();

  // Packets as they are reported: when they were sent, in that order, and when they arrived, on the
  // receiver's clock.
  void Add(Timestamp sent, std::size_t size, std::int64_t arrival_us) {
    const auto span_us = static_cast<double>((sent - first_sent_).count());
    const auto bytes = static_cast<std::uint32_t>(bytes_ + size);
    if (sent < last_sent_ || bytes * 8e6 < least_bps_ * span_us || bytes_ > kMostBytes) {
      if (bytes_ >= least_bytes_) Conclude();
      first_sent_ = sent;
      first_arrival_us_ = last_arrival_us_ = arrival_us;
      bytes_ = 0;
    } else {
      bytes_ = bytes;
      last_arrival_us_ = std::max(last_arrival_us_, arrival_us);
    }
    last_sent_ = sent;
  }

  bool passes_faster(Timestamp now) const;

 private:
  void Conclude();

  Timestamp first_sent_ = kNever;
  Timestamp last_sent_ = kNever;
  std::int64_t first_arrival_us_ = 0;
  std::int64_t last_arrival_us_ = 0;
  std::uint32_t bytes_ = 0;  // after the first packet
  std::uint32_t least_bytes_ = kLeastBytes;
  std::uint32_t least_bps_ = 0;
  std::uint32_t believed_ = 0;
  int trains_ = 0;
  Timestamp last_train_{};  // when it was sent
  TrainRate rate_;
};

}  // namespace kcs::congestion
