#pragma once

#include <string>

#include "engine/crypto/certificate.h"
#include "engine/crypto/openssl_ptr.h"

namespace kcs::crypto {

struct Certificate::Impl {
  PkeyPtr key;
  X509Ptr x509;
  std::string fingerprint_sha256;
};

}  // namespace kcs::crypto
