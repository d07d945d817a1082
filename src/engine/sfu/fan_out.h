#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "engine/sfu/egress_batch.h"
#include "engine/sfu/media_packet.h"
#include "engine/sfu/producer.h"

namespace kcs::sfu {

// The packets of one receive batch on their way to everybody who receives them, receiver outer and packet
// inner: what one receiver gets of the batch lies side by side in the outbox. Where the outbox is full it
// stops between two receivers, and goes on there. Nothing is allocated once warm.
class FanOut {
 public:
  // Packets of one batch. The shell's receive batches are smaller.
  static constexpr std::size_t kMaxPackets = 256;

  FanOut() { packets_.reserve(kMaxPackets); }

  bool full() const { return packets_.size() == kMaxPackets; }
  void Add(Producer& producer, MediaPacket packet);
  // Writes to `out` until all is done (false) or there is no room for the next receiver's packets (true).
  // Between the calls no producer, consumer or transport may be removed.
  [[nodiscard]] bool Drain(Timestamp now, transport::Outbox& out);
  bool empty() const { return packets_.empty(); }

 private:
  struct Burst {
    Producer* producer = nullptr;
    const void* router = nullptr;
    std::uint32_t first = 0;  // of chain
    std::uint32_t last = 0;
    std::uint32_t next_row = 0;
  };
  struct Entry {
    MediaPacket packet;
    std::uint32_t next = 0;  // of the same producer; kEnd
  };
  static constexpr std::uint32_t kEnd = 0xffffffff;

  void Prepare();
  bool DrainGroup(std::span<Burst> group, Timestamp now, EgressBatch& egress);
  bool HasRoom(const transport::Outbox& out) const;
  void SendTo(std::uint32_t receiver, std::span<Burst> group, Timestamp now, EgressBatch& egress);

  std::vector<Entry> packets_;
  std::vector<Burst> bursts_;
  std::size_t group_begin_ = 0;
  bool prepared_ = false;
};

}  // namespace kcs::sfu
