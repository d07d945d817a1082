#include "server/turn/ice_servers.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

#include "base/check.h"

namespace kcs::turn {
namespace {

constexpr const char* kStunUrl = "stun:stun.l.google.com:19302";
constexpr const char* kDefaultPort = ":3478";

std::string Base64(const std::uint8_t* data, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), data, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// RFC 7065: a host is a name, an IPv4 address or an IPv6 address in brackets.
std::string WithPort(const std::string& host) {
  const auto colon = host.find(':');
  if (colon == std::string::npos) return host + kDefaultPort;
  if (host.front() == '[') return host.back() == ']' ? host + kDefaultPort : host;
  if (host.find(':', colon + 1) != std::string::npos) return "[" + host + "]" + kDefaultPort;
  return host;
}

}  // namespace

TurnCredentials MakeCredentials(std::string_view secret, std::string_view user_id, std::int64_t now) {
  TurnCredentials out;
  out.username = std::to_string(now + kCredentialLifetime) + ":" + std::string(user_id);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const auto* done = HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
                          reinterpret_cast<const std::uint8_t*>(out.username.data()), out.username.size(),
                          mac.data(), &size);
  KCS_CHECK(done != nullptr);
  out.credential = Base64(mac.data(), size);
  return out;
}

std::vector<IceServer> IceServers(const TurnSettings& settings, std::string_view user_id, std::int64_t now) {
  std::vector<IceServer> out;
  out.push_back({{kStunUrl}, "", "", ""});
  if (settings.host.empty() || settings.secret.empty()) return out;
  const std::string url = "turn:" + WithPort(settings.host) + "?transport=";
  TurnCredentials credentials = MakeCredentials(settings.secret, user_id, now);
  out.push_back({{url + "udp", url + "tcp"},
                 std::move(credentials.username),
                 std::move(credentials.credential),
                 "password"});
  return out;
}

}  // namespace kcs::turn
