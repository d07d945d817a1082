#include "io/udp_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "io/socket_util.h"

namespace kcs::io {
namespace {

constexpr int kWantedBuffer = 4 * 1024 * 1024;

// Best effort: beyond net.core.{r,w}mem_max only with CAP_NET_ADMIN.
int EnlargeBuffer(int fd, int option, int force_option) {
  if (::setsockopt(fd, SOL_SOCKET, force_option, &kWantedBuffer, sizeof kWantedBuffer) != 0) {
    ::setsockopt(fd, SOL_SOCKET, option, &kWantedBuffer, sizeof kWantedBuffer);
  }
  int granted = 0;
  socklen_t length = sizeof granted;
  ::getsockopt(fd, SOL_SOCKET, option, &granted, &length);
  return granted;
}

UdpError SendErrorOf(int error) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
      return UdpError::kUnreachable;
    case EPERM:
    case EACCES:
      return UdpError::kForbidden;
    case EMSGSIZE:
      return UdpError::kTooLarge;
    case ENOBUFS:
    case ENOMEM:
      return UdpError::kNoBuffers;
    case ECONNREFUSED:
      return UdpError::kRefused;
    case EAFNOSUPPORT:
      return UdpError::kWrongFamily;
    default:
      return UdpError::kSendOther;
  }
}

// A clock that was set meanwhile must not make a datagram come from the future, or from long ago.
constexpr Duration kOldestAge = 1s;

Duration WallClock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec / 1000);
}

Duration AgeOf(msghdr& header, Duration now) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(c), sizeof at);
    const Duration age = now - (std::chrono::seconds(at.tv_sec) + Duration(at.tv_nsec / 1000));
    return age < Duration::zero() || age > kOldestAge ? Duration::zero() : age;
  }
  return Duration::zero();
}

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

const char* ToString(UdpError error) {
  switch (error) {
    case UdpError::kUnreachable:
      return "unreachable";
    case UdpError::kForbidden:
      return "forbidden";
    case UdpError::kTooLarge:
      return "too large";
    case UdpError::kNoBuffers:
      return "no buffers";
    case UdpError::kRefused:
      return "refused";
    case UdpError::kWrongFamily:
      return "wrong address family";
    case UdpError::kSendOther:
      return "send failed";
    case UdpError::kTruncated:
      return "truncated";
    case UdpError::kReceiveOther:
      return "receive failed";
    case UdpError::kCount:
      break;
  }
  return "?";
}

struct UdpSocket::Impl {
  UniqueFd fd;
  SocketAddress local;
  int family = AF_INET;
  int receive_buffer = 0;
  int send_buffer = 0;
  EnumCounters<UdpError> errors;
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_in6, kBatch> addresses{};
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))> bytes;
  };
  std::array<Control, kBatch> controls{};

  // Makes header i point at its own vector and address; the kernel overwrites parts of it on receipt.
  void Prepare(std::size_t i, void* data, std::size_t size, socklen_t address_length) {
    vectors[i] = {data, size};
    headers[i] = {};
    headers[i].msg_hdr.msg_name = &addresses[i];
    headers[i].msg_hdr.msg_namelen = address_length;
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }

  // At most kBatch items, all addressable.
  SendResult SendRun(std::span<const SendItem> items);
};

UdpSocket::UdpSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

