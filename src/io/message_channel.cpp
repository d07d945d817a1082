#include "io/message_channel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace kcs::io {
namespace {

// Messages read before other events get their turn.
constexpr int kReadsPerTurn = 256;

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> MessageChannel::CreatePair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Fail("socketpair: " + std::generic_category().message(errno));
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

MessageChannel::MessageChannel(EventLoop& loop, UniqueFd end, Limits limits, Handlers handlers)
    : loop_(loop),
      end_(std::move(end)),
      limits_(limits),
      handlers_(std::make_shared<const Handlers>(std::move(handlers))),
      read_buffer_(kMaxMessage),
      alive_(std::make_shared<bool>(true)) {
  ::fcntl(end_.get(), F_SETFL, ::fcntl(end_.get(), F_GETFL) | O_NONBLOCK);
  ::fcntl(end_.get(), F_SETFD, FD_CLOEXEC);
  const int buffer = 1024 * 1024;  // best effort: several large messages without waiting
  ::setsockopt(end_.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  watch_ = FdWatch(loop_, end_.get());
  ReadAgain();
}

MessageChannel::~MessageChannel() { *alive_ = false; }

bool MessageChannel::Send(Bytes message) {
  // An empty message could not be told from the end of the stream.
  if (closed_ || message.empty() || message.size() > kMaxMessage) {
    ++dropped_;
    return false;
  }
  if (queue_.empty()) {
    switch (Write(message)) {
      case Written::kYes:
        return true;
      case Written::kBroken:
        Break();
        return false;
      case Written::kLater:
        break;
    }
  }
  if (queue_.size() >= limits_.max_queued_messages ||
      queued_bytes_ + message.size() > limits_.max_queued_bytes) {
    ++dropped_;
    return false;
  }
  if (queue_.empty()) watch_.OnWritable([this] { OnWritable(); });
  queue_.emplace_back(message.begin(), message.end());
  queued_bytes_ += message.size();
  return true;
}

MessageChannel::Written MessageChannel::Write(Bytes message) {
  for (;;) {
    if (::send(end_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      return Written::kYes;
    }
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? Written::kLater : Written::kBroken;
  }
}

void MessageChannel::OnWritable() {
  while (!queue_.empty()) {
    const Written written = Write(queue_.front());
    if (written == Written::kLater) return;
    if (written == Written::kBroken) return Break();
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
  }
  watch_.OnWritable(nullptr);
  ReadAgain();
  const auto handlers = handlers_;
  if (handlers->on_drained) handlers->on_drained();
}

void MessageChannel::ReadAgain() {
  watch_.OnReadable([this] { OnReadable(); });
}

void MessageChannel::OnReadable() {
  const auto alive = alive_;
  const auto handlers = handlers_;
  for (int i = 0; i < kReadsPerTurn; ++i) {
    if (!limits_.reads_while_sending && !queue_.empty()) {
      watch_.OnReadable(nullptr);
      return;
    }
    // MSG_TRUNC: the true length, so that an oversized message is not taken for a shorter one.
    const ssize_t n = ::recv(end_.get(), read_buffer_.data(), read_buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0 || static_cast<std::size_t>(n) > read_buffer_.size()) return CloseWithNotice();
    handlers->on_message(Bytes(read_buffer_).first(static_cast<std::size_t>(n)));
    if (!*alive || closed_) return;
  }
}

// Nothing more can be sent. What the other end had written before may still be read, so the end is told by
// reading, which sees it after the last message.
void MessageChannel::Break() {
  queue_.clear();
  queued_bytes_ = 0;
  watch_.OnWritable(nullptr);
  ReadAgain();
}

void MessageChannel::CloseWithNotice() {
  closed_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  watch_ = FdWatch();
  end_.Reset();
  const auto handlers = handlers_;
  if (handlers->on_closed) handlers->on_closed();
}

}  // namespace kcs::io
