#include "server/auth/claims.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>

namespace kcs::auth {
namespace {

namespace json = boost::json;

auto Reject(TokenError error, std::string message) { return Fail(TokenRejection{error, std::move(message)}); }

// RFC 7519 2, NumericDate: seconds, possibly with a fraction.
std::optional<double> NumericDate(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.to_number<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > 1e15) return std::nullopt;
  return seconds;
}

std::size_t Characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// The first `limit` characters.
std::string_view Shorten(std::string_view utf8, std::size_t limit) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < utf8.size(); ++end) {
    const bool starts_character = (static_cast<unsigned char>(utf8[end]) & 0xc0) != 0x80;
    if (starts_character && ++count > limit) break;
  }
  return utf8.substr(0, end);
}

bool HasControlCharacters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// RFC 7519 4.1.3: a string or a list of strings, one of which must be us.
bool HasAudience(const json::value* value, std::string_view audience) {
  const auto is = [&](const json::value& v) { return v.is_string() && v.get_string() == audience; };
  if (value == nullptr) return false;
  if (const auto* list = value->if_array()) return std::any_of(list->begin(), list->end(), is);
  return is(*value);
}

class ClaimsReader {
 public:
  explicit ClaimsReader(const json::object& object) : object_(object) {}

  Result<void, TokenRejection> CheckTimes(const TokenPolicy& policy, std::int64_t now, Claims& out) const {
    const json::value* exp = object_.if_contains("exp");
    if (exp == nullptr) return Reject(TokenError::kClaims, "the token has no exp");
    const auto expires = NumericDate(*exp);
    if (!expires) return Reject(TokenError::kClaims, "the token's exp is no time");
    // RFC 7519 4.1.4: "on or after which the JWT MUST NOT be accepted", but for a small leeway.
    if (static_cast<double>(now) >= *expires + static_cast<double>(policy.leeway)) {
      return Reject(TokenError::kExpired, "the token has expired");
    }
    out.expires_at = static_cast<std::int64_t>(*expires);
    if (const json::value* nbf = object_.if_contains("nbf")) {
      const auto not_before = NumericDate(*nbf);
      if (!not_before) return Reject(TokenError::kClaims, "the token's nbf is no time");
      if (static_cast<double>(now) + static_cast<double>(policy.leeway) < *not_before) {
        return Reject(TokenError::kNotYetValid, "the token is not valid yet");
      }
    }
    return {};
  }

  Result<void, TokenRejection> CheckParties(const TokenPolicy& policy) const {
    if (!policy.issuer.empty()) {
      const json::value* issuer = object_.if_contains("iss");
      if (issuer == nullptr || !issuer->is_string() || issuer->get_string() != policy.issuer) {
        return Reject(TokenError::kIssuer, "the token is from another issuer");
      }
    }
    if (!policy.audience.empty() && !HasAudience(object_.if_contains("aud"), policy.audience)) {
      return Reject(TokenError::kAudience, "the token is for another audience");
    }
    return {};
  }

  Result<void, TokenRejection> ReadPerson(Claims& out) const {
    const auto id = Text("sub", kMaxUserId);
    const auto name = Text("name", kMaxName);
    const auto role = Text("role", 16);
    if (!id) return tl::unexpected(id.error());
    if (!name) return tl::unexpected(name.error());
    if (!role) return tl::unexpected(role.error());
    if (id->empty()) return Reject(TokenError::kClaims, "the token has no sub");
    out.user_id = *id;
    out.name = name->empty() ? std::string(Shorten(*id, kMaxName)) : *name;
    if (role->empty() || *role == "user") {
      out.role = Role::kUser;
    } else if (*role == "admin") {
      out.role = Role::kAdmin;
    } else {
      return Reject(TokenError::kClaims, "the token's role is neither user nor admin");
    }
    return {};
  }

 private:
  // Empty when absent.
  Result<std::string, TokenRejection> Text(std::string_view name, std::size_t limit) const {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr || value->is_null()) return std::string();
    const std::string claim = "the token's " + std::string(name);
    if (!value->is_string()) return Reject(TokenError::kClaims, claim + " is no string");
    const std::string_view text = value->get_string();
    if (Characters(text) > limit) {
      return Reject(TokenError::kClaims, claim + " is longer than " + std::to_string(limit) + " characters");
    }
    if (HasControlCharacters(text)) return Reject(TokenError::kClaims, claim + " has control characters");
    return std::string(text);
  }

  const json::object& object_;
};

}  // namespace

Result<Claims, TokenRejection> ReadClaims(std::string_view payload, const TokenPolicy& policy,
                                          std::int64_t now) {
  boost::system::error_code error;
  const json::value document = json::parse(payload, error);
  if (error || !document.is_object())
    return Reject(TokenError::kMalformed, "the token's payload is not a JSON object");
  const ClaimsReader reader(document.get_object());
  Claims claims;
  if (auto times = reader.CheckTimes(policy, now, claims); !times) return tl::unexpected(times.error());
  if (auto parties = reader.CheckParties(policy); !parties) return tl::unexpected(parties.error());
  if (auto person = reader.ReadPerson(claims); !person) return tl::unexpected(person.error());
  return claims;
}

}  // namespace kcs::auth
