#include "server/workers/candidates.h"

#include <algorithm>

#include "io/network_interfaces.h"

namespace kcs::workers {
namespace {

// RFC 8445 5.1.2.1: 126 is recommended for host candidates; component 1.
std::uint32_t Priority(std::uint32_t local_preference) {
  return (126U << 24) + (local_preference << 8) + 255;
}

// The addresses under which a listener can be reached, without those of a family it does not serve.
std::vector<std::string> Reachable(const Listener& listener, const Announcement& announcement, bool has_v4) {
  const auto bound = SocketAddress::FromText(listener.ip, 0);
  if (!bound) return {};
  if (!bound->is_unspecified() && announcement.announced.empty()) return {listener.ip};

  const bool serves_v4 = bound->is_v4() || (bound->is_unspecified() && !has_v4);
  const bool serves_v6 = !bound->is_v4();
  std::vector<std::string> addresses;
  for (const SocketAddress& address :
       announcement.announced.empty() ? announcement.own : announcement.announced) {
    if (address.is_v4() ? serves_v4 : serves_v6) addresses.push_back(address.IpText());
  }
  return addresses;
}

}  // namespace

std::vector<meeting::IceCandidate> MakeCandidates(const std::vector<Listener>& listeners,
                                                  const Announcement& announcement) {
  // "::" takes IPv4 as well, unless somebody else does.
  const bool has_v4 = std::any_of(listeners.begin(), listeners.end(), [](const Listener& listener) {
    const auto address = SocketAddress::FromText(listener.ip, 0);
    return address && address->is_v4();
  });
  std::vector<meeting::IceCandidate> udp;
  std::vector<meeting::IceCandidate> tcp;
  for (const Listener& listener : listeners) {
    for (const std::string& address : Reachable(listener, announcement, has_v4)) {
      // RFC 6544 4.2: direction preference 4 for passive, in the upper three bits.
      const auto nth = static_cast<std::uint32_t>(udp.size());
      if (listener.udp_port != 0) {
        udp.push_back({"udpcandidate", Priority(65535 - nth), address, "udp", listener.udp_port, ""});
      }
      if (listener.tcp_port != 0) {
        tcp.push_back({"tcpcandidate", Priority((4U << 13) + 8191 - nth), address, "tcp", listener.tcp_port,
                       "passive"});
      }
    }
  }
  udp.insert(udp.end(), tcp.begin(), tcp.end());
  return udp;
}

std::vector<SocketAddress> OwnAddresses(bool loopback_only) {
  std::vector<SocketAddress> remote;
  std::vector<SocketAddress> loopback;
  for (const io::InterfaceAddress& entry : io::MachineAddresses()) {
    if (entry.loopback) {
      loopback.push_back(entry.address);
    } else if (!entry.link_local) {
      remote.push_back(entry.address);
    }
  }
  return loopback_only || remote.empty() ? loopback : remote;
}

}  // namespace kcs::workers
