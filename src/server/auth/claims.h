#pragma once

#include <optional>
#include <string_view>

#include "server/auth/token.h"

namespace kcs::auth {

// The claims in a token's payload whose signature has been verified; for token.cpp.
Result<Claims, TokenRejection> ReadClaims(std::string_view payload, const TokenPolicy& policy,
                                          std::int64_t now);

}  // namespace kcs::auth
