#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/slab.h"
#include "base/time.h"
#include "engine/media/decode_targets.h"
#include "engine/sfu/outgoing_packet.h"

namespace kcs::sfu {

class Consumer;

// A packet of a picture that waits for its receiver's link. It refers to the source's slot: what the receiver
// gets is written, numbered for the transport and sealed when it leaves, so that the delay estimate does not
// take our waiting for the network's.
struct PacedPacket {
  Consumer* consumer = nullptr;  // nullptr: not wanted any more
  SlotRef slot;
  Bytes source;            // the packet as its sender sent it, in the slot; empty: padding of our own
  std::uint16_t size = 0;  // about as it will leave
  Timestamp since{};
  std::optional<media::ActiveTargets> active_targets;
  OutgoingPacket outgoing;
};

// Spreads large pictures over time, for a receiver whose link is known to be narrow: a key frame of 40 kB in
// one burst fills the queue before such a link, and sound has to wait behind it. Pictures leave at kFactor
// times the estimate; whatever fits into kBurst of that goes straight through. Sound and RTCP never wait.
// Retransmissions and probes do not wait either, but pictures wait for them.
//
// While a queue stands before the link, a burst would be torn by its end, and what is torn is later than what
// waits: pictures leave as fast as the link is estimated, and may wait for longer. So it goes on when the
// queue has gone, until nothing waits any more.
//
// When a link narrows, packets of sound arrive as far apart as what has left between them takes to pass it.
// So on a link that is not wide, pictures leave right behind a packet of sound, a portion at a time: about
// as much between any two, and before the next one the queue has had time to make room for it. Where there is
// no sound, they do not wait for it.
//
// A receiver without an estimate is not paced. Nothing is ever dropped here: waiting is a kindness to the
// link, and who waited too long, or is the oldest of more than kMaxPackets, leaves at once. A picture with a
// hole would cost a round trip, or another key frame, which is worse than the queue that is avoided.
//
// Not thread-safe. Per packet that goes straight through two comparisons and a multiplication; the ring of
// those that wait grows up to kMaxPackets (some 70 kB) and allocates no more after that.
class Pacer {
 public:
  static constexpr double kFactor = 2.5;
  static constexpr double kFactorCongested = 1.25;  // the estimate is a little less than the link carries
  static constexpr Duration kBurst = 10ms;
  static constexpr Duration kRound = 5ms;  // what waits leaves in portions of this time
  static constexpr Duration kMaxWait = 100ms;
  static constexpr Duration kMaxWaitCongested = 400ms;
  static constexpr std::size_t kMaxPackets = 512;
  static constexpr Duration kShortestPortion = 15ms;  // with the sound of several senders
  static constexpr Duration kLongestPortion = 30ms;   // without the next packet of sound
  static constexpr Duration kSoundInterval = 20ms;    // usually
  static constexpr std::uint32_t kNarrow = 1'000'000;
  static constexpr std::int64_t kHalfPacket = 600;

  // What the link carries, in bits per second; 0: not known, or not limited. `congested`: a queue stands
  // before it already.
  void SetLink(std::uint32_t bps, bool congested);

  // How much may leave with each packet of sound; 0: pictures do not wait for sound.
  void SetPortion(std::uint32_t bytes);
  // A packet of sound has left. Returns whether that lets go of something that waits.
  bool OnSound(Timestamp now) {
    if (portion_ == 0 || now < portion_ends_ - (kLongestPortion - kShortestPortion)) return false;
    BeginPortion(now);
    return waiting_ > 0;
  }

  // Whether a packet of a picture has to wait: for the link, or because others wait already.
  bool MustWait(Timestamp now) const { return busy_until_ > now; }
  // A packet left past the queue.
  void OnSent(std::size_t size, Timestamp now) {
    if (cost_ != 0) Charge(size, cost_, now);
  }

  // To be filled by the caller, who has made room: is_full() says no.
  PacedPacket& Add(Timestamp now, std::uint16_t size);
  bool is_full() const { return waiting_ == kMaxPackets; }
  bool empty() const { return waiting_ == 0; }
  std::size_t waiting() const { return waiting_; }

  // The next packet that may leave now, or, `at_once`, the next in any case; nullptr: none. It is valid, and
  // keeps its slot, until ReleaseTaken(). Packets that nobody wants any more are passed over.
  PacedPacket* Take(Timestamp now, bool at_once = false);
  void ReleaseTaken();
  // When Take() has something.
  Timestamp NextDeadline() const;

  // None of this consumer's packets leaves any more. Returns how many waited. Not between Take() and
  // ReleaseTaken().
  std::size_t Forget(const Consumer& consumer);
  void Clear();

 private:
  static constexpr std::size_t kFirstSize = 32;
  static constexpr std::int64_t kAny = std::int64_t{1} << 62;

  void Charge(std::size_t size, std::uint32_t cost, Timestamp now) {
    if (now > drained_at_) drained_at_ = now;
    drained_at_ += Duration(static_cast<std::int64_t>((std::uint64_t{size} * cost) >> 10));
    left_ -= static_cast<std::int64_t>(size);
    if (waiting_ == 0) busy_until_ = FreeAt();
  }
  // When what waits first may leave.
  Timestamp FreeAt() const {
    const Timestamp free = drained_at_ - kBurst;
    return left_ > 0 ? free : std::max(free, portion_ends_);
  }
  void SetCost();
  void BeginPortion(Timestamp now);
  std::size_t PortionsLeft(Timestamp now) const;
  bool PortionIsOver(Timestamp now) const;
  void Close();  // what comes from now on waits for the next packet of sound
  PacedPacket& At(std::size_t i) { return ring_[(first_ + taken_ + i) & (ring_.size() - 1)]; }
  const PacedPacket& At(std::size_t i) const { return ring_[(first_ + taken_ + i) & (ring_.size() - 1)]; }
  Duration longest_wait() const { return congested_ ? kMaxWaitCongested : kMaxWait; }
  std::uint32_t CostOfWaiting(Timestamp now) const;
  void Grow();
  void Pop();

  // What every packet touches comes first.
  //
  // When the link, were it kFactor times as wide as estimated, would have sent all that left; and from when
  // on a packet goes straight through.
  Timestamp drained_at_{};
  Timestamp busy_until_{};
  std::int64_t left_ = kAny;  // of the portion, less half a packet; what is overdrawn is owed
  Timestamp portion_ends_{};  // if no sound comes before
  std::uint32_t portion_ = 0;
  std::uint32_t cost_ = 0;  // of 1,024 bytes, in microseconds; 0: nothing waits
  bool queue_stands_ = false;
  bool congested_ = false;  // so it does, or what gathered while it did still waits
  std::uint32_t estimate_ = 0;
  std::vector<PacedPacket> ring_;  // 2^n
  std::size_t first_ = 0;
  std::size_t taken_ = 0;  // from `first_` on
  std::size_t waiting_ = 0;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace kcs::sfu
