#include "server/signaling/authenticate.h"

#include <boost/json.hpp>

namespace kcs::signaling {

std::string_view TokenOf(const socketio::Handshake& handshake) {
  if (handshake.auth) {
    if (const auto* const object = handshake.auth->if_object()) {
      const boost::json::value* const token = object->if_contains("token");
      if (token != nullptr && token->is_string() && !token->get_string().empty()) return token->get_string();
    }
  }
  if (!handshake.request) return {};
  const std::string_view query = handshake.request->query.Get("token");
  return query.empty() ? handshake.request->BearerToken() : query;
}

Result<meeting::Identity> Authenticate(const socketio::Handshake& handshake,
                                       const auth::TokenVerifier& verifier, std::int64_t now) {
  auto claims = verifier.Verify(TokenOf(handshake), now);
  if (!claims) return Fail(std::move(claims.error().message));
  return meeting::Identity{claims->user_id, claims->name, claims->role == auth::Role::kAdmin};
}

}  // namespace kcs::signaling
