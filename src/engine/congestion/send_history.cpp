#include "engine/congestion/send_history.h"

#include <algorithm>

namespace kcs::congestion {

void SendHistory::Grow() {
  std::vector<Entry> larger(ring_.empty() ? kFirstPackets : ring_.size() * 2);
  mask_ = static_cast<std::uint32_t>(larger.size() - 1);
  for (const Entry& entry : ring_) {
    if (entry.status() != Status::kUnknown) larger[entry.sequence & mask_] = entry;
  }
  ring_.swap(larger);
}

SendHistory::Packet SendHistory::Report(std::uint16_t sequence, bool received, Timestamp now) {
  Packet packet{.sent = now};
  if (ring_.empty()) return packet;
  Entry& entry = ring_[sequence & mask_];
  if (entry.sequence != sequence) return packet;
  const Duration age{static_cast<std::uint32_t>(ToMicros(now)) - entry.sent_micros};
  if (age > kMaxAge) return packet;
  packet.sent = now - age;
  packet.size = static_cast<std::uint16_t>(entry.size_and_status & kMaxSize);
  packet.before = entry.status();
  if (packet.before != Status::kUnknown && packet.before != Status::kReceived) {
    const auto status = static_cast<std::uint32_t>(received ? Status::kReceived : Status::kLost);
    entry.size_and_status = static_cast<std::uint16_t>(packet.size | (status << kStatusShift));
  }
  return packet;
}

}  // namespace kcs::congestion
