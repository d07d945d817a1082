#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <span>
#include <string>

#include "engine/crypto/dtls.h"

namespace kcs::crypto {

// The digest of the certificate's DER form as upper-case hexadecimal with colons (RFC 8122 section 5).
std::string FingerprintValue(const X509& certificate, const EVP_MD& hash);

// Whether the certificate is one of those that were signalled. RFC 8122 section 5 lets several be offered and
// forbids MD2 and MD5; SHA-1, no longer safe against collisions, counts as unknown here.
bool MatchesAny(const X509& certificate, std::span<const Fingerprint> signalled);

}  // namespace kcs::crypto
