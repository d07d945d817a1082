#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "engine/congestion/failed_rates.h"

namespace kcs::congestion {

// One probe: for a short while as much padding is added to the media that the sum has a given rate; how fast
// it arrives tells what the path carries. All packets sent meanwhile belong to it, media too.
class Probe {
 public:
  static constexpr Duration kMaxLength = 80ms;
  static constexpr Duration kLongLength = 250ms;   // beside nothing but sound: then it has to be exact
  static constexpr Duration kGentleLength = 50ms;  // where pictures nearly fill the path
  static constexpr Duration kMinLength = 30ms;
  static constexpr Duration kMaxQueue = 60ms;    // what a probe may add to a queue, if the estimate is right
  static constexpr Duration kStep = 5ms;         // between chunks
  static constexpr std::size_t kMinChunk = 200;  // bytes
  static constexpr std::size_t kPackets = 10;    // at least, if the sender obeys packet_size()
  static constexpr std::size_t kMinPackets = 5;  // received, or nothing is said
  static constexpr Duration kMinSpan = 15ms;
  static constexpr Duration kWaitForReports = 600ms;  // besides a round trip

  struct Result {
    std::uint32_t bps = 0;   // what the path carries, as far as it was tried
    bool saturated = false;  // it arrived more slowly than it was sent: the path has no more
    bool sent = false;       // false: the caller had nothing to pad with
  };

  bool active() const { return phase_ != Phase::kNone; }
  bool sending() const { return phase_ == Phase::kSending; }
  std::uint32_t target_bps() const { return target_bps_; }
  // Padding goes in packets of at most that size, so that there are enough to measure.
  std::size_t packet_size() const { return packet_size_; }

  // `estimate`: what the path surely carries; the further above it, the shorter. `next_sequence`: of the
  // first packet sent from now on; `sent_bytes`: by now, in all.
  void Start(std::uint32_t target_bps, std::uint32_t estimate, std::uint16_t next_sequence,
             std::uint64_t sent_bytes, Duration longest, Timestamp now);
  // Makes the next chunk due, or ends the sending; call it at NextDeadline().
  void OnTimeout(std::uint64_t sent_bytes, std::uint16_t newest_sequence, Timestamp now);
  // The padding that is due, in bytes; 0: none now.
  std::size_t Take();
  // kNever when not active.
  Timestamp NextDeadline(Duration rtt) const;

  // A packet of the transport was reported.
  void OnReceived(std::uint16_t sequence, std::size_t size, Timestamp sent, std::int64_t arrival_us);
  void OnLost(std::uint16_t sequence, std::size_t size);
  // The result, once, when all was reported or it is too late; the probe is over then. `random_loss`: what
  // the path loses anyway.
  std::optional<Result> Conclude(Duration rtt, double random_loss, Timestamp now);

 private:
  enum class Phase : std::uint8_t { kNone, kSending, kWaiting };

  bool Contains(std::uint16_t sequence) const;
  Result Evaluate(double random_loss) const;

  Phase phase_ = Phase::kNone;
  bool complete_ = false;
  std::uint16_t first_sequence_ = 0;
  std::uint16_t last_sequence_ = 0;
  std::uint32_t target_bps_ = 0;
  std::uint64_t sent_before_ = 0;
  std::uint64_t sent_total_ = 0;  // while it lasted
  std::size_t packet_size_ = 0;
  Duration length_{};
  Timestamp started_{};
  Timestamp next_chunk_{};
  std::size_t due_ = 0;

  std::size_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t lost_bytes_ = 0;
  std::size_t first_size_ = 0;  // of the first to arrive
  std::size_t last_size_ = 0;   // of the last sent
  Timestamp first_sent_{};
  Timestamp last_sent_{};
  std::int64_t first_arrival_us_ = 0;
  std::int64_t last_arrival_us_ = 0;
};

// When to probe, and how high.
class ProbeSchedule {
 public:
  static constexpr Duration kAfterFailure = 1s;     // doubles with each
  static constexpr Duration kAfterNothing = 700ms;  // was reported
  static constexpr Duration kLongestWait = 3500ms;
  static constexpr Duration kLongestWaitNearlyFull = 10s;
  static constexpr Duration kAfterFall = 2s;  // doubles with each new one in less than kFallsTogether
  static constexpr Duration kLongestAfterFall = 8s;
  static constexpr Duration kSameFall = 3s;
  static constexpr Duration kFallsTogether = 40s;
  static constexpr Duration kBetween = 200ms;
  static constexpr Duration kLongestPostponed = 2s;
  static constexpr Duration kDeceived = 20s;

  // The rate to probe at now for an estimate of `wanted`; 0: not now.
  std::uint32_t Target(std::uint32_t estimate, std::uint32_t wanted, const FailedRates& failed,
                       Timestamp now) const;
  // The earliest time of the next probe.
  Timestamp not_before() const { return not_before_; }
  // `believed`: the estimate has clearly grown by it, even if not to all that was tried.
  // `costly`: probes do harm there, and are rarer.
  void OnResult(const Probe::Result& result, bool believed, bool costly, Timestamp now);
  // The path seems to carry more than is known: the next one need not wait for so long. If it finds no more
  // either, the sign has deceived, and counts no more for a while.
  void OnSign(Timestamp now);
  // The next one comes early because of that.
  bool has_sign() const { return has_sign_; }
  void OnFall(Timestamp now);
  void OnNews(Timestamp now);                  // a pause is over: what failed may work now
  void OnStep() { postponed_since_.reset(); }  // upwards, of what is wanted: there is more to wait for
  // The path is busy with something that a probe would add to (a queue, or pictures that all but fill it), or
  // that it would disturb (a layer that was just taken): false, and not_before() is a little later. True when
  // that has lasted for `patience`, and while nothing has failed yet.
  bool Postpone(Duration by, Duration patience, Timestamp now);

 private:
  bool unhurt_ = true;     // nothing has failed yet
  bool exploring_ = true;  // the last one came through: large steps
  Timestamp not_before_{};
  Duration after_failure_ = kAfterFailure;
  Duration after_fall_ = kAfterFall;
  bool has_sign_ = false;
  Timestamp signs_from_{};
  std::optional<Timestamp> last_fall_;
  std::optional<Timestamp> last_result_;
  std::optional<Timestamp> postponed_since_;
};

}  // namespace kcs::congestion
