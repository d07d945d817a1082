#include "engine/congestion/testing/bottleneck.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kcs::congestion::testing {
namespace {

constexpr Duration kCoDelTarget = 5ms;
constexpr Duration kCoDelInterval = 100ms;

}  // namespace

Bottleneck::Bottleneck(LinkModel model, Timestamp start, std::uint64_t seed)
    : model_(std::move(model)), start_(start), entropy_(seed), last_arrival_(start) {
  for (const CrossTraffic& cross : model_.cross) cross_.emplace_back(cross, start, model_.delay);
}

std::uint64_t Bottleneck::capacity(Timestamp now) const {
  std::uint64_t bps = 0;
  for (const LinkModel::Step& step : model_.capacity) {
    if (start_ + step.at <= now) bps = step.bps;
  }
  return bps;
}

Timestamp Bottleneck::TransmissionEnd(std::size_t size, Timestamp now) const {
  double bits = static_cast<double>(size) * 8;
  Timestamp from = now;
  for (;;) {
    const auto bps = static_cast<double>(capacity(from));
    Timestamp change = kNever;
    for (const LinkModel::Step& step : model_.capacity) {
      if (start_ + step.at > from) {
        change = start_ + step.at;
        break;
      }
    }
    const double until_change = change == kNever ? 1e12 : ToSeconds(change - from) * bps;
    if (bps > 0 && bits <= until_change) {
      return from + Duration{static_cast<std::int64_t>(std::ceil(bits / bps * 1e6))};
    }
    if (change == kNever) return kNever;
    bits -= until_change;
    from = change;
  }
}

Duration Bottleneck::TimeOf(std::size_t bytes, Timestamp now) const {
  const double bps = std::max(1.0, static_cast<double>(capacity(now)));
  return Duration{static_cast<std::int64_t>(static_cast<double>(bytes) * 8 / bps * 1e6)};
}

// A host takes a moment to answer a packet, now more, now less. If it did not, a TCP flow would send in step
// with the link, always as soon after a place in the full queue gets free, and whoever else comes would find
// it taken: the phase effect of simulations (Floyd and Jacobson, "On Traffic Phase Effects in Packet-Switched
// Gateways", 1992). A random delay of up to one packet's time on the link, as they propose, ends it.
Duration Bottleneck::HostDelay(Timestamp now) {
  const auto most = static_cast<double>(TimeOf(CrossFlow::kSize, now).count());
  return Duration{static_cast<std::int64_t>(Chance() * most)};
}

Duration Bottleneck::queue(Timestamp now) const { return TimeOf(queued_bytes_, now); }

void Bottleneck::Send(std::uint64_t tag, std::size_t size, Timestamp now) {
  Advance(now);
  Enqueue({.tag = tag, .size = size, .since = now}, now);
}

void Bottleneck::Enqueue(const Queued& packet, Timestamp now) {
  // A link has room for a packet at least, however slow it is.
  const bool full = queue_.size() > 2 && queue(now) > model_.queue;
  if (full || queued_bytes_ + packet.size > model_.queue_bytes) return Lose(packet, now, true);
  queue_.push_back(packet);
  queued_bytes_ += packet.size;
  if (!transmitting_) StartTransmission(now);
}

void Bottleneck::Lose(const Queued& packet, Timestamp now, bool queue_full) {
  if (packet.flow == kOurs) {
    drops_.push_back({packet.tag, now, queue_full});
  } else {
    // The sender hears of it by what comes after.
    cross_[static_cast<std::size_t>(packet.flow)].OnLost(now + model_.delay + queue(now) + HostDelay(now));
  }
}

void Bottleneck::StartTransmission(Timestamp now) {
  while (!queue_.empty() && model_.discipline == LinkModel::Discipline::kCoDel &&
         CoDelDrops(queue_.front(), now)) {
    queued_bytes_ -= queue_.front().size;
    Lose(queue_.front(), now, true);
    queue_.pop_front();
  }
  transmitting_ = !queue_.empty();
  if (transmitting_) queue_.front().started = now;
  transmission_end_ = transmitting_ ? TransmissionEnd(queue_.front().size, now) : kNever;
}

