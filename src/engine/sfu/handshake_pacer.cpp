#include "engine/sfu/handshake_pacer.h"

#include <algorithm>
#include <utility>

namespace kcs::sfu {

void HandshakePacer::Earn(Timestamp now) {
  credit_ = std::min(kBurst * step_, credit_ + std::max(Duration{}, now - credit_at_));
  credit_at_ = now;
}

bool HandshakePacer::Take(Timestamp now) {
  Earn(now);
  if (!waiting_.empty() || credit_ < step_) return false;
  credit_ -= step_;
  return true;
}

void HandshakePacer::Charge(Timestamp now) {
  Earn(now);
  credit_ -= step_;
}

bool HandshakePacer::Add(Datagram datagram) {
  if (datagram.transport >= of_transport_.size()) of_transport_.resize(datagram.transport + 1);
  std::uint8_t& of_this = of_transport_[datagram.transport];
  if (waiting_.size() == kMaxWaiting || of_this == kMaxOfOne) return false;
  ++of_this;
  ++deferred_;
  waiting_.push_back(std::move(datagram));
  return true;
}

std::optional<HandshakePacer::Datagram> HandshakePacer::Next(Timestamp now) {
  Earn(now);
  if (waiting_.empty() || credit_ < step_) return std::nullopt;
  credit_ -= step_;
  std::optional<Datagram> next(std::move(waiting_.front()));
  waiting_.pop_front();
  --of_transport_[next->transport];
  return next;
}

void HandshakePacer::Forget(std::uint32_t transport) {
  if (transport >= of_transport_.size() || of_transport_[transport] == 0) return;
  of_transport_[transport] = 0;
  std::erase_if(waiting_, [&](const Datagram& datagram) { return datagram.transport == transport; });
}

Timestamp HandshakePacer::NextDeadline() const {
  return waiting_.empty() ? kNever : credit_at_ + std::max(Duration{}, step_ - credit_);
}

}  // namespace kcs::sfu
