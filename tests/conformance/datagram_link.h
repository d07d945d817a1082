#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"

namespace kcs::conformance {

struct LinkOptions {
  std::uint32_t loss_percent = 0;
  std::uint32_t duplicate_percent = 0;
  Duration delay = 20ms;
  Duration jitter = 0ms;  // on top, at random: reorders
};

// Two ends that exchange datagrams in virtual time over a bad wire. An end has OnDatagram, OnTimeout,
// NextDeadline and TakeOutgoing, as ours and OpenSslPeer do.
template <typename Left, typename Right>
class DatagramLink {
 public:
  DatagramLink(Left& left, Right& right, Entropy& entropy, LinkOptions options = {})
      : left_(left), right_(right), entropy_(entropy), options_(options) {}

  Timestamp now() const { return now_; }
  void set_options(const LinkOptions& options) { options_ = options; }

  // Until `done` says so or `limit` has passed; false then.
  template <typename Done>
  bool RunUntil(Done done, Duration limit) {
    const Timestamp end = now_ + limit;
    Collect();
    while (!done()) {
      Timestamp next = std::min(left_.NextDeadline(), right_.NextDeadline());
      if (!wire_.empty()) next = std::min(next, wire_.begin()->first);
      if (next > end) return false;
      now_ = std::max(now_, next);
      while (!wire_.empty() && wire_.begin()->first <= now_) Deliver();
      left_.OnTimeout(now_);
      right_.OnTimeout(now_);
      Collect();
    }
    return true;
  }
  void Settle(Duration limit = 2s) {
    RunUntil([] { return false; }, limit);
  }

 private:
  struct Flying {
    bool to_left;
    std::vector<std::uint8_t> bytes;
  };

  void Collect() {
    for (auto& bytes : left_.TakeOutgoing()) Send(false, bytes);
    for (auto& bytes : right_.TakeOutgoing()) Send(true, bytes);
  }
  void Send(bool to_left, const std::vector<std::uint8_t>& bytes) {
    const int copies = entropy_.Below(100) < options_.duplicate_percent ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      if (entropy_.Below(100) < options_.loss_percent) continue;
      const Duration extra{entropy_.Below(static_cast<std::uint32_t>(options_.jitter.count()) + 1)};
      wire_.emplace(now_ + options_.delay + extra, Flying{to_left, bytes});
    }
  }
  void Deliver() {
    const Flying flying = std::move(wire_.begin()->second);
    wire_.erase(wire_.begin());
    if (flying.to_left) {
      left_.OnDatagram(flying.bytes, now_);
    } else {
      right_.OnDatagram(flying.bytes, now_);
    }
    Collect();
  }

  Left& left_;
  Right& right_;
  Entropy& entropy_;
  LinkOptions options_;
  Timestamp now_{100s};
  std::multimap<Timestamp, Flying> wire_;
};

}  // namespace kcs::conformance
