#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/crypto/dtls.h"
#include "engine/crypto/openssl_ptr.h"

namespace kcs::crypto {

// RFC 5246 7.2.
struct DtlsAlert {
  static constexpr std::uint8_t kFatal = 2;
  static constexpr std::uint8_t kCloseNotify = 0;
  std::uint8_t level = 0;
  std::uint8_t description = 0;
};

// Reads the alerts of a peer whose handshake is over, and nothing else: a record's protection (RFC 6347 4.1,
// with AES-GCM of RFC 5288 or ChaCha20-Poly1305 of RFC 7905) needs a key of some bytes, where an SSL object
// takes 40 kB. A repeated alert is read again: what alerts say can be done twice.
class DtlsAlertReader {
 public:
  // Of a connected association in which we are `role`. Nothing for a cipher that is none of the above.
  static std::optional<DtlsAlertReader> Of(const SSL* ssl, DtlsRole role);
  ~DtlsAlertReader();
  DtlsAlertReader(const DtlsAlertReader&) = default;
  DtlsAlertReader& operator=(const DtlsAlertReader&) = default;

  // The first authentic alert among the records of a datagram.
  std::optional<DtlsAlert> Read(Bytes datagram) const;

 private:
  static constexpr std::size_t kMaxKey = 32;
  static constexpr std::size_t kNonce = 12;

  DtlsAlertReader() = default;
  bool TakeKeys(const SSL* ssl, const SSL_CIPHER* cipher, DtlsRole role);
  std::optional<DtlsAlert> Open(Bytes record) const;

  const EVP_CIPHER* cipher_ = nullptr;
  bool explicit_nonce_ = false;  // in each record; else it is the record's number
  std::size_t key_size_ = 0;
  std::size_t iv_size_ = 0;
  std::array<std::uint8_t, kMaxKey> key_{};
  std::array<std::uint8_t, kNonce> iv_{};
};

}  // namespace kcs::crypto
