#include "io/tcp_connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace kcs::io {

TcpConnection::TcpConnection(EventLoop& loop, UniqueFd fd, const SocketAddress& remote,
                             std::size_t max_queued, Timestamp now)
    : accepted_at(now),
      last_received(now),
      fd_(std::move(fd)),
      remote_(remote),
      max_queued_(max_queued),
      watch_(loop, fd_.get()) {}

TcpConnection::SendOutcome TcpConnection::Send(Bytes header, Bytes body) {
  const std::size_t total = header.size() + body.size();
  // Also before writing directly: the kernel may take a part only, and the rest must then fit.
  if (queued() + total > max_queued_) return SendOutcome::kQueueFull;
  std::size_t written = 0;
  if (queued() == 0) {
    std::array<iovec, 2> parts = {{{const_cast<std::uint8_t*>(header.data()), header.size()},
                                   {const_cast<std::uint8_t*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t n = ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      written = static_cast<std::size_t>(n);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return SendOutcome::kBroken;
    }
  }
  const std::size_t of_header = std::min(written, header.size());
  const Bytes rest_of_header = header.subspan(of_header);
  const Bytes rest_of_body = body.subspan(written - of_header);
  queue_.insert(queue_.end(), rest_of_header.begin(), rest_of_header.end());
  queue_.insert(queue_.end(), rest_of_body.begin(), rest_of_body.end());
  return SendOutcome::kSent;
}

bool TcpConnection::Flush() {
  while (queued() > 0) {
    const ssize_t n = ::send(fd_.get(), queue_.data() + queue_start_, queued(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      break;
    }
    queue_start_ += static_cast<std::size_t>(n);
  }
  // Keeps the memory of sent bytes below that of unsent ones, at an amortised cost of one move per byte.
  if (queue_start_ >= queued()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_start_));
    queue_start_ = 0;
  }
  return true;
}

}  // namespace kcs::io
