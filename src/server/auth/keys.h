#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/auth/cjose_handles.h"

// Keys that signatures are verified with; for the sources of this room only. Each key has one algorithm, so
// that no token can choose how a key is used (RFC 8725 3.1).
namespace kcs::auth {

struct VerificationKey {
  std::string algorithm;  // "HS256", "RS256", "ES256"
  std::string id;         // "kid"; empty: none
  JwkHandle key;
};

Result<VerificationKey> KeyFromSecret(std::string_view secret);
Result<VerificationKey> KeyFromPem(std::string_view pem);
Result<std::vector<VerificationKey>> KeysFromJwks(std::string_view json);

}  // namespace kcs::auth
