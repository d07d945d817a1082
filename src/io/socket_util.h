#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/socket_address.h"
#include "io/unique_fd.h"

// What the sockets of this room share. For .cpp files only: it includes system headers.
namespace kcs::io {

// The family of a socket that serves an address: AF_INET for IPv4, AF_INET6 otherwise.
int FamilyOf(const SocketAddress& address);

// Fills `out` for a socket of `family`; 0 when the address does not fit it, else the length to give to the
// kernel. An IPv6 socket takes IPv4-mapped addresses (it must not be IPv6-only then).
socklen_t ToNative(const SocketAddress& address, int family, sockaddr_in6& out);
SocketAddress FromNative(const sockaddr_in6& native);

// A bound, non-blocking, close-on-exec socket. An unspecified IPv6 address makes it dual-stack, another one
// IPv6-only. `type` is SOCK_DGRAM or SOCK_STREAM.
Result<UniqueFd, int> OpenBound(int type, const SocketAddress& local);
std::optional<SocketAddress> LocalAddress(int fd);

// "192.0.2.1:4000: Address already in use"
std::string AddressError(const SocketAddress& address, int error);

}  // namespace kcs::io
