#include "server/auth/token.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "server/auth/base64url.h"
#include "server/auth/cjose_handles.h"
#include "server/auth/claims.h"
#include "server/auth/keys.h"

namespace kcs::auth {
namespace {

namespace json = boost::json;

auto Reject(TokenError error, std::string message) { return Fail(TokenRejection{error, std::move(message)}); }

bool IsBase64Url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// RFC 7515 3.1: three parts of base64url, none of them empty here.
bool IsCompactJws(std::string_view token) {
  if (std::count(token.begin(), token.end(), '.') != 2) return false;
  if (token.starts_with('.') || token.ends_with('.') || token.find("..") != std::string_view::npos)
    return false;
  return std::all_of(token.begin(), token.end(), [](char c) { return c == '.' || IsBase64Url(c); });
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

struct TokenHeader {
  std::string algorithm;
  std::string key_id;
};

Result<TokenHeader, TokenRejection> ReadHeader(std::string_view token) {
  boost::system::error_code error;
  const auto bytes = DecodeBase64Url(token.substr(0, token.find('.')));
  const json::value document = json::parse(AsText(bytes), error);
  if (error || !document.is_object())
    return Reject(TokenError::kMalformed, "the token's header is not a JSON object");
  const json::object& header = document.get_object();
  // RFC 7515 4.1.11: extensions listed in "crit" that we do not understand make the token invalid; we have
  // none.
  if (header.contains("crit"))
    return Reject(TokenError::kMalformed, "the token has critical header parameters");
  return TokenHeader{Text(header, "alg"), Text(header, "kid")};
}

}  // namespace

const char* ToString(Role role) { return role == Role::kAdmin ? "admin" : "user"; }

struct TokenVerifier::Keys {
  std::vector<VerificationKey> list;
  bool by_id = false;  // a JWK set

  const VerificationKey* Choose(const std::string& id) const {
    if (!by_id || (id.empty() && list.size() == 1)) return &list.front();
    if (id.empty()) return nullptr;
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& key) { return key.id == id; });
    return found == list.end() ? nullptr : &*found;
  }
};

TokenVerifier::TokenVerifier(std::unique_ptr<Keys> keys, TokenPolicy policy)
    : keys_(std::move(keys)), policy_(std::move(policy)) {}
TokenVerifier::TokenVerifier(TokenVerifier&&) noexcept = default;
TokenVerifier& TokenVerifier::operator=(TokenVerifier&&) noexcept = default;
TokenVerifier::~TokenVerifier() = default;

Result<TokenVerifier> TokenVerifier::FromSecret(std::string_view secret, TokenPolicy policy) {
  auto key = KeyFromSecret(secret);
  if (!key) return Fail(std::move(key.error()));
  auto keys = std::make_unique<Keys>();
  keys->list.push_back(std::move(*key));
  return TokenVerifier(std::move(keys), std::move(policy));
}

Result<TokenVerifier> TokenVerifier::FromPublicKey(std::string_view pem, TokenPolicy policy) {
  auto key = KeyFromPem(pem);
  if (!key) return Fail(std::move(key.error()));
  auto keys = std::make_unique<Keys>();
  keys->list.push_back(std::move(*key));
  return TokenVerifier(std::move(keys), std::move(policy));
}

Result<TokenVerifier> TokenVerifier::FromJwks(std::string_view text, TokenPolicy policy) {
  auto list = KeysFromJwks(text);
  if (!list) return Fail(std::move(list.error()));
  auto keys = std::make_unique<Keys>();
  keys->list = std::move(*list);
  keys->by_id = true;
  return TokenVerifier(std::move(keys), std::move(policy));
}

Result<Claims, TokenRejection> TokenVerifier::Verify(std::string_view token, std::int64_t now) const {
  if (token.empty()) return Reject(TokenError::kMissing, "no token");
  if (token.size() > kMaxToken) return Reject(TokenError::kTooLong, "the token is too long");
  if (!IsCompactJws(token)) return Reject(TokenError::kMalformed, "the token is not a signed JSON Web Token");
  const auto header = ReadHeader(token);
  if (!header) return tl::unexpected(header.error());
  const VerificationKey* key = keys_->Choose(header->key_id);
  if (key == nullptr) return Reject(TokenError::kUnknownKey, "the token is signed with an unknown key");
  if (header->algorithm != key->algorithm) {
    return Reject(TokenError::kAlgorithm, "the token is signed with an algorithm that is not accepted");
  }

  cjose_err error{};
  const JwsHandle jws(cjose_jws_import(token.data(), token.size(), &error));
  if (!jws) return Reject(TokenError::kMalformed, "the token is not a signed JSON Web Token");
  // The two JSON parsers must have read the same algorithm.
  const char* algorithm = cjose_header_get(cjose_jws_get_protected(jws.get()), CJOSE_HDR_ALG, &error);
  if (algorithm == nullptr || key->algorithm != algorithm) {
    return Reject(TokenError::kAlgorithm, "the token is signed with an algorithm that is not accepted");
  }
  if (!cjose_jws_verify(jws.get(), key->key.get(), &error)) {
    return Reject(TokenError::kSignature, "the token's signature is wrong");
  }
  std::uint8_t* payload = nullptr;
  std::size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &payload, &size, &error)) {
    return Reject(TokenError::kMalformed, "the token has no payload");
  }
  return ReadClaims({reinterpret_cast<const char*>(payload), size}, policy_, now);
}

Result<std::string> IssueToken(const Claims& claims, std::string_view secret, std::int64_t now,
                               const TokenPolicy& policy) {
  auto key = KeyFromSecret(secret);
  if (!key) return Fail(std::move(key.error()));
  json::object payload{{"sub", claims.user_id}};
  if (!claims.name.empty()) payload["name"] = claims.name;
  payload["role"] = ToString(claims.role);
  payload["iat"] = now;
  payload["exp"] = claims.expires_at;
  if (!policy.issuer.empty()) payload["iss"] = policy.issuer;
  if (!policy.audience.empty()) payload["aud"] = policy.audience;
  const std::string text = json::serialize(payload);
  // What would not be accepted is not issued.
  if (auto check = ReadClaims(text, policy, now); !check) return Fail(check.error().message);

  cjose_err error{};
  const HeaderHandle header(cjose_header_new(&error));
  if (!header || !cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, &error) ||
      !cjose_header_set(header.get(), "typ", "JWT", &error)) {
    return Fail("the token's header cannot be made");
  }
  const JwsHandle jws(cjose_jws_sign(
      key->key.get(), header.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &error));
  const char* compact = nullptr;
  if (!jws || !cjose_jws_export(jws.get(), &compact, &error)) return Fail("the token cannot be signed");
  if (std::string_view(compact).size() > kMaxToken) return Fail("the token would be too long");
  return std::string(compact);
}

}  // namespace kcs::auth
