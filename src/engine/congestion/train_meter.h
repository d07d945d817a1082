#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace kcs::congestion {

// Whether pictures pass the path faster than it is believed to carry. They leave in trains of packets, faster
// than their mean; a narrow path spreads those out, one that has become wider does not. That is no measure of
// what it carries now (which is for probes to find out), but a sign that a probe is worth its harm, and costs
// nothing. (Dovrolis, Ramanathan, Moore: What do packet dispersion techniques measure? 2001)
//
// Some additions for each packet that is reported.
class TrainMeter {
 public:
  static constexpr double kSentFaster = 1.5;        // times what is believed: that is a train
  static constexpr double kPassesFaster = 1.3;      // several do: that is a sign
  static constexpr int kTrains = 4;                 // at least
  static constexpr std::size_t kLeastBytes = 2000;  // of a train, after its first packet
  static constexpr std::size_t kMostBytes = 12'000;

  // What the path is believed to carry. What was seen so far counts no more if that has changed.
  void Believe(std::uint32_t bps);
  // Begins anew.
  void Forget();

  // Packets as they are reported: when they were sent, in that order, and when they arrived, on the
  // receiver's clock.
  void Add(Timestamp sent, std::size_t size, std::int64_t arrival_us) {
    const auto span_us = static_cast<double>((sent - first_sent_).count());
    const double bits = static_cast<double>(8 * (bytes_ + size));
    if (sent < last_sent_ || bits * 1e6 < least_bps_ * span_us || bytes_ > kMostBytes) {
      if (bytes_ >= kLeastBytes) Conclude();
      first_sent_ = sent;
      first_arrival_us_ = last_arrival_us_ = arrival_us;
      bytes_ = 0;
    } else {
      bytes_ += size;
      last_arrival_us_ = std::max(last_arrival_us_, arrival_us);
    }
    last_sent_ = sent;
  }

  bool passes_faster() const;

 private:
  static constexpr double kKept = 0.75;  // of what was known, with each train
  static constexpr double kSame = 0.05;  // of what was believed: that has not changed

  void Conclude();

  Timestamp first_sent_ = kNever;
  Timestamp last_sent_ = kNever;
  std::int64_t first_arrival_us_ = 0;
  std::int64_t last_arrival_us_ = 0;
  std::size_t bytes_ = 0;  // after the first packet
  double least_bps_ = 0;   // of a train
  std::uint32_t believed_ = 0;
  int trains_ = 0;
  double trains_bytes_ = 0;
  double trains_us_ = 0;
};

}  // namespace kcs::congestion
