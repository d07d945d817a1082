#include "load/server_url.h"

#include <charconv>

namespace kcs::load {

std::string ServerUrl::HostAndPort() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ServerUrl> ServerUrl::Parse(std::string_view text) {
  const auto wrong = [text](const char* why) { return Fail("--url " + std::string(text) + ": " + why); };
  constexpr std::string_view kHttp = "http://";
  if (text.starts_with("https://"))
    return wrong("the load test does not speak TLS; give it the http address behind the proxy");
  if (!text.starts_with(kHttp)) return wrong("it must look like http://host:4501");
  std::string_view rest = text.substr(kHttp.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  ServerUrl url;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return wrong("the bracket is not closed");
    url.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    url.host = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (url.host.empty()) return wrong("there is no host in it");
  if (url.host.find_first_of("/?#@ ") != std::string::npos)
    return wrong("it must end with the host or its port");
  if (rest.empty()) return url;
  if (!rest.starts_with(':')) return wrong("it must end with the host or its port");
  const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), url.port);
  if (error != std::errc() || end != rest.data() + rest.size() || url.port == 0)
    return wrong("the port is not a number from 1 to 65535");
  return url;
}

}  // namespace kcs::load
