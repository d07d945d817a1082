#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "io/event_loop.h"
#include "io/unique_fd.h"

namespace kcs::io {

// One accepted, non-blocking stream with a bounded queue of what the kernel did not take yet. Owned by its
// TcpListener, which also reads from it.
class TcpConnection {
 public:
  enum class SendOutcome : std::uint8_t { kSent, kQueueFull, kBroken };

  TcpConnection(EventLoop& loop, UniqueFd fd, const SocketAddress& remote, std::size_t max_queued,
                Timestamp now);

  // Queues or sends header and body as one piece: all of it or (kQueueFull) nothing. After kBroken the
  // connection is to be closed.
  SendOutcome Send(Bytes header, Bytes body);
  // Writes what is queued; false when the connection is broken.
  bool Flush();

  int fd() const { return fd_.get(); }
  FdWatch& watch() { return watch_; }
  const SocketAddress& remote() const { return remote_; }
  std::size_t queued() const { return queue_.size() - queue_start_; }

  Timestamp accepted_at;
  Timestamp last_received;
  bool established = false;  // see TcpListener::Establish

 private:
  UniqueFd fd_;
  SocketAddress remote_;
  std::size_t max_queued_;
  std::vector<std::uint8_t> queue_;
  std::size_t queue_start_ = 0;
  FdWatch watch_;  // last: destroyed before the descriptor is closed
};

}  // namespace kcs::io
