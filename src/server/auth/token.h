#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// JSON Web Tokens (RFC 7519) signed as RFC 7515 says. The algorithm is fixed by what the verifier was made
// from; what the token's header says must equal it. Times are seconds since 1970 (UTC). Thread-safe once
// made.
namespace kcs::auth {

enum class Role : std::uint8_t { kUser, kAdmin };
const char* ToString(Role role);  // "user", "admin"

struct Claims {
  std::string user_id;  // "sub"
  std::string name;     // "name", default: user_id
  Role role = Role::kUser;
  std::int64_t expires_at = 0;

  friend bool operator==(const Claims&, const Claims&) = default;
};

enum class TokenError : std::uint8_t {
  kMissing,    // no token at all
  kTooLong,    // more than kMaxToken
  kMalformed,  // not three base64url parts with a JSON header and payload
  kAlgorithm,  // another algorithm than the configured one
  kUnknownKey,
  kSignature,
  kExpired,
  kNotYetValid,
  kIssuer,
  kAudience,
  kClaims,  // a claim is missing, of a wrong type or too long
};

struct TokenRejection {
  TokenError error = TokenError::kMalformed;
  std::string message;  // for the client: says what is wrong, never what would be right
};

inline constexpr std::size_t kMaxToken = 8192;
inline constexpr std::size_t kMaxUserId = 128;
inline constexpr std::size_t kMaxName = 100;
inline constexpr std::int64_t kDefaultLeeway = 5;

struct TokenPolicy {
  std::string issuer;                    // empty: any
  std::string audience;                  // empty: any
  std::int64_t leeway = kDefaultLeeway;  // seconds, for clocks that differ
};

class TokenVerifier {
 public:
  // HS256. The secret has at least one byte; RFC 7518 3.2 wants 32.
  static Result<TokenVerifier> FromSecret(std::string_view secret, TokenPolicy policy = {});
  // RS256 for an RSA key of 2048 bits or more, ES256 for one on P-256. `pem` is a public key or a
  // certificate.
  static Result<TokenVerifier> FromPublicKey(std::string_view pem, TokenPolicy policy = {});
  // A JWK set (RFC 7517): RSA and P-256 keys, chosen by the token's `kid`; a single key needs none.
  static Result<TokenVerifier> FromJwks(std::string_view json, TokenPolicy policy = {});

  TokenVerifier(TokenVerifier&&) noexcept;
  TokenVerifier& operator=(TokenVerifier&&) noexcept;
  ~TokenVerifier();

  Result<Claims, TokenRejection> Verify(std::string_view token, std::int64_t now) const;

 private:
  struct Keys;
  TokenVerifier(std::unique_ptr<Keys> keys, TokenPolicy policy);

  std::unique_ptr<Keys> keys_;
  TokenPolicy policy_;
};

// An HS256 token with `claims`, and `policy`'s issuer and audience when given.
Result<std::string> IssueToken(const Claims& claims, std::string_view secret, std::int64_t now,
                               const TokenPolicy& policy = {});

}  // namespace kcs::auth
