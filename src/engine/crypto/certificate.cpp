#include "engine/crypto/certificate.h"

#include <openssl/ec.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "engine/crypto/certificate_impl.h"
#include "engine/crypto/fingerprint.h"

namespace kcs::crypto {
namespace {

// RFC 5280 4.1.2.2: a positive serial number; random, so that two certificates of one name are never
// confused.
void SetRandomSerial(X509* x509) {
  std::uint64_t serial = 0;
  KCS_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) == 1);
  KCS_CHECK(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), (serial >> 1) | 1) == 1);
}

void SetName(X509* x509) {
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* text = reinterpret_cast<const unsigned char*>("WebRTC");
  KCS_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  KCS_CHECK(X509_set_issuer_name(x509, name) == 1);
}

}  // namespace

Certificate Certificate::Generate() {
  auto impl = std::make_shared<Impl>();
  impl->key.reset(EVP_EC_gen("P-256"));
  impl->x509.reset(X509_new());
  X509* const x509 = impl->x509.get();
  KCS_CHECK(impl->key && x509);
  KCS_CHECK(X509_set_version(x509, X509_VERSION_3) == 1);
  SetRandomSerial(x509);
  SetName(x509);
  KCS_CHECK(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "20200101000000Z") == 1);
  KCS_CHECK(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "20491231235959Z") == 1);
  KCS_CHECK(X509_set_pubkey(x509, impl->key.get()) == 1);
  KCS_CHECK(X509_sign(x509, impl->key.get(), EVP_sha256()) > 0);
  impl->fingerprint_sha256 = FingerprintValue(*x509, *EVP_sha256());
  return Certificate(std::move(impl));
}

const std::string& Certificate::fingerprint_sha256() const { return impl_->fingerprint_sha256; }

}  // namespace kcs::crypto
