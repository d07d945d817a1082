#pragma once

#include <memory>
#include <string>

namespace kcs::crypto {

// The certificate with which a worker proves in every DTLS handshake that it is the party whose fingerprint
// was signalled (RFC 8122): ECDSA over P-256, self-signed, made anew at each start and never written
// anywhere. Copies share the key. Its dates are fixed, because only the fingerprint counts.
class Certificate {
 public:
  static Certificate Generate();

  // "AB:CD:...", the form of RFC 8122 section 5, of the DER encoding.
  const std::string& fingerprint_sha256() const;

  struct Impl;  // OpenSSL's objects, known to this room only
  const Impl& impl() const { return *impl_; }

 private:
  explicit Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace kcs::crypto
