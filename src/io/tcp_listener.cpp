#include "io/tcp_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "io/socket_util.h"

namespace kcs::io {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr int kAcceptsPerTurn = 32;
constexpr int kBacklog = 256;
constexpr Duration kAcceptPause = 100ms;

}  // namespace

TcpListener::TcpListener(EventLoop& loop, TcpLimits limits, Handlers handlers)
    : loop_(loop),
      limits_(limits),
      handlers_(std::move(handlers)),
      read_buffer_(kReadSize),
      sweep_(loop, [this] { Sweep(); }),
      resume_(loop, [this] { ResumeAccepting(); }),
      alive_(std::make_shared<bool>(true)) {}

TcpListener::~TcpListener() { *alive_ = false; }

Result<SocketAddress> TcpListener::Listen(const SocketAddress& local) {
  Result<UniqueFd, int> fd = OpenBound(SOCK_STREAM, local);
  if (!fd) return Fail(AddressError(local, fd.error()));
  if (::listen(fd->get(), kBacklog) != 0) return Fail(AddressError(local, errno));
  const SocketAddress bound = LocalAddress(fd->get()).value_or(local);
  FdWatch watch(loop_, fd->get());
  listen_sockets_.push_back({std::move(*fd), std::move(watch)});
  ResumeAccepting();
  return bound;
}

Result<SocketAddress> TcpListener::ListenInRange(SocketAddress local, std::uint16_t min_port,
                                                 std::uint16_t max_port) {
  std::string last_error = "empty port range";
  for (std::uint32_t port = min_port; port <= max_port; ++port) {
    local.port = static_cast<std::uint16_t>(port);
    Result<SocketAddress> bound = Listen(local);
    if (bound) return bound;
    last_error = std::move(bound.error());
  }
  return Fail(std::move(last_error));
}

void TcpListener::OnAcceptable(int listen_fd) {
  const Timestamp now = EventLoop::Now();
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_in6 native{};
    socklen_t length = sizeof native;
    UniqueFd fd(
        ::accept4(listen_fd, reinterpret_cast<sockaddr*>(&native), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd && (errno == ECONNABORTED || errno == EINTR)) continue;
    if (!fd && errno != EAGAIN && errno != EWOULDBLOCK) return PauseAccepting();
    if (!fd) break;
    if (connections_.size() >= limits_.max_connections ||
        last_id_ == std::numeric_limits<ConnectionId>::max()) {
      ++counters_.refused;
      continue;
    }
    const int on = 1;  // media does not wait for more to send
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const ConnectionId id = ++last_id_;
    auto connection = std::make_unique<TcpConnection>(loop_, std::move(fd), FromNative(native),
                                                      limits_.max_queued_bytes, now);
    connection->watch().OnReadable([this, id] { OnReadable(id); });
    connections_.emplace(id, std::move(connection));
    ++counters_.accepted;
  }
  if (!connections_.empty() && sweep_.deadline() == kNever) {
    sweep_.Set(now + std::min(limits_.idle_timeout, limits_.establish_timeout) / 4);
  }
}

// Out of descriptors or memory: the connection stays in the kernel's queue and would be reported again at
// once.
void TcpListener::PauseAccepting() {
  for (ListenSocket& socket : listen_sockets_) socket.watch.OnReadable(nullptr);
  resume_.Set(EventLoop::Now() + kAcceptPause);
}

void TcpListener::ResumeAccepting() {
  for (ListenSocket& socket : listen_sockets_) {
    socket.watch.OnReadable([this, raw = socket.fd.get()] { OnAcceptable(raw); });
  }
}

void TcpListener::OnReadable(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  TcpConnection& connection = *found->second;
  const ssize_t n = ::recv(connection.fd(), read_buffer_.data(), read_buffer_.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (n <= 0) return CloseWithNotice(id);
  connection.last_received = EventLoop::Now();
  const SocketAddress remote = connection.remote();
  // Nothing of the connection is touched after this: the handler may close it.
  handlers_.on_data(id, remote, MutableBytes(read_buffer_).first(static_cast<std::size_t>(n)));
}

void TcpListener::OnWritable(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (!found->second->Flush()) return CloseWithNotice(id);
  if (found->second->queued() == 0) found->second->watch().OnWritable(nullptr);
}

bool TcpListener::Send(ConnectionId id, Bytes header, Bytes body) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  TcpConnection& connection = *found->second;
  const bool was_waiting = connection.queued() > 0;
  switch (connection.Send(header, body)) {
    case TcpConnection::SendOutcome::kQueueFull:
      ++counters_.dropped_sends;
      return false;
    case TcpConnection::SendOutcome::kBroken:
      // Not from within Send: the caller is in the middle of something.
      loop_.Post([this, id, alive = alive_] {
        if (*alive) CloseWithNotice(id);
      });
      return false;
    case TcpConnection::SendOutcome::kSent:
      break;
  }
  if (!was_waiting && connection.queued() > 0) connection.watch().OnWritable([this, id] { OnWritable(id); });
  return true;
}

void TcpListener::Establish(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found != connections_.end()) found->second->established = true;
}

void TcpListener::Close(ConnectionId id) { connections_.erase(id); }

void TcpListener::CloseWithNotice(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const SocketAddress remote = found->second->remote();
  connections_.erase(found);
  if (handlers_.on_closed) handlers_.on_closed(id, remote);
}

void TcpListener::Sweep() {
  const Timestamp now = EventLoop::Now();
  std::vector<ConnectionId> overdue;
  for (const auto& [id, connection] : connections_) {
    const bool idle = now - connection->last_received >= limits_.idle_timeout;
    const bool never_proven =
        !connection->established && now - connection->accepted_at >= limits_.establish_timeout;
    if (idle || never_proven) overdue.push_back(id);
  }
  if (connections_.size() > overdue.size()) {
    sweep_.Set(now + std::min(limits_.idle_timeout, limits_.establish_timeout) / 4);
  }
  for (const ConnectionId id : overdue) {
    ++counters_.timed_out;
    CloseWithNotice(id);
  }
}

}  // namespace kcs::io
