#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/socket_address.h"

namespace kcs::transport {

// One datagram to send; its bytes are `size` bytes at `offset` of the outbox's memory.
struct EgressDatagram {
  Tuple tuple;
  std::uint32_t offset = 0;
  std::uint16_t size = 0;
};

// What the engine wants sent: a bounded arena that the caller owns, drains and clears after every batch of
// input. Nothing in it moves before Clear, and it does not allocate after construction. Datagrams committed
// one after another lie side by side without a gap, so that equal-sized ones to one receiver can leave as one
// GSO message.
class Outbox {
 public:
  // A packet that fills its slot of the slab (2,048 bytes), with the longest header extension that a receiver
  // may get instead of the sender's, a rewritten prefix and the cipher's tag.
  static constexpr std::size_t kMaxDatagram = 2560;

  Outbox(std::size_t max_bytes, std::size_t max_datagrams);

  // Memory for one datagram of at most `max_size` bytes, or nullptr (counted) when there is no room. Valid
  // until the next call of Reserve, Append or Clear; without a Commit it is as if never asked for.
  std::uint8_t* Reserve(std::size_t max_size);
  // The first `size` bytes of what was reserved last are a datagram for `tuple`; `padding` of them say
  // nothing.
  void Commit(const Tuple& tuple, std::size_t size, std::size_t padding = 0);
  // Reserve, copy, Commit. False (counted) when there is no room.
  bool Append(const Tuple& tuple, Bytes datagram);

  std::span<const EgressDatagram> datagrams() const { return datagrams_; }
  Bytes bytes(const EgressDatagram& d) const { return {memory_.get() + d.offset, d.size}; }
  // Room for `datagrams` more of the largest size.
  bool CanHold(std::size_t datagrams) const {
    return datagrams_.size() + datagrams <= max_datagrams_ && used_ + datagrams * kMaxDatagram <= max_bytes_;
  }
  std::size_t used_bytes() const { return used_; }
  std::size_t padding_bytes() const { return padding_; }  // of these
  bool empty() const { return datagrams_.empty(); }
  void Clear();

  // Datagrams refused for lack of room, ever (wire::DropReason::kOutboxFull).
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t max_bytes_;
  std::size_t max_datagrams_;
  std::size_t used_ = 0;
  std::size_t reserved_ = 0;
  std::size_t padding_ = 0;
  std::vector<EgressDatagram> datagrams_;
  std::uint64_t dropped_ = 0;
};

}  // namespace kcs::transport
