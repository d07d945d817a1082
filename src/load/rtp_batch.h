#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/socket_address.h"
#include "engine/crypto/srtp.h"
#include "io/udp_socket.h"

namespace kcs::load {

// RTP packets on their way to one peer: written in plaintext, sealed together, sent by one system call. One
// for the whole process, used by one transport after the other; allocates when made only.
class RtpBatch {
 public:
  static constexpr std::size_t kPackets = io::UdpSocket::kBatch;
  static constexpr std::size_t kSlotSize = 1408;  // header, payload and SRTP's tag

  RtpBatch();

  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == kPackets; }
  std::size_t count() const { return count_; }
  // Where the next packet is to be written. Not when full().
  MutableBytes Slot();
  // It was written: `size` bytes, the first `header_size` of them stay in clear. `index`: roll-over counter
  // << 16 | sequence number.
  void Add(std::size_t size, std::size_t header_size, std::uint32_t ssrc, std::uint64_t index);

  // The packets without protection, for tests.
  Bytes plaintext(std::size_t i) const { return {Plain(i), sizes_[i]}; }

  struct Outcome {
    std::size_t packets = 0;
    std::size_t bytes = 0;    // of UDP payload
    std::size_t refused = 0;  // by the kernel: its buffers were full, or nobody is there
  };
  // Empties it.
  Outcome Send(const crypto::SrtpSealer& sealer, io::UdpSocket& socket, const SocketAddress& to);
  void Clear() { count_ = 0; }

 private:
  const std::uint8_t* Plain(std::size_t i) const { return plain_.data() + i * kSlotSize; }

  std::vector<std::uint8_t> plain_;
  std::vector<std::uint8_t> sealed_;
  std::array<std::size_t, kPackets> sizes_{};
  std::array<crypto::SealJob, kPackets> jobs_;
  std::array<io::SendItem, kPackets> items_;
  std::size_t count_ = 0;
};

}  // namespace kcs::load
