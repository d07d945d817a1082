#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "server/auth/token.h"
#include "server/meeting/participant.h"
#include "server/socketio/socket.h"

namespace kcs::signaling {

// The token of `auth: {token}`, else of `?token=`, else of `Authorization: Bearer`; empty when there is none.
// Valid as long as the handshake.
std::string_view TokenOf(const socketio::Handshake& handshake);

// Who is connecting. The error is for the client. `now` in Unix seconds.
Result<meeting::Identity> Authenticate(const socketio::Handshake& handshake,
                                       const auth::TokenVerifier& verifier, std::int64_t now);

}  // namespace kcs::signaling
