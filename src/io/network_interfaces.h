#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"

namespace kcs::io {

struct InterfaceAddress {
  std::string interface;  // "eth0"
  SocketAddress address;  // port 0
  bool loopback = false;
  bool link_local = false;  // 169.254.0.0/16 or fe80::/10: of no use to a remote peer
};

// The addresses of the machine's interfaces that are up, in the order of the system.
std::vector<InterfaceAddress> MachineAddresses();

// The addresses of a host name (or of an address as text). Blocks: for start-up or a pool thread.
Result<std::vector<SocketAddress>> Resolve(const std::string& host, std::uint16_t port);

}  // namespace kcs::io
