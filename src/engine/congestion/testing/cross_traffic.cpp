#include "engine/congestion/testing/cross_traffic.h"

#include <algorithm>
#include <utility>

namespace kcs::congestion::testing {
namespace {

constexpr double kFirstWindow = 10;
constexpr std::size_t kEndless = SIZE_MAX;
constexpr Duration kDelayedAck = 40ms;  // how long a receiver waits for a second packet

std::size_t Packets(std::size_t bytes) {
  return bytes == 0 ? kEndless : std::max<std::size_t>(1, bytes / CrossFlow::kSize);
}

}  // namespace

CrossFlow::CrossFlow(const CrossTraffic& model, Timestamp start, Duration link_delay)
    : model_(model),
      from_(start + model.from),
      until_(start + model.until),
      way_back_(std::max(Duration::zero(), model.rtt - link_delay)),
      next_constant_(from_),
      left_(Packets(model.transfer)),
      resume_(from_),
      last_reduction_(from_) {}

Timestamp CrossFlow::NextDeadline() const {
  if (model_.kind == CrossTraffic::Kind::kConstant) return next_constant_ < until_ ? next_constant_ : kNever;
  const Timestamp heard =
      acknowledgements_.empty() ? owed_ : std::min(owed_, acknowledgements_.begin()->first);
  const bool may_send = left_ > 0 && static_cast<double>(sent_.size()) < window_ && resume_ < until_;
  return may_send ? std::min(heard, resume_) : heard;
}

bool CrossFlow::TakePacket(Timestamp now) {
  if (model_.kind == CrossTraffic::Kind::kConstant) {
    if (now < next_constant_ || now >= until_ || model_.bps == 0) return false;
    next_constant_ += Duration{static_cast<std::int64_t>(kSize * 8 * 1'000'000 / model_.bps)};
    return true;
  }
  TakeAcknowledgements(now);
  if (now >= until_) left_ = 0;  // for good
  if (now < resume_ || left_ == 0) return false;
  if (static_cast<double>(sent_.size()) >= window_) return false;
  sent_.push_back(now);
  if (left_ != kEndless) --left_;
  return true;
}

void CrossFlow::OnDelivered(Timestamp at) {
  delivered_bytes_ += kSize;
  const Timestamp heard = at + way_back_;
  if (owed_ != kNever) {
    acknowledgements_.emplace(std::min(owed_, heard), true);
    if (heard <= owed_) {
      acknowledgements_.emplace(heard, true);
      owed_ = kNever;
      return;
    }
  }
  owed_ = heard + kDelayedAck;
}

void CrossFlow::OnLost(Timestamp at) { acknowledgements_.emplace(at + way_back_, false); }

void CrossFlow::TakeAcknowledgements(Timestamp now) {
  if (owed_ <= now) acknowledgements_.emplace(std::exchange(owed_, kNever), true);
  while (!acknowledgements_.empty() && acknowledgements_.begin()->first <= now) {
    const bool good = acknowledgements_.begin()->second;
    acknowledgements_.erase(acknowledgements_.begin());
    if (!sent_.empty()) {
      round_trip_ = now - sent_.front();
      sent_.pop_front();
    }
    if (model_.kind == CrossTraffic::Kind::kConstant) continue;
    if (good) {
      window_ += window_ < threshold_ ? 1.0 : 1.0 / window_;
    } else {
      OnBad(now);
    }
    if (sent_.empty() && left_ == 0) Rest(now);
  }
}

void CrossFlow::OnBad(Timestamp now) {
  if (left_ != kEndless) ++left_;                   // it is sent again
  if (now - last_reduction_ < round_trip_) return;  // of the same round trip
  last_reduction_ = now;
  threshold_ = std::max(2.0, window_ / 2);
  window_ = threshold_;
}

void CrossFlow::Rest(Timestamp now) {
  left_ = Packets(model_.transfer);
  resume_ = now + model_.pause;
  window_ = kFirstWindow;
  threshold_ = 1e9;
}

}  // namespace kcs::congestion::testing
