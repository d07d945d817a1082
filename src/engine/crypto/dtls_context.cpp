#include <openssl/srtp.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <string>

#include "base/check.h"
#include "engine/crypto/certificate_impl.h"
#include "engine/crypto/dtls_impl.h"
#include "engine/crypto/fingerprint.h"

namespace kcs::crypto {
namespace {

// Forward secrecy and AEAD only. RFC 8827 6.5 asks for the first; the RSA ones are for a server whose
// certificate is RSA when we are the client.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::array kSrtpProfiles{SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm,
                                   SrtpProfile::kAesCm128HmacSha1_80};
constexpr long kMaxCertificateChain = 16 * 1024;  // bytes

// Replaces the chain verification of a web of authorities: what counts is the fingerprint that the peer
// signalled (RFC 5763 section 5). Possession of the key is proven by the handshake itself.
int VerifyPeer(X509_STORE_CTX* store, void* /*argument*/) {
  const auto* ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const X509* const certificate = X509_STORE_CTX_get0_cert(store);
  DtlsCallbackState& state = CallbackStateOf(ssl);
  state.certificate_seen = true;
  state.fingerprint_matched = certificate != nullptr && MatchesAny(*certificate, state.remote);
  X509_STORE_CTX_set_error(store, state.fingerprint_matched ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return state.fingerprint_matched ? 1 : 0;
}

std::string SrtpProfiles(std::optional<SrtpProfile> only) {
  if (only) return ToString(*only);
  std::string all;
  for (const SrtpProfile profile : kSrtpProfiles)
    all += (all.empty() ? "" : ":") + std::string(ToString(profile));
  return all;
}

SslCtxPtr MakeContext(const Certificate::Impl& certificate, std::optional<SrtpProfile> only) {
  SslCtxPtr made(SSL_CTX_new(DTLS_method()));
  SSL_CTX* const ctx = made.get();
  KCS_CHECK(ctx != nullptr);
  KCS_CHECK(SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1);
  KCS_CHECK(SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1);
  KCS_CHECK(SSL_CTX_use_certificate(ctx, certificate.x509.get()) == 1);
  KCS_CHECK(SSL_CTX_use_PrivateKey(ctx, certificate.key.get()) == 1);
  KCS_CHECK(SSL_CTX_set_cipher_list(ctx, kCiphers) == 1);
  KCS_CHECK(SSL_CTX_set1_groups_list(ctx, kGroups) == 1);
  KCS_CHECK(SSL_CTX_set_tlsext_use_srtp(ctx, SrtpProfiles(only).c_str()) == 0);  // 0 is success here
  // No resumption: every association sees the peer's certificate.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // The size of each session's write buffer; nothing longer leaves in one datagram anyway.
  KCS_CHECK(SSL_CTX_set_max_send_fragment(ctx, DtlsSession::kMtu) == 1);
  SSL_CTX_set_max_cert_list(ctx, kMaxCertificateChain);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ctx, VerifyPeer, nullptr);
  return made;
}

}  // namespace

DtlsContext::DtlsContext(const Certificate& certificate, std::optional<SrtpProfile> only)
    : certificate_(certificate), impl_(new Impl{MakeContext(certificate.impl(), only)}) {}
DtlsContext::~DtlsContext() = default;

}  // namespace kcs::crypto
