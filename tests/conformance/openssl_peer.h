#pragma once

#include <openssl/ssl.h>
#include <sys/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace kcs::conformance {

// The other end of a handshake, made of OpenSSL's own DTLS and its own memory BIOs: nothing of ours between.
class OpenSslPeer {
 public:
  struct Options {
    bool client = true;
    std::string srtp_profiles = "SRTP_AEAD_AES_128_GCM";  // empty: no use_srtp extension
    bool certificate = true;
    bool rsa = false;
    std::size_t hello_padding = 0;  // bytes of an unknown extension in the ClientHello
    int max_version = DTLS1_2_VERSION;
    std::string ciphers = {};  // empty: the library's choice
  };
  explicit OpenSslPeer(const Options& options);
  ~OpenSslPeer();

  void Start(Timestamp now) { Advance(now); }
  void OnDatagram(Bytes datagram, Timestamp now);
  void OnTimeout(Timestamp now);
  Timestamp NextDeadline() const { return deadline_; }
  std::vector<std::vector<std::uint8_t>> TakeOutgoing();
  void Shutdown();

  bool connected() const { return connected_; }
  bool failed() const { return failed_; }
  bool received_close() const;
  bool extended_master_secret() const;
  std::string fingerprint(const char* hash = "SHA256") const;
  std::string profile() const;  // of use_srtp
  std::string cipher() const;
  std::vector<std::uint8_t> ExportKeys(std::size_t size) const;

 private:
  struct Deleter {
    void operator()(SSL* p) const { SSL_free(p); }
    void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  };
  void MakeCertificate(bool rsa);
  void Advance(Timestamp now);
  static long Observe(BIO* bio, int operation, const char* data, std::size_t size, int command, long number,
                      int result, std::size_t* processed);

  Options options_;
  std::unique_ptr<EVP_PKEY, Deleter> key_;
  std::unique_ptr<X509, Deleter> certificate_;
  std::unique_ptr<SSL_CTX, Deleter> context_;
  std::unique_ptr<SSL, Deleter> ssl_;
  std::vector<std::vector<std::uint8_t>> outgoing_;
  timeval* timer_ = nullptr;  // inside ssl_
  bool timer_set_ = false;
  Duration retransmission_{};
  Timestamp started_{};
  Timestamp deadline_ = kNever;
  bool connected_ = false;
  bool failed_ = false;
};

}  // namespace kcs::conformance
