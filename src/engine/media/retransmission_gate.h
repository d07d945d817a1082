#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.h"

namespace kcs::media {

// Keeps one consumer's NACKs from being an amplifier: a packet is sent again at most once per round trip, and
// all retransmissions together keep to a budget. The table of the last numbers (2 KiB) is made at the first
// NACK.
class RetransmissionGate {
 public:
  // A NACK message may ask for this many packets (17 an item); the rest is counted as
  // DropReason::kNackTooMany.
  static constexpr std::size_t kMaxPerMessage = 17 * 16;

  // The budget may be saved up for one second.
  explicit RetransmissionGate(std::uint32_t packets_per_second = 400) : rate_(packets_per_second) {}

  enum class Verdict : std::uint8_t { kSend, kTooSoon, kOverBudget };
  // `sequence`: the outgoing number. kSend takes it as sent.
  Verdict Ask(std::uint16_t sequence, Duration rtt, Timestamp now);

 private:
  static constexpr std::size_t kEntries = 256;
  static constexpr Duration kShortestRtt = 10ms;
  struct Entry {
    std::uint32_t sent_ms = 0;
    std::uint16_t sequence = 0;
    bool used = false;
  };

  std::uint32_t rate_;
  float tokens_ = 0;
  Timestamp filled_ = Timestamp::min();
  std::unique_ptr<std::array<Entry, kEntries>> table_;
};

}  // namespace kcs::media