Result<UdpSocket> UdpSocket::Bind(const SocketAddress& local) {
  Result<UniqueFd, int> fd = OpenBound(SOCK_DGRAM, local);
  if (!fd) return Fail(AddressError(local, fd.error()));
  auto impl = std::make_unique<Impl>();
  impl->family = FamilyOf(local);
  impl->local = LocalAddress(fd->get()).value_or(local);
  impl->receive_buffer = EnlargeBuffer(fd->get(), SO_RCVBUF, SO_RCVBUFFORCE);
  impl->send_buffer = EnlargeBuffer(fd->get(), SO_SNDBUF, SO_SNDBUFFORCE);
  // Best effort as well: without it, `age` stays 0.
  const int on = 1;
  ::setsockopt(fd->get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  impl->fd = std::move(*fd);
  return UdpSocket(std::move(impl));
}

Result<UdpSocket> UdpSocket::BindInRange(SocketAddress local, std::uint16_t min_port,
                                         std::uint16_t max_port) {
  std::string last_error = "empty port range";
  for (std::uint32_t port = min_port; port <= max_port; ++port) {
    local.port = static_cast<std::uint16_t>(port);
    Result<UdpSocket> socket = Bind(local);
    if (socket) return socket;
    last_error = std::move(socket.error());
  }
  return Fail(std::move(last_error));
}

std::size_t UdpSocket::ReceiveBatch(std::span<ReceiveSlot> slots) {
  Impl& s = *impl_;
  const std::size_t count = std::min(slots.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    s.Prepare(i, slots[i].buffer.data(), slots[i].buffer.size(), sizeof(sockaddr_in6));
    s.headers[i].msg_hdr.msg_control = s.controls[i].bytes.data();
    s.headers[i].msg_hdr.msg_controllen = s.controls[i].bytes.size();
  }
  int received = 0;
  do {
    received = ::recvmmsg(s.fd.get(), s.headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    // An unreachable-message for an earlier datagram is reported here too; the next call reads on.
    if (!WouldBlock(errno)) s.errors.Add(UdpError::kReceiveOther);
    return 0;
  }
  const Duration now = WallClock();
  for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
    slots[i].age = AgeOf(s.headers[i].msg_hdr, now);
    slots[i].from = FromNative(s.addresses[i]);
    slots[i].size = s.headers[i].msg_len;
    if ((s.headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      slots[i].size = 0;
      s.errors.Add(UdpError::kTruncated);
    }
  }
  return static_cast<std::size_t>(received);
}

SendResult UdpSocket::SendBatch(std::span<const SendItem> items) {
  SendResult total;
  while (total.done < items.size() && !total.would_block) {
    // The longest run of items that the socket can address at all.
    Impl& s = *impl_;
    const std::span<const SendItem> rest = items.subspan(total.done);
    std::size_t run = 0;
    while (run < std::min(rest.size(), kBatch)) {
      const socklen_t length = ToNative(rest[run].to, s.family, s.addresses[run]);
      if (length == 0) break;
      // sendmmsg does not write through the vector; the field is not const because receiving shares the type.
      s.Prepare(run, const_cast<std::uint8_t*>(rest[run].data.data()), rest[run].data.size(), length);
      ++run;
    }
    if (run == 0) {
      s.errors.Add(UdpError::kWrongFamily);
      ++total.done;
      continue;
    }
    const SendResult part = s.SendRun(rest.first(run));
    total.done += part.done;
    total.sent += part.sent;
    total.would_block = part.would_block;
  }
  return total;
}

SendResult UdpSocket::Impl::SendRun(std::span<const SendItem> items) {
  SendResult result;
  while (result.done < items.size()) {
    const int sent = ::sendmmsg(fd.get(), &headers[result.done],
                                static_cast<unsigned>(items.size() - result.done), MSG_DONTWAIT);
    if (sent > 0) {
      result.done += static_cast<std::size_t>(sent);
      result.sent += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (WouldBlock(errno)) {
      result.would_block = true;
      return result;
    }
    // An error is only reported for the first message of a call: that one is skipped.
    errors.Add(SendErrorOf(errno));
    ++result.done;
  }
  return result;
}

int UdpSocket::native_handle() const { return impl_->fd.get(); }
const SocketAddress& UdpSocket::local_address() const { return impl_->local; }
const EnumCounters<UdpError>& UdpSocket::errors() const { return impl_->errors; }
int UdpSocket::receive_buffer_size() const { return impl_->receive_buffer; }
int UdpSocket::send_buffer_size() const { return impl_->send_buffer; }

}  // namespace kcs::io
