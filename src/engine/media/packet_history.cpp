#include "engine/media/packet_history.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace kcs::media {
namespace {

constexpr std::size_t kFirstSize = 32;

}  // namespace

PacketHistory::PacketHistory(std::size_t max_packets, Duration max_age)
    : max_packets_(std::bit_ceil(std::max(max_packets, kFirstSize))), max_age_(max_age) {}

void PacketHistory::Add(StoredPacket packet) {
  const std::uint64_t sequence = packet.sequence;
  if (ring_.empty()) ring_.resize(kFirstSize);
  Expire(packet.arrived);
  if (count_ > 0 && sequence > highest_ && sequence - highest_ >= max_packets_) Clear();
  if (count_ == 0) oldest_ = highest_ = sequence;

  if (sequence > highest_) {
    while (sequence - oldest_ >= ring_.size()) {
      if (!At(oldest_).slot) {
        ++oldest_;
      } else if (ring_.size() < max_packets_) {
        Grow();
      } else {
        DropOldest();
      }
    }
    highest_ = sequence;
  } else if (sequence < oldest_) {
    if (highest_ - sequence >= ring_.size()) return;
    oldest_ = sequence;
  }
  StoredPacket& place = At(sequence);
  if (!place.slot) ++count_;
  place = std::move(packet);
}

const StoredPacket* PacketHistory::Find(std::uint64_t sequence, Timestamp now) const {
  if (count_ == 0 || sequence < oldest_ || sequence > highest_) return nullptr;
  const StoredPacket& packet = At(sequence);
  if (!packet.slot || now - packet.arrived > max_age_) return nullptr;
  return &packet;
}

void PacketHistory::Expire(Timestamp now) {
  while (count_ > 0) {
    const StoredPacket& packet = At(oldest_);
    if (!packet.slot) {
      ++oldest_;
    } else if (now - packet.arrived > max_age_) {
      DropOldest();
    } else {
      return;
    }
  }
}

void PacketHistory::Clear() {
  for (; count_ > 0; ++oldest_) {
    if (!At(oldest_).slot) continue;
    At(oldest_).slot.Reset();
    --count_;
  }
}

void PacketHistory::Grow() {
  std::vector<StoredPacket> larger(ring_.size() * 2);
  for (std::uint64_t s = oldest_; s <= highest_; ++s) {
    if (At(s).slot) larger[s & (larger.size() - 1)] = std::move(At(s));
  }
  ring_ = std::move(larger);
}

void PacketHistory::DropOldest() {
  At(oldest_).slot.Reset();
  ++oldest_;
  --count_;
}

}  // namespace kcs::media
