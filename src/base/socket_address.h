#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace kcs {

// An IPv4 or IPv6 address with a port, as plain bytes without system headers. IPv4 is kept as IPv4-mapped
// IPv6 (RFC 4291 2.5.5.2), so that a dual-stack socket and an IPv4 socket name one peer the same way.
struct SocketAddress {
  std::array<std::uint8_t, 16> ip{};  // network order
  std::uint16_t port = 0;             // host order

  static SocketAddress V4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port);
  // Accepts dotted quad and RFC 4291 text without brackets or zone; nothing else (no names).
  static std::optional<SocketAddress> FromText(std::string_view ip, std::uint16_t port);

  bool is_v4() const;
  bool is_loopback() const;
  bool is_unspecified() const;
  std::string IpText() const;    // "192.0.2.1" or "2001:db8::1"
  std::string ToString() const;  // "192.0.2.1:4000" or "[2001:db8::1]:4000"

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
  // Compared for every packet: a constant size is no call.
  friend bool operator==(const SocketAddress& a, const SocketAddress& b) {
    return a.port == b.port && std::memcmp(a.ip.data(), b.ip.data(), sizeof(a.ip)) == 0;
  }
  friend std::size_t hash_value(const SocketAddress& address);
};

enum class Protocol : std::uint8_t { kUdp, kTcp };

// The path to a remote peer: which of the worker's sockets, and who is at the other end. For UDP `socket` is
// the index of the worker's UDP socket; for TCP the id of the accepted connection, which is never reused.
struct Tuple {
  SocketAddress remote;
  std::uint32_t socket = 0;
  Protocol protocol = Protocol::kUdp;

  friend auto operator<=>(const Tuple&, const Tuple&) = default;
  friend std::size_t hash_value(const Tuple& tuple);
};

}  // namespace kcs
