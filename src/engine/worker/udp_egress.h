#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/socket_address.h"
#include "io/udp_socket.h"

namespace kcs::worker_process {

// Sends through one UDP socket and keeps, in order, what the kernel did not take, until the socket is
// writable again. The tail is bounded; beyond it datagrams are refused, as a full link would.
class UdpEgress {
 public:
  static constexpr std::size_t kMaxTailBytes = 2 * 1024 * 1024;

  explicit UdpEgress(io::UdpSocket& socket) : socket_(socket) {}

  void Add(const SocketAddress& to, Bytes datagram) {
    io::SendItem& item = batch_.emplace_back();  // in place: a temporary stalls on its own small stores
    item.to = to;
    item.data = datagram;
  }
  // Sends what was added (whose bytes the caller may reuse afterwards). Returns how many datagrams were
  // refused.
  std::size_t Flush();
  // The socket is writable: true when the whole tail is gone.
  bool SendTail();
  bool has_tail() const { return tail_begin_ < tail_.size(); }

 private:
  struct Kept {
    SocketAddress to;
    std::uint32_t offset = 0;
    std::uint16_t size = 0;
  };
  std::size_t Keep(std::span<const io::SendItem> items);

  io::UdpSocket& socket_;
  std::vector<io::SendItem> batch_;
  std::vector<Kept> tail_;
  std::vector<std::uint8_t> tail_bytes_;
  std::size_t tail_begin_ = 0;
};

}  // namespace kcs::worker_process
