#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/wire/types.h"

namespace kcs::congestion {

// The receiving side of transport-wide congestion control
// (draft-holmer-rmcat-transport-wide-cc-extensions-01): notes when each packet of a transport arrived and
// reports that, and what is missing, to the sender, who estimates from it how much it may send. One per
// transport that receives media. Memory is bounded (16 KiB, taken at the first packet); O(1) per packet.
class TransportFeedbackGenerator {
 public:
  // Arrivals kept; what the sender numbers faster than feedback can go out is forgotten.
  static constexpr std::size_t kMaxPackets = 2048;
  static constexpr Duration kInterval = 100ms;     // from the first packet not reported
  static constexpr Duration kBusyInterval = 50ms;  // when at least kBusyPackets wait
  static constexpr std::uint32_t kBusyPackets = 20;
  static constexpr std::uint32_t kFullPackets = 200;  // report at once
  static constexpr std::size_t kMaxSize = 1100;       // leaves room for other reports in its compound

  // `slower`: reports are so many times as far apart as browsers', who get as many times the packets (a load
  // test that sends less than it stands for).
  explicit TransportFeedbackGenerator(std::uint8_t slower = 1) : slower_(slower) {}

  // A packet with the transport-wide number `sequence` arrived. Duplicates are ignored. One that comes after
  // it was reported as lost is reported again, as received.
  void OnPacket(std::uint16_t sequence, Timestamp now);

  // kNever while there is nothing to report.
  Timestamp NextDeadline() const { return deadline_; }

  // Writes one feedback packet (RTCP, at most kMaxSize bytes) and returns its size; 0 when nothing is due.
  // Call it until it returns 0: what waits may need several. `media_ssrc`: of any stream of the transport.
  std::size_t Build(Timestamp now, wire::Ssrc sender_ssrc, wire::Ssrc media_ssrc, MutableBytes out);

 private:
  static constexpr Timestamp kMissing = Timestamp::min();

  Timestamp& At(std::int64_t sequence) { return arrivals_[static_cast<std::size_t>(sequence) % kMaxPackets]; }
  void Restart(std::int64_t sequence);
  void Schedule(Timestamp now);

  std::vector<Timestamp> arrivals_;  // ring by number, kMissing where none came
  std::int64_t next_ = 0;            // the first number not reported yet
  std::int64_t highest_ = 0;         // the highest that arrived; itself always in the ring
  std::uint32_t waiting_ = 0;        // arrived and not reported
  Timestamp waiting_since_{};
  Timestamp deadline_ = kNever;
  std::uint8_t feedback_count_ = 0;
  std::uint8_t slower_;
};

}  // namespace kcs::congestion
