#pragma once

#include <span>
#include <vector>

#include "engine/crypto/datagram_bio.h"
#include "engine/crypto/dtls.h"
#include "engine/crypto/openssl_ptr.h"

// What dtls_context.cpp and dtls_session.cpp share.
namespace kcs::crypto {

struct DtlsContext::Impl {
  SslCtxPtr ssl_ctx;
};

// What OpenSSL's callbacks find behind an SSL object.
struct DtlsCallbackState {
  std::vector<Fingerprint> remote;
  bool certificate_seen = false;
  bool fingerprint_matched = false;
};

inline DtlsCallbackState& CallbackStateOf(const SSL* ssl) {
  return *static_cast<DtlsCallbackState*>(SSL_get_app_data(ssl));
}

}  // namespace kcs::crypto
