#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "server/meeting/media_command.h"

namespace kcs::workers {

// Where a worker listens: both ports on each of its addresses; 0: not at all.
struct Listener {
  std::string ip;  // a literal; "0.0.0.0" and "::" are all addresses
  std::uint16_t udp_port = 0;
  std::uint16_t tcp_port = 0;
};

// Which addresses clients are told instead of "all addresses". Ports do not matter.
struct Announcement {
  std::vector<SocketAddress> announced;  // MEDIASOUP_ANNOUNCED_IP, resolved; empty: the machine's own
  std::vector<SocketAddress> own;        // the machine's, in order of preference
};

// Host candidates (RFC 8445 5.1.1.1) of all listeners, UDP before TCP (RFC 6544).
std::vector<meeting::IceCandidate> MakeCandidates(const std::vector<Listener>& listeners,
                                                  const Announcement& announcement);

// The machine's addresses that a peer could use: loopback alone when asked for, or when there is nothing
// else.
std::vector<SocketAddress> OwnAddresses(bool loopback_only);

}  // namespace kcs::workers
