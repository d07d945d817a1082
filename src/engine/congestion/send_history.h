#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/prefetch.h"
#include "base/time.h"

namespace kcs::congestion {

// What was sent under which transport-wide number, when, and what the receiver said of it. Written for every
// packet to every receiver, so a packet costs one store of eight bytes; no memory before the first packet,
// then a ring that doubles while packets which nobody has reported yet would be overwritten, up to
// kMaxPackets.
class SendHistory {
 public:
  static constexpr std::size_t kFirstPackets = 64;
  static constexpr std::size_t kMaxPackets = 8192;  // 64 KiB: two seconds of 40 Mbit/s
  static constexpr Duration kMaxAge = 10s;          // reports on older packets are not believed
  static constexpr Duration kWorthKeeping = 2s;     // the ring does not grow for packets older than that
  static constexpr std::size_t kMaxSize = 0x3fff;

  enum class Status : std::uint8_t { kUnknown, kInFlight, kLost, kReceived };

  struct Packet {
    Timestamp sent;
    std::uint16_t size = 0;
    Status before = Status::kUnknown;  // what was known of it until now
  };

  void Add(std::uint16_t sequence, std::size_t size, Timestamp now) {
    const auto micros = static_cast<std::uint32_t>(ToMicros(now));
    if (ring_.empty() || Precious(ring_[sequence & mask_], micros)) [[unlikely]]
      Grow();
    const auto stored = static_cast<std::uint32_t>(size < kMaxSize ? size : kMaxSize);
    ring_[sequence & mask_] = {micros, sequence, static_cast<std::uint16_t>(stored | kInFlightBits)};
  }

  // Add() will be called with that number and some after it soon.
  void Prefetch(std::uint16_t sequence) const {
    if (!ring_.empty()) kcs::Prefetch(&ring_[sequence & mask_], kBurst * sizeof(Entry));
  }

  // Notes the receiver's report on a packet. `before` is kUnknown (and the rest is of no use) if it was not
  // sent, or is too old. What was received once stays received.
  Packet Report(std::uint16_t sequence, bool received, Timestamp now);

  std::size_t capacity() const { return ring_.size(); }

 private:
  static constexpr unsigned kStatusShift = 14;
  static constexpr std::uint32_t kInFlightBits = static_cast<std::uint32_t>(Status::kInFlight)
                                                 << kStatusShift;

  static constexpr std::size_t kBurst = 8;  // packets of a picture, about

  struct Entry {
    std::uint32_t sent_micros = 0;  // low bits
    std::uint16_t sequence = 0;
    std::uint16_t size_and_status = 0;
    Status status() const { return static_cast<Status>(size_and_status >> kStatusShift); }
  };

  bool Precious(const Entry& entry, std::uint32_t now_micros) const {
    return entry.status() == Status::kInFlight && ring_.size() < kMaxPackets &&
           now_micros - entry.sent_micros < static_cast<std::uint32_t>(kWorthKeeping.count());
  }
  void Grow();

  std::vector<Entry> ring_;  // by number
  std::uint32_t mask_ = 0;
};

}  // namespace kcs::congestion
