#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "engine/congestion/testing/cross_traffic.h"

namespace kcs::congestion::testing {

// A link as data. Times count from the start of the simulation.
struct LinkModel {
  struct Step {
    Duration at{};
    std::uint64_t bps = 0;  // 0: nothing passes
  };
  // Gilbert's model: two states, of which one loses packets.
  struct Bursts {
    double begin = 0;  // chance, each packet, that a burst begins
    double end = 1;    // ... that it ends
    double loss = 1;   // while it lasts
  };
  enum class Discipline : std::uint8_t { kDropTail, kCoDel };

  std::vector<Step> capacity{{Duration::zero(), 10'000'000}};  // ascending; the first at zero
  Duration delay = 15ms;                                       // of propagation, one way
  Duration jitter{};  // added to each packet, uniform; packets do not overtake each other
  double loss = 0;    // of packets, at random, after the queue
  std::optional<Bursts> bursts{};
  Duration queue = 300ms;              // at most, at the capacity of the moment
  std::size_t queue_bytes = SIZE_MAX;  // likewise
  Discipline discipline = Discipline::kDropTail;
  std::vector<CrossTraffic> cross{};
};

// A link of limited capacity with its queue and the flows it is shared with, in virtual time and repeatable.
// The packets themselves stay with the caller: the link knows a tag and a size.
class Bottleneck {
 public:
  struct Delivery {
    std::uint64_t tag = 0;
    std::size_t size = 0;
    Timestamp at{};     // at the far end
    Duration queued{};  // of that, behind other packets
  };
  struct Drop {
    std::uint64_t tag = 0;
    Timestamp at{};
    bool queue_full = false;  // or CoDel; else the link's own loss
  };

  // The simulation starts at `start`.
  Bottleneck(LinkModel model, Timestamp start, std::uint64_t seed);

  void Send(std::uint64_t tag, std::size_t size, Timestamp now);
  // Let the link work up to `now`; call it at NextDeadline() or later.
  void Advance(Timestamp now);
  Timestamp NextDeadline() const;
  // What has arrived by `now`, in order.
  std::vector<Delivery> TakeDeliveries(Timestamp now);
  std::vector<Drop> TakeDrops();

  std::uint64_t capacity(Timestamp now) const;
  // How long a packet that comes now would wait.
  Duration queue(Timestamp now) const;
  const std::vector<CrossFlow>& cross() const { return cross_; }

 private:
  struct Queued {
    std::uint64_t tag = 0;
    std::size_t size = 0;
    Timestamp since{};
    Timestamp started{};  // its transmission
    int flow = kOurs;     // index of the cross flow
  };
  static constexpr int kOurs = -1;

  void Enqueue(const Queued& packet, Timestamp now);
  void StartTransmission(Timestamp now);
  void Finish(Timestamp now);
  bool CoDelDrops(const Queued& packet, Timestamp now);
  void Lose(const Queued& packet, Timestamp now, bool queue_full);
  bool LostOnTheWay();
  Timestamp TransmissionEnd(std::size_t size, Timestamp now) const;
  Duration TimeOf(std::size_t bytes, Timestamp now) const;
  Duration HostDelay(Timestamp now);
  double Chance() { return entropy_.NextU32() / 4294967296.0; }
  void RunCross(Timestamp now);

  LinkModel model_;
  Timestamp start_;
  SeededEntropy entropy_;
  std::vector<CrossFlow> cross_;
  std::deque<Queued> queue_;
  std::size_t queued_bytes_ = 0;
  bool transmitting_ = false;
  Timestamp transmission_end_ = kNever;
  std::vector<Delivery> deliveries_;  // ascending by time
  std::vector<Drop> drops_;
  Timestamp last_arrival_{};
  bool in_burst_ = false;
  // CoDel (RFC 8289)
  bool codel_dropping_ = false;
  std::uint32_t codel_count_ = 0;
  Timestamp codel_above_since_ = kNever;
  Timestamp codel_next_{};
};

}  // namespace kcs::congestion::testing
