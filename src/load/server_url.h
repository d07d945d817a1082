#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kcs::load {

// Where the server under test is: "http://host", "http://host:4501", "http://[::1]:4501/".
struct ServerUrl {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 80;

  // Of the Host field of a request (RFC 9112 3.2): "localhost:4501", "[::1]:4501".
  std::string HostAndPort() const;

  // The error says what is wrong with the text. TLS is not spoken: https is one of the errors.
  static Result<ServerUrl> Parse(std::string_view text);
};

}  // namespace kcs::load
