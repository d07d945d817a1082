#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/app/config.h"

namespace kcs::app {

struct TokenOptions {
  std::string user_id{};
  std::string name{};         // empty: the user's id
  std::string role = "user";  // or "admin"
  std::string expires = "24h";
};

// Seconds of "90", "90s", "30m", "24h", "7d"; nothing for anything else, 0 and more than ten years.
std::optional<std::int64_t> ParseLifetime(std::string_view text);

// A token that the server of this configuration accepts, signed with JWT_SECRET, or in guest mode with the
// server's own secret (see guest_secret.h).
Result<std::string> MakeToken(const Config& config, const TokenOptions& options);

}  // namespace kcs::app
