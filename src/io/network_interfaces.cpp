#include "io/network_interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "io/socket_util.h"

namespace kcs::io {
namespace {

SocketAddress FromSockaddr(const sockaddr* address) {
  sockaddr_in6 native{};
  std::memcpy(&native, address, address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return FromNative(native);
}

bool IsLinkLocal(const SocketAddress& a) {
  if (a.is_v4()) return a.ip[12] == 169 && a.ip[13] == 254;
  return a.ip[0] == 0xfe && (a.ip[1] & 0xc0) == 0x80;
}

bool IsInternet(const sockaddr* address) {
  return address != nullptr && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

}  // namespace

std::vector<InterfaceAddress> MachineAddresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceAddress> addresses;
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if ((i->ifa_flags & IFF_UP) == 0 || !IsInternet(i->ifa_addr)) continue;
    const SocketAddress address = FromSockaddr(i->ifa_addr);
    addresses.push_back({i->ifa_name, address, address.is_loopback(), IsLinkLocal(address)});
  }
  return addresses;
}

Result<std::vector<SocketAddress>> Resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;  // one entry per address
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return Fail(host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* i = list; i != nullptr; i = i->ai_next) {
    if (!IsInternet(i->ai_addr)) continue;
    SocketAddress address = FromSockaddr(i->ai_addr);
    address.port = port;
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  if (addresses.empty()) return Fail(host + ": no address");
  return addresses;
}

}  // namespace kcs::io
