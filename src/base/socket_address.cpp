#include "base/socket_address.h"

#include <arpa/inet.h>

#include <cstring>

namespace kcs {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// The finaliser of MurmurHash3: enough to spread addresses that differ in a few low bits.
std::uint64_t Mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

}  // namespace

SocketAddress SocketAddress::V4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                                std::uint16_t port) {
  SocketAddress address;
  std::memcpy(address.ip.data(), kMappedPrefix.data(), kMappedPrefix.size());
  address.ip[12] = a;
  address.ip[13] = b;
  address.ip[14] = c;
  address.ip[15] = d;
  address.port = port;
  return address;
}

std::optional<SocketAddress> SocketAddress::FromText(std::string_view ip, std::uint16_t port) {
  const std::string text(ip);
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return V4(v4[0], v4[1], v4[2], v4[3], port);
  SocketAddress address;
  address.port = port;
  if (inet_pton(AF_INET6, text.c_str(), address.ip.data()) == 1) return address;
  return std::nullopt;
}

bool SocketAddress::is_v4() const {
  return std::memcmp(ip.data(), kMappedPrefix.data(), kMappedPrefix.size()) == 0;
}

bool SocketAddress::is_loopback() const {
  if (is_v4()) return ip[12] == 127;
  SocketAddress loopback;
  loopback.ip[15] = 1;
  return ip == loopback.ip;
}

bool SocketAddress::is_unspecified() const { return ip == SocketAddress{}.ip || ip == V4(0, 0, 0, 0, 0).ip; }

std::string SocketAddress::IpText() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_v4();
  inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &ip[12] : ip.data(), text.data(), text.size());
  return text.data();
}

std::string SocketAddress::ToString() const {
  const std::string suffix = ":" + std::to_string(port);
  return is_v4() ? IpText() + suffix : "[" + IpText() + "]" + suffix;
}

std::size_t hash_value(const SocketAddress& address) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.ip.data(), sizeof high);
  std::memcpy(&low, address.ip.data() + sizeof high, sizeof low);
  return Mix(Mix(high) ^ low ^ (std::uint64_t{address.port} << 17));
}

std::size_t hash_value(const Tuple& tuple) {
  return Mix(hash_value(tuple.remote) ^ (std::uint64_t{tuple.socket} << 8) ^
             static_cast<std::uint64_t>(tuple.protocol));
}

}  // namespace kcs
