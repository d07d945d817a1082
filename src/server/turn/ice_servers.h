#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What a browser needs to know of STUN and TURN servers, with credentials that coturn's `use-auth-secret`
// accepts (draft-uberti-behave-turn-rest-00).
namespace kcs::turn {

inline constexpr std::int64_t kCredentialLifetime = 24 * 3600;  // seconds

struct TurnSettings {
  std::string host;    // a name or an address, with or without a port (3478); empty: no TURN
  std::string secret;  // shared with the TURN server; empty: no TURN
};

// One entry of RTCConfiguration.iceServers.
struct IceServer {
  std::vector<std::string> urls;
  std::string username;  // empty: none, as for STUN
  std::string credential;
  std::string credential_type;  // "password" when there is a credential

  friend bool operator==(const IceServer&, const IceServer&) = default;
};

struct TurnCredentials {
  std::string username;    // "<expiry>:<user id>", expiry in Unix seconds
  std::string credential;  // base64(HMAC-SHA1(secret, username))
};

TurnCredentials MakeCredentials(std::string_view secret, std::string_view user_id, std::int64_t now);

// A public STUN server, and when `settings` are complete TURN over UDP and TCP. `now` in Unix seconds.
std::vector<IceServer> IceServers(const TurnSettings& settings, std::string_view user_id, std::int64_t now);

}  // namespace kcs::turn
