#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "engine/congestion/bitrate_allocator.h"
#include "engine/congestion/send_side_estimator.h"

namespace kcs::sfu {

class Consumer;

// The allocator and its scratch memory: one for all transports of a worker.
struct SharingTools {
  congestion::BitrateAllocator allocator;
  std::vector<congestion::VideoConsumer> asked;
  std::vector<congestion::VideoShare> shares;
};

// What one receiver's link carries, and how the pictures that go to it share that. Sound is always sent.
//
// A receiver that reports neither transport-wide feedback nor REMB is not estimated, and gets what it asks
// for.
class Downlink {
 public:
  // How often the link is shared anew while nothing happens: the sender's bit rates move.
  static constexpr Duration kInterval = 500ms;
  // An estimate that differs by less does not matter before the next interval.
  static constexpr double kNotable = 0.05;
  // Retransmissions get what the pictures leave, but at least this share of the estimate; what they have not
  // used of late is kept for kRetransmissionBurst.
  static constexpr double kRetransmissionShare = 0.5;
  static constexpr double kRetransmissionShareCongested = 0.2;
  static constexpr Duration kRetransmissionBurst = 300ms;
  // A queue on the path that has to shrink: what makes it longer is held back.
  static constexpr Duration kLongQueue = 50ms;
  // Of an estimate that falls further than to this with one report: there is such a queue, although the
  // report has seen little of it yet.
  static constexpr double kCollapsed = 0.6;
  // A link that may be no wider: what is sent at once matters to what comes after it.
  static constexpr std::uint32_t kWide = 6'000'000;
  // Where the pictures take less, all of them, each is small: nothing waits long for one.
  static constexpr std::uint32_t kLarge = 1'000'000;
  static constexpr Duration kLargeFor = 3s;  // a queue that large ones have made is gone by then
  // What may leave with a packet of sound, of what the pictures take until the next one; and at least.
  static constexpr double kPortion = 1.3;
  static constexpr std::uint32_t kLeastPortion = 3'000;

  // --- what happens ---
  void OnPacketSent(std::uint16_t transport_sequence, std::size_t size, Timestamp now) {
    estimator_.OnPacketSent(transport_sequence, size, now);
  }
  // OnPacketSent() will be called with that number soon.
  void PrefetchHistory(std::uint16_t transport_sequence) const {
    estimator_.PrefetchHistory(transport_sequence);
  }
  void OnTransportFeedback(const wire::TransportFeedback& feedback, Timestamp now);
  void OnReceiverReport(double fraction_lost, std::optional<Duration> rtt, Timestamp now);
  void OnRemb(std::uint64_t bps, Timestamp now);
  // There is a queue on the path that has to shrink.
  bool congested() const { return collapsed_ || estimator_.queue() > kLongQueue; }
  // There is, and we made it: too much was sent.
  bool drains() const;
  // How many bytes of pictures may leave with a packet of sound (Pacer); 0: the link is too wide to mind.
  std::uint32_t Portion(Timestamp now);
  // Whether a packet may be sent again now, beside what the pictures have been given; then tell its size.
  // Receivers ask for all that an overfull link lost, and would get it again into the same queue.
  bool MayRetransmit(Timestamp now);
  void OnRetransmitted(std::size_t size) { retransmission_bits_ -= static_cast<double>(size) * 8; }
  // Consumers came, went, paused, or want something else; or a sender's streams did.
  void Reconsider(Timestamp now) { next_run_ = std::min(next_run_, now); }

  // --- time ---
  Timestamp NextDeadline() const { return std::min(next_run_, estimator_.NextDeadline()); }
  void OnTimeout(Timestamp now);
  // After every input and every timeout: shares the link anew if that is due, so sets what each consumer
  // gets. Returns whether it did.
  bool Settle(std::span<const std::unique_ptr<Consumer>> consumers, SharingTools& tools, Timestamp now);
  // Padding to send now, to find out whether the link carries more.
  std::optional<congestion::SendSideEstimator::ProbeChunk> TakeProbe() { return estimator_.TakeProbe(); }

  // --- statistics ---
  // Bits per second; nullopt while nothing is known.
  std::optional<std::uint32_t> available() const;
  std::uint32_t allocated() const { return allocated_; }
  congestion::SendSideEstimator::State state() const { return estimator_.state(); }

 private:
  void Share(std::span<const std::unique_ptr<Consumer>> consumers, SharingTools& tools, Timestamp now);
  void NoteEstimate(Timestamp now);
  std::uint64_t Budget(const SharingTools& tools) const;

  congestion::SendSideEstimator estimator_;
  bool reports_ = false;               // the receiver has sent feedback that can be estimated from
  bool collapsed_ = false;             // with the last report
  bool estimated_ = false;             // a consumer negotiated such feedback
  std::uint32_t shared_estimate_ = 0;  // of the last run
  std::uint32_t allocated_ = 0;
  Timestamp large_until_{};
  double retransmission_bits_ = 0;  // that may be sent now
  Timestamp retransmissions_at_{};  // ... as of then
  Timestamp next_run_ = kNever;
};

}  // namespace kcs::sfu
