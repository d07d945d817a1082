#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "io/event_loop.h"
#include "io/tcp_connection.h"

namespace kcs::io {

// Names one accepted connection; never reused in the life of a listener (Tuple::socket of TCP).
using ConnectionId = std::uint32_t;

struct TcpLimits {
  std::size_t max_connections = 1024;
  std::size_t max_queued_bytes = 256 * 1024;  // waiting for the kernel, per connection
  Duration idle_timeout = 30s;                // without a byte received
  Duration establish_timeout = 10s;           // from accept until Establish
};

struct TcpCounters {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // max_connections reached
  std::uint64_t timed_out = 0;
  std::uint64_t dropped_sends = 0;  // queue full
};

// Accepts streams on one or several addresses and owns them under one bound. Handlers are called from the
// loop; they may call everything here, also Close of the connection they are called for, but not destroy the
// listener.
class TcpListener {
 public:
  struct Handlers {
    // Bytes as they arrive, in pieces of at most 64 KiB. They are valid during the call and may be changed.
    std::function<void(ConnectionId, const SocketAddress& remote, MutableBytes)> on_data;
    // The peer or a limit closed the connection (not after a Close by the owner). The id is already unknown.
    std::function<void(ConnectionId, const SocketAddress& remote)> on_closed;
  };

  TcpListener(EventLoop& loop, TcpLimits limits, Handlers handlers);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  // Addresses as in UdpSocket::Bind. Returns the address listened on. May be called several times.
  Result<SocketAddress> Listen(const SocketAddress& local);
  Result<SocketAddress> ListenInRange(SocketAddress local, std::uint16_t min_port, std::uint16_t max_port);

  // Sends header and body as one unbroken piece, or (false) nothing of it: no such connection, broken, or its
  // queue is full (counted). A connection that breaks is closed from the loop with on_closed.
  bool Send(ConnectionId id, Bytes header, Bytes body);
  // The owner trusts this connection: only idle_timeout ends it from now on.
  void Establish(ConnectionId id);
  void Close(ConnectionId id);

  std::size_t connections() const { return connections_.size(); }
  const TcpCounters& counters() const { return counters_; }

 private:
  struct ListenSocket {
    UniqueFd fd;
    FdWatch watch;
  };

  void OnAcceptable(int listen_fd);
  void PauseAccepting();
  void ResumeAccepting();
  void OnReadable(ConnectionId id);
  void OnWritable(ConnectionId id);
  void CloseWithNotice(ConnectionId id);
  void Sweep();

  EventLoop& loop_;
  TcpLimits limits_;
  Handlers handlers_;
  TcpCounters counters_;
  ConnectionId last_id_ = 0;
  std::vector<ListenSocket> listen_sockets_;
  boost::unordered_flat_map<ConnectionId, std::unique_ptr<TcpConnection>> connections_;
  std::vector<std::uint8_t> read_buffer_;
  Timer sweep_;
  Timer resume_;
  std::shared_ptr<bool> alive_;
};

}  // namespace kcs::io
