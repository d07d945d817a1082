#include "engine/sfu/pacer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace kcs::sfu {

void Pacer::SetLink(std::uint32_t bps, bool congested) {
  if (bps == estimate_ && congested == queue_stands_) return;
  estimate_ = bps;
  queue_stands_ = congested;
  // What has gathered before a full link would fill it again if it left at once.
  congested_ = congested || (congested_ && waiting_ > 0);
  SetCost();
  if (bps != 0) return;
  drained_at_ = Timestamp{};
  if (waiting_ == 0) busy_until_ = drained_at_;
}

void Pacer::SetCost() {
  const double factor = congested_ ? kFactorCongested : kFactor;
  cost_ = estimate_ == 0 ? 0 : static_cast<std::uint32_t>(1024 * 8 * 1e6 / factor / estimate_);
}

void Pacer::SetPortion(std::uint32_t bytes) {
  if (bytes == portion_) return;
  portion_ = bytes;
  if (bytes != 0) return;
  left_ = kAny;
  if (waiting_ == 0) busy_until_ = FreeAt();
}

void Pacer::BeginPortion(Timestamp now) {
  const auto share = static_cast<std::int64_t>(waiting_bytes_ / PortionsLeft(now));
  const std::int64_t portion = std::max<std::int64_t>(portion_, share);
  // What is owed for more than a portion was no picture.
  left_ = std::min(std::max(left_, -portion), -kHalfPacket) + portion;
  portion_ends_ = now + kLongestPortion;
  if (waiting_ == 0) Close();
}

// Until the youngest has to leave.
std::size_t Pacer::PortionsLeft(Timestamp now) const {
  if (waiting_ == 0) return 1;
  const Duration left = At(waiting_ - 1).since + longest_wait() - now;
  return static_cast<std::size_t>(std::max<Duration::rep>(1, left / kSoundInterval));
}

// What is left of a portion is not for later: a queue has to have time to make room for sound. The narrower
// the link, the more.
bool Pacer::PortionIsOver(Timestamp now) const {
  return estimate_ < kNarrow || now >= portion_ends_ - (kLongestPortion - kShortestPortion);
}

void Pacer::Close() {
  if (portion_ != 0) left_ = std::min(left_, -kHalfPacket);
  busy_until_ = FreeAt();
}

PacedPacket& Pacer::Add(Timestamp now, std::uint16_t size) {
  KCS_CHECK(!is_full());
  if (taken_ + waiting_ == ring_.size()) Grow();
  PacedPacket& packet = At(waiting_++);
  packet.since = now;
  packet.size = size;
  waiting_bytes_ += size;
  busy_until_ = kNever;
  return packet;
}

void Pacer::Grow() {
  std::vector<PacedPacket> larger(std::max(kFirstSize, 2 * ring_.size()));
  for (std::size_t i = 0; i < taken_ + waiting_; ++i)
    larger[i] = std::move(ring_[(first_ + i) & (ring_.size() - 1)]);
  ring_ = std::move(larger);
  first_ = 0;
}

// The youngest has to leave in time, too: what is too much for the estimate leaves evenly, but faster.
std::uint32_t Pacer::CostOfWaiting(Timestamp now) const {
  const std::int64_t left =
      std::max<std::int64_t>(0, (At(waiting_ - 1).since + longest_wait() - now).count());
  const auto most = static_cast<std::uint64_t>(left) * 1024 / std::max<std::size_t>(1, waiting_bytes_);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(cost_, most));
}

PacedPacket* Pacer::Take(Timestamp now, bool at_once) {
  while (waiting_ > 0) {
    PacedPacket& packet = At(0);
    if (packet.consumer == nullptr) {
      Pop();
      continue;
    }
    if (!at_once && FreeAt() > now && packet.since + longest_wait() > now) {
      if (portion_ != 0 && PortionIsOver(now)) left_ = std::min(left_, -kHalfPacket);
      return nullptr;
    }
    Charge(packet.size, CostOfWaiting(now), now);
    Pop();
    return &packet;
  }
  return nullptr;
}

void Pacer::Pop() {
  waiting_bytes_ -= At(0).size;
  --waiting_;
  ++taken_;
  if (waiting_ > 0) return;
  if (congested_ && !queue_stands_) {
    congested_ = false;
    SetCost();
  }
  Close();
}

void Pacer::ReleaseTaken() {
  for (; taken_ > 0; --taken_) {
    ring_[first_].slot.Reset();
    first_ = (first_ + 1) & (ring_.size() - 1);
  }
}

Timestamp Pacer::NextDeadline() const {
  if (waiting_ == 0) return kNever;
  return std::min(std::max(drained_at_ - kBurst + kRound, FreeAt()), At(0).since + longest_wait());
}

std::size_t Pacer::Forget(const Consumer& consumer) {
  std::size_t forgotten = 0;
  for (std::size_t i = 0; i < waiting_; ++i) {
    PacedPacket& packet = At(i);
    if (packet.consumer != &consumer) continue;
    packet.consumer = nullptr;
    packet.slot.Reset();
    waiting_bytes_ -= std::exchange(packet.size, std::uint16_t{0});
    ++forgotten;
  }
  while (waiting_ > 0 && At(0).consumer == nullptr) Pop();
  ReleaseTaken();
  return forgotten;
}

void Pacer::Clear() {
  while (waiting_ > 0) Pop();
  ReleaseTaken();
}

}  // namespace kcs::sfu
