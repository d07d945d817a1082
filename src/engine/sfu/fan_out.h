#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "engine/sfu/egress_batch.h"
#include "engine/sfu/media_packet.h"
#include "engine/sfu/producer.h"
#include "engine/sfu/run_padding.h"

namespace kcs::sfu {

// The packets of one receive batch on their way to everybody who receives them, receiver outer and packet
// inner: what one receiver gets of the batch lies side by side in the outbox, sound first, so that it does
// not wait behind pictures, and then by size, so that there are runs of equal size. What is nearly equal is
// made equal. Where the outbox is full it stops between two receivers, and goes on there. Nothing is
// allocated once warm.
class FanOut {
 public:
  // Packets of one batch; the shell's receive batches are no larger.
  static constexpr std::size_t kMaxPackets = 256;

  // `run_padding`: whether packets may be padded for the sake of longer runs.
  explicit FanOut(bool run_padding);

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
    bool is_picture = false;
    std::uint16_t size = 0;   // of the first packet
    std::uint32_t count = 0;  // packets
  };
  struct Entry {
    MediaPacket packet;
    std::uint32_t next = 0;  // of the same producer; kEnd
  };
  static constexpr std::uint32_t kEnd = 0xffffffff;

  void Prepare();
  void MakeRuns();
  // Of one stream of the burst: its packets are members of the next sequence.
  void AddMembers(const Burst& burst, std::uint8_t stream);
  void PadMembers();
  bool DrainGroup(std::span<Burst> group, Timestamp now, EgressBatch& egress);
  void SendTo(std::uint32_t receiver, std::span<Burst> group, Timestamp now, EgressBatch& egress);

  std::vector<Entry> packets_;
  std::vector<Burst> bursts_;
  // A sequence of packets that many receivers get one after the other, and which ones these are.
  std::vector<RunMember> members_;
  std::vector<std::uint32_t> member_packets_;
  bool run_padding_;
  std::size_t group_begin_ = 0;
  bool prepared_ = false;
};

}  // namespace kcs::sfu
