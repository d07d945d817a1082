#include "io/udp_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

#include "io/datagram_age.h"
#include "io/event_loop.h"
#include "io/socket_util.h"
#include "io/udp_sender.h"

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

Duration WallClock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec / 1000);
}

// What the kernel says of a datagram, if it does.
struct Remarks {
  std::optional<Duration> arrived;  // by the wall clock
  std::optional<std::uint32_t>
      overflows;  // of its socket, in all, until this one came; not if there were none
};

Remarks RemarksOn(msghdr& header) {
  Remarks remarks;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_TIMESTAMPNS) {
      timespec at{};
      std::memcpy(&at, CMSG_DATA(c), sizeof at);
      remarks.arrived = std::chrono::seconds(at.tv_sec) + Duration(at.tv_nsec / 1000);
    } else if (c->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&remarks.overflows.emplace(), CMSG_DATA(c), sizeof(std::uint32_t));
    }
  }
  return remarks;
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
  int receive_buffer = 0;
  int send_buffer = 0;
  EnumCounters<UdpError> errors;
  std::optional<UdpSender> sender;
  DatagramAge age{EventLoop::Now()};
  std::uint32_t overflows = 0;  // as the kernel counts them: modulo 2^32
  std::uint32_t overflows_taken = 0;
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_in6, kBatch> addresses{};
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(sizeof(std::uint32_t))> bytes;
  };
  std::array<Control, kBatch> controls{};

  // Makes header i point at its own vector, address and control; the kernel overwrites parts of it.
  void Prepare(std::size_t i, MutableBytes buffer) {
    vectors[i] = {buffer.data(), buffer.size()};
    headers[i] = {};
    headers[i].msg_hdr.msg_name = &addresses[i];
    headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    headers[i].msg_hdr.msg_control = controls[i].bytes.data();
    headers[i].msg_hdr.msg_controllen = controls[i].bytes.size();
  }
};

UdpSocket::UdpSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

Result<UdpSocket> UdpSocket::Bind(const SocketAddress& local, const UdpOptions& options) {
  Result<UniqueFd, int> fd = OpenBound(SOCK_DGRAM, local);
  if (!fd) return Fail(AddressError(local, fd.error()));
  auto impl = std::make_unique<Impl>();
  impl->local = LocalAddress(fd->get()).value_or(local);
  impl->receive_buffer = EnlargeBuffer(fd->get(), SO_RCVBUF, SO_RCVBUFFORCE);
  impl->send_buffer = EnlargeBuffer(fd->get(), SO_SNDBUF, SO_SNDBUFFORCE);
  // Best effort as well: without them `age` stays 0, and what overflows is not known.
  const int on = 1;
  ::setsockopt(fd->get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  ::setsockopt(fd->get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  impl->sender.emplace(fd->get(), FamilyOf(local), options, impl->errors);
  impl->fd = std::move(*fd);
  return UdpSocket(std::move(impl));
}

Result<UdpSocket> UdpSocket::BindInRange(SocketAddress local, std::uint16_t min_port, std::uint16_t max_port,
                                         const UdpOptions& options) {
  std::string last_error = "empty port range";
  for (std::uint32_t port = min_port; port <= max_port; ++port) {
    local.port = static_cast<std::uint16_t>(port);
    Result<UdpSocket> socket = Bind(local, options);
    if (socket) return socket;
    last_error = std::move(socket.error());
  }
  return Fail(std::move(last_error));
}

std::size_t UdpSocket::ReceiveBatch(std::span<ReceiveSlot> slots) {
  Impl& s = *impl_;
  const std::size_t count = std::min(slots.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) s.Prepare(i, slots[i].buffer);
  const Timestamp begun = EventLoop::Now();
  int received = 0;
  do {
    received = ::recvmmsg(s.fd.get(), s.headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    // An unreachable-message for an earlier datagram is reported here too; the next call reads on.
    if (WouldBlock(errno)) {
      s.age.OnEmptied(begun);
    } else {
      s.errors.Add(UdpError::kReceiveOther);
    }
    return 0;
  }
  const Duration wall_clock = WallClock();
  const Timestamp now = EventLoop::Now();
  for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
    const Remarks remarks = RemarksOn(s.headers[i].msg_hdr);
    slots[i].age = s.age.Of(wall_clock - remarks.arrived.value_or(wall_clock), now);
    s.overflows = remarks.overflows.value_or(s.overflows);
    slots[i].from = FromNative(s.addresses[i]);
    slots[i].size = s.headers[i].msg_len;
    if ((s.headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      slots[i].size = 0;
      s.errors.Add(UdpError::kTruncated);
    }
  }
  if (static_cast<std::size_t>(received) < count) s.age.OnEmptied(begun);
  return static_cast<std::size_t>(received);
}

SendResult UdpSocket::SendBatch(std::span<const SendItem> items) { return impl_->sender->Send(items); }

std::uint32_t UdpSocket::TakeOverflows() {
  return impl_->overflows - std::exchange(impl_->overflows_taken, impl_->overflows);
}

int UdpSocket::native_handle() const { return impl_->fd.get(); }
const SocketAddress& UdpSocket::local_address() const { return impl_->local; }
const EnumCounters<UdpError>& UdpSocket::errors() const { return impl_->errors; }
const SendCounters& UdpSocket::send_counters() const { return impl_->sender->counters(); }
bool UdpSocket::segmentation() const { return impl_->sender->segmentation(); }
bool UdpSocket::segmentation_refused() const { return impl_->sender->segmentation_refused(); }
void UdpSocket::RetrySegmentation() { impl_->sender->RetrySegmentation(); }
int UdpSocket::receive_buffer_size() const { return impl_->receive_buffer; }
int UdpSocket::send_buffer_size() const { return impl_->send_buffer; }

}  // namespace kcs::io
