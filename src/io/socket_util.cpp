#include "io/socket_util.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace kcs::io {

int FamilyOf(const SocketAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

socklen_t ToNative(const SocketAddress& address, int family, sockaddr_in6& out) {
  if (family == AF_INET) {
    if (!address.is_v4()) return 0;
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, &address.ip[12], 4);
    std::memset(&v4.sin_zero, 0, sizeof v4.sin_zero);
    return sizeof(sockaddr_in);
  }
  out.sin6_family = AF_INET6;
  out.sin6_port = htons(address.port);
  out.sin6_flowinfo = 0;
  out.sin6_scope_id = 0;
  std::memcpy(&out.sin6_addr, address.ip.data(), 16);
  return sizeof(sockaddr_in6);
}

SocketAddress FromNative(const sockaddr_in6& native) {
  if (native.sin6_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(native);
    SocketAddress address = SocketAddress::V4(0, 0, 0, 0, ntohs(v4.sin_port));
    std::memcpy(&address.ip[12], &v4.sin_addr, 4);
    return address;
  }
  SocketAddress address;
  address.port = ntohs(native.sin6_port);
  std::memcpy(address.ip.data(), &native.sin6_addr, 16);
  return address;
}

Result<UniqueFd, int> OpenBound(int type, const SocketAddress& local) {
  const int family = FamilyOf(local);
  UniqueFd fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return Fail(errno);
  if (family == AF_INET6) {
    const int v6only = local.is_unspecified() ? 0 : 1;
    if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) != 0) return Fail(errno);
  }
  if (type == SOCK_STREAM) {
    // So that a restarted worker gets its port while connections of the last one are in TIME_WAIT.
    const int on = 1;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return Fail(errno);
  }
  sockaddr_in6 native{};
  const socklen_t length = ToNative(local, family, native);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&native), length) != 0) return Fail(errno);
  return fd;
}

std::optional<SocketAddress> LocalAddress(int fd) {
  sockaddr_in6 native{};
  socklen_t length = sizeof native;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&native), &length) != 0) return std::nullopt;
  return FromNative(native);
}

std::string AddressError(const SocketAddress& address, int error) {
  return address.ToString() + ": " + std::generic_category().message(error);
}

}  // namespace kcs::io
