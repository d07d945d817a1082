#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/slab.h"
#include "base/time.h"

namespace kcs::media {

// A packet kept for retransmission: the plaintext as it came in, never changed. What a receiver gets is made
// of it anew (header patch, sealing) as for the first transmission.
struct StoredPacket {
  SlotRef slot;
  std::uint64_t sequence = 0;  // extended, of the source
  Timestamp arrived{};
  std::uint32_t rtp_timestamp = 0;  // of the source
  std::uint16_t offset = 0;         // where the RTP packet begins in the slot
  std::uint16_t size = 0;           // of the RTP packet
  std::uint16_t tag = 0;            // the owner's: e.g. an index of the codec
};

// The recent packets of one source stream, shared by all who receive it. A ring that doubles up to its limit
// while it would lose packets younger than `max_age`; packets older than that are let go (their slots too) as
// new ones come. O(1) per packet, no heap once grown.
class PacketHistory {
 public:
  explicit PacketHistory(std::size_t max_packets = 1024, Duration max_age = 2s);

  // Late packets find their place; a packet too old for the ring is not kept.
  void Add(StoredPacket packet);
  // nullptr when it never came or is gone. Valid until the next Add(), Expire() or Clear().
  const StoredPacket* Find(std::uint64_t sequence, Timestamp now) const;
  // Lets go of what is too old: for a stream that went silent.
  void Expire(Timestamp now);
  void Clear();
  std::size_t size() const { return count_; }

 private:
  StoredPacket& At(std::uint64_t sequence) { return ring_[sequence & (ring_.size() - 1)]; }
  const StoredPacket& At(std::uint64_t sequence) const { return ring_[sequence & (ring_.size() - 1)]; }
  void Grow();
  void DropOldest();

  std::size_t max_packets_;
  Duration max_age_;
  std::vector<StoredPacket> ring_;
  std::uint64_t oldest_ = 0;  // every kept packet lies in [oldest_, highest_]
  std::uint64_t highest_ = 0;
  std::size_t count_ = 0;
};

}  // namespace kcs::media
