#include "openssl_peer.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

#include "base/check.h"

namespace kcs::conformance {
namespace {

constexpr Duration kRetransmission = 150ms;
constexpr unsigned int kPaddingExtension = 64'000;

std::vector<unsigned char>& Padding() {
  static std::vector<unsigned char> bytes(4000, 'x');
  return bytes;
}

int AddPadding(SSL*, unsigned int, unsigned int, const unsigned char** out, std::size_t* size, X509*,
               std::size_t, int*, void* wanted) {
  *out = Padding().data();
  *size = reinterpret_cast<std::uintptr_t>(wanted);
  return 1;
}

}  // namespace

OpenSslPeer::OpenSslPeer(const Options& options) : options_(options) {
  context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* const ctx = context_.get();
  SSL_CTX_set_max_proto_version(ctx, options.max_version);
  SSL_CTX_set_security_level(ctx, 0);
  if (!options.ciphers.empty()) KCS_CHECK(SSL_CTX_set_cipher_list(ctx, options.ciphers.c_str()) == 1);
  MakeCertificate(options.rsa);
  if (options.certificate) {
    KCS_CHECK(SSL_CTX_use_certificate(ctx, certificate_.get()) == 1);
    KCS_CHECK(SSL_CTX_use_PrivateKey(ctx, key_.get()) == 1);
  }
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  if (!options.srtp_profiles.empty()) {
    KCS_CHECK(SSL_CTX_set_tlsext_use_srtp(ctx, options.srtp_profiles.c_str()) == 0);
  }
  if (options.hello_padding != 0) {
    KCS_CHECK(SSL_CTX_add_custom_ext(ctx, kPaddingExtension, SSL_EXT_CLIENT_HELLO, AddPadding, nullptr,
                                     reinterpret_cast<void*>(options.hello_padding), nullptr, nullptr) == 1);
  }
  ssl_.reset(SSL_new(ctx));
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(ssl_.get(), 1200);
  for (const bool read : {true, false}) {
    BIO* const bio = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(bio, -1);
    BIO_set_callback_ex(bio, &OpenSslPeer::Observe);
    BIO_set_callback_arg(bio, reinterpret_cast<char*>(this));
    (read ? SSL_set0_rbio : SSL_set0_wbio)(ssl_.get(), bio);
  }
  DTLS_set_timer_cb(ssl_.get(), [](SSL* ssl, unsigned int last) {
    auto& self = *static_cast<OpenSslPeer*>(SSL_get_app_data(ssl));
    self.retransmission_ = last == 0 ? kRetransmission : 2 * self.retransmission_;
    return 3'600'000'000u;  // an hour of the wall's clock; the test's decides
  });
  if (options.client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

OpenSslPeer::~OpenSslPeer() = default;

void OpenSslPeer::MakeCertificate(bool rsa) {
  key_.reset(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  certificate_.reset(X509_new());
  X509* const x509 = certificate_.get();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "20200101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "20400101000000Z");
  X509_set_pubkey(x509, key_.get());
  KCS_CHECK(X509_sign(x509, key_.get(), EVP_sha256()) > 0);
}

// A BIO's callback sees what the library does with it: each write is a datagram, and the pointer to the
// expiry time of the retransmission timer passes by, which lets the tests' virtual time drive this end too.
long OpenSslPeer::Observe(BIO* bio, int operation, const char* data, std::size_t size, int command,
                          long /*number*/, int result, std::size_t* /*processed*/) {
  auto& self = *reinterpret_cast<OpenSslPeer*>(BIO_get_callback_arg(bio));
  if (operation == BIO_CB_WRITE) {
    const Bytes bytes = AsBytes({data, size});
    self.outgoing_.emplace_back(bytes.begin(), bytes.end());
  }
  if (operation == BIO_CB_CTRL && command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT) {
    self.timer_set_ = true;
    self.timer_ = reinterpret_cast<timeval*>(const_cast<char*>(data));
  }
  return result;
}

void OpenSslPeer::OnDatagram(Bytes datagram, Timestamp now) {
  BIO_write(SSL_get_rbio(ssl_.get()), datagram.data(), static_cast<int>(datagram.size()));
  outgoing_.pop_back();  // that write was observed as well
  Advance(now);
}

void OpenSslPeer::OnTimeout(Timestamp now) {
  if (now < deadline_) return;
  *timer_ = {.tv_sec = 1, .tv_usec = 0};
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) failed_ = true;
  Advance(now);
}

void OpenSslPeer::Advance(Timestamp now) {
  ERR_clear_error();
  std::array<char, 100> ignored;
  const int result = connected_ ? SSL_read(ssl_.get(), ignored.data(), static_cast<int>(ignored.size()))
                                : SSL_do_handshake(ssl_.get());
  if (result == 1) connected_ = true;
  if (result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_SSL) failed_ = true;
  BIO_reset(SSL_get_wbio(ssl_.get()));
  if (timer_set_) started_ = now;
  timer_set_ = false;
  const bool running = !failed_ && timer_ != nullptr && timer_->tv_sec != 0;
  deadline_ = running ? started_ + retransmission_ : kNever;
}

std::vector<std::vector<std::uint8_t>> OpenSslPeer::TakeOutgoing() { return std::exchange(outgoing_, {}); }

void OpenSslPeer::Shutdown() { SSL_shutdown(ssl_.get()); }

bool OpenSslPeer::received_close() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool OpenSslPeer::extended_master_secret() const { return SSL_get_extms_support(ssl_.get()) == 1; }

std::string OpenSslPeer::fingerprint(const char* hash) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  X509_digest(certificate_.get(), EVP_get_digestbyname(hash), digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    std::array<char, 4> part;
    std::snprintf(part.data(), part.size(), i == 0 ? "%02X" : ":%02X", digest[i]);
    text += part.data();
  }
  return text;
}

std::string OpenSslPeer::profile() const {
  const auto* selected = SSL_get_selected_srtp_profile(ssl_.get());
  return selected != nullptr ? selected->name : "";
}

std::string OpenSslPeer::cipher() const { return SSL_get_cipher_name(ssl_.get()); }

std::vector<std::uint8_t> OpenSslPeer::ExportKeys(std::size_t size) const {
  std::vector<std::uint8_t> keys(size);
  const std::string label = "EXTRACTOR-dtls_srtp";
  KCS_CHECK(SSL_export_keying_material(ssl_.get(), keys.data(), keys.size(), label.data(), label.size(),
                                       nullptr, 0, 0) == 1);
  return keys;
}

}  // namespace kcs::conformance
