#include "server/app/token_command.h"

#include <charconv>
#include <chrono>

#include "io/system_entropy.h"
#include "server/app/guest_secret.h"
#include "server/app/settings_source.h"
#include "server/auth/token.h"

namespace kcs::app {

std::optional<std::int64_t> ParseLifetime(std::string_view text) {
  constexpr std::int64_t kMax = 10LL * 365 * 86400;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t seconds = unit.empty() || unit == "s" ? 1
                               : unit == "m"               ? 60
                               : unit == "h"               ? 3600
                               : unit == "d"               ? 86400
                                                           : 0;
  if (failure != std::errc() || seconds == 0 || number <= 0 || number > kMax / seconds) return std::nullopt;
  return number * seconds;
}

Result<std::string> MakeToken(const Config& config, const TokenOptions& options) {
  const auto lifetime = ParseLifetime(options.expires);
  if (!lifetime) return Fail("--expires " + options.expires + ": not a time like 90s, 30m, 24h or 7d");
  std::string secret = config.token_key;
  if (config.guest_mode()) {
    io::SystemEntropy entropy;
    auto guest = LoadOrMakeGuestSecret(DataDirectory(config) + "/guest-secret", entropy);
    if (!guest) return Fail(guest.error());
    secret = *std::move(guest);
  } else if (config.token_source != TokenSource::kSecret) {
    return Fail("tokens are signed elsewhere: the server only knows a public key");
  }
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const auth::Claims claims{options.user_id, options.name.empty() ? options.user_id : options.name,
                            options.role == "admin" ? auth::Role::kAdmin : auth::Role::kUser,
                            now + *lifetime};
  return auth::IssueToken(claims, secret, now,
                          {config.token_issuer, config.token_audience, auth::kDefaultLeeway});
}

}  // namespace kcs::app
