#include "engine/crypto/dtls_alert_reader.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace kcs::crypto {
namespace {

// RFC 6347 4.1: type, version, epoch and sequence number, length.
constexpr std::size_t kHeader = 13;
constexpr std::size_t kNumberAt = 3;
constexpr std::size_t kNumber = 8;  // epoch and sequence number
constexpr std::size_t kLengthAt = 11;
constexpr std::uint8_t kAlertType = 21;
constexpr std::uint16_t kEpoch = 1;  // there is one handshake only
constexpr std::size_t kAlert = 2;
constexpr std::size_t kTag = 16;
constexpr std::size_t kRandom = 32;

using KdfPtr = std::unique_ptr<EVP_KDF, OpenSslDeleter<EVP_KDF_free>>;
using KdfCtxPtr = std::unique_ptr<EVP_KDF_CTX, OpenSslDeleter<EVP_KDF_CTX_free>>;

// RFC 5246 6.3: the key block is PRF(master secret, "key expansion", server random + client random).
bool ExpandKeys(const SSL* ssl, const SSL_CIPHER* cipher, MutableBytes block) {
  constexpr std::string_view kLabel = "key expansion";
  std::array<std::uint8_t, kLabel.size() + 2 * kRandom> seed;
  std::ranges::copy(kLabel, seed.begin());
  const bool randoms = SSL_get_server_random(ssl, seed.data() + kLabel.size(), kRandom) == kRandom &&
                       SSL_get_client_random(ssl, seed.data() + kLabel.size() + kRandom, kRandom) == kRandom;
  std::array<std::uint8_t, SSL_MAX_MASTER_KEY_LENGTH> secret;
  const std::size_t secret_size =
      SSL_SESSION_get_master_key(SSL_get_session(ssl), secret.data(), secret.size());
  const EVP_MD* const digest = SSL_CIPHER_get_handshake_digest(cipher);
  if (!randoms || secret_size == 0 || digest == nullptr) return false;

  const KdfPtr kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr));
  const KdfCtxPtr context(EVP_KDF_CTX_new(kdf.get()));
  std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(EVP_MD_get0_name(digest)), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret.data(), secret_size),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
      OSSL_PARAM_construct_end()};
  const bool derived =
      context && EVP_KDF_derive(context.get(), block.data(), block.size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  return derived;
}

}  // namespace

DtlsAlertReader::~DtlsAlertReader() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::optional<DtlsAlertReader> DtlsAlertReader::Of(const SSL* ssl, DtlsRole role) {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  if (cipher == nullptr || SSL_version(ssl) != DTLS1_2_VERSION) return std::nullopt;
  DtlsAlertReader reader;
  switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_aes_128_gcm:
      reader.cipher_ = EVP_aes_128_gcm();
      reader.explicit_nonce_ = true;
      break;
    case NID_aes_256_gcm:
      reader.cipher_ = EVP_aes_256_gcm();
      reader.explicit_nonce_ = true;
      break;
    case NID_chacha20_poly1305:
      reader.cipher_ = EVP_chacha20_poly1305();
      break;
    default:
      return std::nullopt;
  }
  if (!reader.TakeKeys(ssl, cipher, role)) return std::nullopt;
  return reader;
}

// An AEAD has no MAC keys, so the block is client key | server key | client IV | server IV.
bool DtlsAlertReader::TakeKeys(const SSL* ssl, const SSL_CIPHER* cipher, DtlsRole role) {
  key_size_ = static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher_));
  iv_size_ = explicit_nonce_ ? kNonce - kNumber : kNonce;
  std::array<std::uint8_t, 2 * (kMaxKey + kNonce)> block;
  if (!ExpandKeys(ssl, cipher, MutableBytes(block).first(2 * (key_size_ + iv_size_)))) return false;
  const bool of_server = role == DtlsRole::kClient;  // what the peer writes is what we read
  std::copy_n(block.data() + (of_server ? key_size_ : 0), key_size_, key_.begin());
  std::copy_n(block.data() + 2 * key_size_ + (of_server ? iv_size_ : 0), iv_size_, iv_.begin());
  OPENSSL_cleanse(block.data(), block.size());
  return true;
}

std::optional<DtlsAlert> DtlsAlertReader::Read(Bytes datagram) const {
  while (datagram.size() >= kHeader) {
    const std::size_t size = kHeader + LoadU16(datagram.data() + kLengthAt);
    if (size > datagram.size()) return std::nullopt;
    if (const auto alert = Open(datagram.first(size))) return alert;
    datagram = datagram.subspan(size);
  }
  return std::nullopt;
}

std::optional<DtlsAlert> DtlsAlertReader::Open(Bytes record) const {
  const std::size_t prefix = explicit_nonce_ ? kNumber : 0;
  // Before any work: other records, and those of other epochs, are of no interest.
  if (record[0] != kAlertType || LoadU16(record.data() + kNumberAt) != kEpoch ||
      record.size() != kHeader + prefix + kAlert + kTag) {
    return std::nullopt;
  }
  std::array<std::uint8_t, kNonce> nonce = iv_;
  if (explicit_nonce_) {
    std::copy_n(record.data() + kHeader, kNumber, nonce.data() + iv_size_);
  } else {
    for (std::size_t i = 0; i < kNumber; ++i) nonce[kNonce - kNumber + i] ^= record[kNumberAt + i];
  }
  // Number, type, version, and the length of what is enciphered.
  std::array<std::uint8_t, kHeader> associated;
  std::copy_n(record.data() + kNumberAt, kNumber, associated.data());
  std::copy_n(record.data(), 3, associated.data() + kNumber);
  associated[kLengthAt] = 0;
  associated[kLengthAt + 1] = kAlert;

  const Bytes body = record.subspan(kHeader + prefix, kAlert);
  std::array<std::uint8_t, kTag> tag;
  std::ranges::copy(record.last(kTag), tag.begin());
  std::array<std::uint8_t, kAlert> plain{};
  std::array<std::uint8_t, kTag> rest;
  int written = 0;
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  KCS_CHECK(context);
  KCS_CHECK(EVP_DecryptInit_ex2(context.get(), cipher_, key_.data(), nonce.data(), nullptr) == 1);
  KCS_CHECK(EVP_DecryptUpdate(context.get(), nullptr, &written, associated.data(), kHeader) == 1);
  KCS_CHECK(EVP_DecryptUpdate(context.get(), plain.data(), &written, body.data(), kAlert) == 1);
  KCS_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), rest.data(), &written) != 1) return std::nullopt;
  return DtlsAlert{.level = plain[0], .description = plain[1]};
}

}  // namespace kcs::crypto
