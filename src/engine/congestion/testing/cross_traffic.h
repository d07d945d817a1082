#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

#include "base/time.h"

namespace kcs::congestion::testing {

// A flow that shares a link with what is tested, as data. Times count from the start of the simulation.
struct CrossTraffic {
  enum class Kind : std::uint8_t { kConstant, kTcp };
  Kind kind = Kind::kTcp;
  Duration from{};
  Duration until = 24h;
  std::uint64_t bps = 0;     // of kConstant
  Duration rtt = 60ms;       // of kTcp, without queues
  std::size_t transfer = 0;  // of kTcp: bytes, then a pause, then again; 0: endless
  Duration pause = 2s;
};

// What such a flow sends and when. TCP as far as it matters to others: slow start, additive increase, halving
// once a round trip when something is lost (RFC 5681), every second packet acknowledged (there, 4.2).
class CrossFlow {
 public:
  static constexpr std::size_t kSize = 1200;  // of its packets

  // `link_delay`: of the propagation that a packet has behind it when it arrives.
  CrossFlow(const CrossTraffic& model, Timestamp start, Duration link_delay);

  // Whether a packet is to be sent now; then it counts as sent.
  bool TakePacket(Timestamp now);
  Timestamp NextDeadline() const;
  // One arrived at, or was lost before, the far end. What it tells the sender takes the way back.
  void OnDelivered(Timestamp at);
  void OnLost(Timestamp at);

  std::uint64_t delivered_bytes() const { return delivered_bytes_; }

 private:
  void TakeAcknowledgements(Timestamp now);
  void OnBad(Timestamp now);
  void Rest(Timestamp now);

  CrossTraffic model_;
  Timestamp from_;
  Timestamp until_;
  Duration way_back_;
  Timestamp next_constant_;
  std::multimap<Timestamp, bool> acknowledgements_;  // when the sender hears; whether it arrived
  Timestamp owed_ = kNever;  // when it hears of a packet that is not followed by a second one
  double window_ = 10;       // packets
  double threshold_ = 1e9;
  std::deque<Timestamp> sent_;  // in flight
  Duration round_trip_{};
  std::size_t left_ = 0;  // packets of the transfer
  Timestamp resume_;
  Timestamp last_reduction_;
  std::uint64_t delivered_bytes_ = 0;
};

}  // namespace kcs::congestion::testing
