#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/slab.h"
#include "base/socket_address.h"
#include "base/time.h"

namespace kcs::sfu {

// When a worker's DTLS handshakes go on. A step of one (what a peer's datagram leads to: key agreement,
// signatures) costs as much as the forwarding of a hundred packets, and when a whole meeting joins at once
// there are thousands. So there are so many steps a second, and few at once; other datagrams of handshakes
// wait in the order in which they came, and those inside hear and see no difference. What finds no room is
// dropped: DTLS sends it again.
class HandshakePacer {
 public:
  static constexpr std::uint32_t kStepsPerSecond = 1500;
  // At once, after a time without any.
  static constexpr int kBurst = 8;
  static constexpr std::size_t kMaxWaiting = 1024;
  // Of one transport. More are repetitions: it is waiting, not lost.
  static constexpr std::uint8_t kMaxOfOne = 4;

  struct Datagram {
    std::uint32_t transport = 0;  // its index
    SlotRef slot;
    std::size_t size = 0;  // from the start of the slot
    Tuple tuple;
  };

  // 0: no limit.
  explicit HandshakePacer(std::uint32_t steps_per_second)
      : step_(steps_per_second == 0 ? Duration{} : Duration(1s) / steps_per_second),
        credit_(kBurst * step_) {}

  // Whether a step may be done now, and then it counts as done. False while others wait.
  bool Take(Timestamp now);
  // A step was done unasked.
  void Charge(Timestamp now);

  // False: there is no room for it.
  bool Add(Datagram datagram);
  // The next of those that wait, if its time has come. Its step counts as done.
  std::optional<Datagram> Next(Timestamp now);
  void Forget(std::uint32_t transport);

  // When Next() will have one; kNever when none waits.
  Timestamp NextDeadline() const;
  std::size_t waiting() const { return waiting_.size(); }
  // How many datagrams have had to wait.
  std::uint64_t deferred() const { return deferred_; }

 private:
  void Earn(Timestamp now);

  Duration step_;    // that has to pass for each step; 0: none
  Duration credit_;  // below 0 after Charge()
  Timestamp credit_at_{};
  std::deque<Datagram> waiting_;
  std::vector<std::uint8_t> of_transport_;  // how many of each
  std::uint64_t deferred_ = 0;
};

}  // namespace kcs::sfu