// RFC 8289, 5.5: above the target for an interval, then drops whose distance shrinks with the square root of
// their number.
bool Bottleneck::CoDelDrops(const Queued& packet, Timestamp now) {
  if (now - packet.since < kCoDelTarget || queued_bytes_ <= 1500) {
    codel_above_since_ = kNever;
    codel_dropping_ = false;
    return false;
  }
  if (codel_above_since_ == kNever) codel_above_since_ = now;
  if (!codel_dropping_) {
    if (now - codel_above_since_ < kCoDelInterval) return false;
    codel_dropping_ = true;
    codel_count_ = now - codel_next_ < 16 * kCoDelInterval && codel_count_ > 2 ? codel_count_ - 2 : 1;
  } else if (now < codel_next_) {
    return false;
  } else {
    ++codel_count_;
  }
  const double step = static_cast<double>(kCoDelInterval.count()) / std::sqrt(codel_count_);
  codel_next_ = now + Duration{static_cast<std::int64_t>(step)};
  return true;
}

bool Bottleneck::LostOnTheWay() {
  if (model_.loss > 0 && Chance() < model_.loss) return true;
  if (!model_.bursts) return false;
  in_burst_ = in_burst_ ? Chance() >= model_.bursts->end : Chance() < model_.bursts->begin;
  return in_burst_ && Chance() < model_.bursts->loss;
}

void Bottleneck::Finish(Timestamp now) {
  const Queued packet = queue_.front();
  queue_.pop_front();
  queued_bytes_ -= packet.size;
  if (LostOnTheWay()) {
    Lose(packet, now, false);
  } else {
    Timestamp at = now + model_.delay;
    if (model_.jitter > Duration::zero()) {
      at += Duration{static_cast<std::int64_t>(Chance() * static_cast<double>(model_.jitter.count()))};
    }
    at = last_arrival_ = std::max(at, last_arrival_);
    if (packet.flow == kOurs) {
      deliveries_.push_back({packet.tag, packet.size, at, packet.started - packet.since});
    } else {
      cross_[static_cast<std::size_t>(packet.flow)].OnDelivered(at + HostDelay(now));
    }
  }
  StartTransmission(now);
}

void Bottleneck::RunCross(Timestamp now) {
  for (std::size_t i = 0; i < cross_.size(); ++i) {
    while (cross_[i].TakePacket(now)) {
      Enqueue({.tag = 0, .size = CrossFlow::kSize, .since = now, .flow = static_cast<int>(i)}, now);
    }
  }
}

Timestamp Bottleneck::NextDeadline() const {
  Timestamp next = transmission_end_;
  for (const CrossFlow& flow : cross_) next = std::min(next, flow.NextDeadline());
  if (!deliveries_.empty()) next = std::min(next, deliveries_.front().at);
  return next;
}

void Bottleneck::Advance(Timestamp now) {
  for (;;) {
    Timestamp next = transmission_end_;
    for (const CrossFlow& flow : cross_) next = std::min(next, flow.NextDeadline());
    if (next > now) return;
    if (next == transmission_end_) {
      Finish(next);
    } else {
      RunCross(next);
    }
  }
}

std::vector<Bottleneck::Delivery> Bottleneck::TakeDeliveries(Timestamp now) {
  const auto end =
      std::find_if(deliveries_.begin(), deliveries_.end(), [&](const auto& d) { return d.at > now; });
  std::vector<Delivery> out(deliveries_.begin(), end);
  deliveries_.erase(deliveries_.begin(), end);
  return out;
}

std::vector<Bottleneck::Drop> Bottleneck::TakeDrops() { return std::exchange(drops_, {}); }

}  // namespace kcs::congestion::testing
