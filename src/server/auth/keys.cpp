#include "server/auth/keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "server/auth/base64url.h"

namespace kcs::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t kMinRsaBytes = 2048 / 8;  // RFC 7518 3.3
constexpr std::size_t kMaxRsaBytes = 16384 / 8;
constexpr std::size_t kMaxPem = 64 * 1024;
constexpr std::size_t kMaxJwks = 256 * 1024;
constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kP256Bytes = 32;

struct OpenSslFree {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpenSslFree>;

Owned<EVP_PKEY> ReadPem(std::string_view pem) {
  const auto bio = [&] { return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  if (Owned<EVP_PKEY> key{PEM_read_bio_PUBKEY(bio().get(), nullptr, nullptr, nullptr)}) return key;
  const Owned<X509> certificate(PEM_read_bio_X509(bio().get(), nullptr, nullptr, nullptr));
  return Owned<EVP_PKEY>(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
}

std::vector<std::uint8_t> Number(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
  const Owned<BIGNUM> number(raw);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  return bytes;
}

// Big-endian; cjose_jwk_import() is not used, as it aborts on a JWK without exponent.
Result<VerificationKey> RsaKey(std::vector<std::uint8_t> n, std::vector<std::uint8_t> e) {
  while (!n.empty() && n.front() == 0) n.erase(n.begin());
  if (n.size() < kMinRsaBytes) return Fail("an RSA key shorter than 2048 bits");
  if (n.size() > kMaxRsaBytes || e.empty() || e.size() > n.size())
    return Fail("an RSA key that cannot be used");
  cjose_jwk_rsa_keyspec spec{};
  spec.n = n.data();
  spec.nlen = n.size();
  spec.e = e.data();
  spec.elen = e.size();
  cjose_err error{};
  JwkHandle key(cjose_jwk_create_RSA_spec(&spec, &error));
  if (!key) return Fail("an RSA key that cannot be used");
  return VerificationKey{"RS256", "", std::move(key)};
}

Result<VerificationKey> P256Key(std::vector<std::uint8_t> x, std::vector<std::uint8_t> y) {
  if (x.empty() || y.empty() || x.size() > kP256Bytes || y.size() > kP256Bytes) {
    return Fail("a P-256 key that cannot be used");
  }
  // RFC 7518 6.2.1.2: coordinates have the full length of the curve's field.
  x.insert(x.begin(), kP256Bytes - x.size(), 0);
  y.insert(y.begin(), kP256Bytes - y.size(), 0);
  cjose_jwk_ec_keyspec spec{};
  spec.crv = CJOSE_JWK_EC_P_256;
  spec.x = x.data();
  spec.xlen = x.size();
  spec.y = y.data();
  spec.ylen = y.size();
  cjose_err error{};
  JwkHandle key(cjose_jwk_create_EC_spec(&spec, &error));
  if (!key) return Fail("a P-256 key that cannot be used");
  return VerificationKey{"ES256", "", std::move(key)};
}

Result<VerificationKey> FromEc(const EVP_PKEY* pkey) {
  char group[32] = {};
  EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr);
  if (std::string_view(group) != "prime256v1") return Fail("an elliptic-curve key that is not on P-256");
  return P256Key(Number(pkey, OSSL_PKEY_PARAM_EC_PUB_X), Number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y));
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

// The key of one entry, or nothing when it is for something else than our two algorithms.
std::optional<VerificationKey> FromJwk(const json::object& entry) {
  const std::string type = Text(entry, "kty");
  const std::string use = Text(entry, "use");
  const std::string wanted = type == "RSA" ? "RS256" : "ES256";
  const std::string algorithm = Text(entry, "alg");
  if (type != "RSA" && type != "EC") return std::nullopt;
  if (type == "EC" && Text(entry, "crv") != "P-256") return std::nullopt;
  if ((!use.empty() && use != "sig") || (!algorithm.empty() && algorithm != wanted)) return std::nullopt;
  const auto bytes = [&](const char* name) { return DecodeBase64Url(Text(entry, name)); };
  auto key = type == "RSA" ? RsaKey(bytes("n"), bytes("e")) : P256Key(bytes("x"), bytes("y"));
  if (!key) return std::nullopt;
  key->id = Text(entry, "kid");
  return *std::move(key);
}

}  // namespace

Result<VerificationKey> KeyFromSecret(std::string_view secret) {
  if (secret.empty()) return Fail("an empty secret");
  cjose_err error{};
  JwkHandle key(
      cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), &error));
  if (!key) return Fail("a secret that cannot be used");
  return VerificationKey{"HS256", "", std::move(key)};
}

Result<VerificationKey> KeyFromPem(std::string_view pem) {
  if (pem.size() > kMaxPem) return Fail("a file too large for a public key");
  const Owned<EVP_PKEY> key = ReadPem(pem);
  if (!key) return Fail("neither a public key nor a certificate in PEM");
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
      return RsaKey(Number(key.get(), OSSL_PKEY_PARAM_RSA_N), Number(key.get(), OSSL_PKEY_PARAM_RSA_E));
    case EVP_PKEY_EC:
      return FromEc(key.get());
    default:
      return Fail("a key that is neither RSA nor on P-256");
  }
}

Result<std::vector<VerificationKey>> KeysFromJwks(std::string_view text) {
  if (text.size() > kMaxJwks) return Fail("a file too large for a JWK set");
  boost::system::error_code parse_error;
  const json::value document = json::parse(text, parse_error);
  const json::object* object = parse_error ? nullptr : document.if_object();
  const json::value* list = object != nullptr ? object->if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return Fail("not a JWK set: no list \"keys\"");
  if (list->get_array().size() > kMaxKeys) return Fail("a JWK set of more than 64 keys");
  std::vector<VerificationKey> keys;
  for (const json::value& entry : list->get_array()) {
    if (!entry.is_object()) return Fail("not a JWK set: a key that is no object");
    if (auto key = FromJwk(entry.get_object())) keys.push_back(std::move(*key));
  }
  if (keys.empty()) return Fail("a JWK set without a key for RS256 or ES256");
  return keys;
}

}  // namespace kcs::auth
