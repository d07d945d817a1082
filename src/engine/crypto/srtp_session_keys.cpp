#include "engine/crypto/srtp_session_keys.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "engine/crypto/openssl_ptr.h"

namespace kcs::crypto {
namespace {

// RFC 3711 4.3.2: encryption, authentication, salt; SRTCP's labels follow SRTP's.
enum class Label : std::uint8_t { kEncryption = 0, kAuthentication = 1, kSalt = 2 };

// The pseudo-random function is AES in counter mode under the master key (RFC 3711 4.3.3, RFC 6188 section 2
// for 256-bit keys), starting at x * 2^16 with x = (label || r) XOR master salt. The key derivation rate is
// 0: r is 0.
void Derive(const SrtpKey& master, SrtpPacketKind kind, Label label, MutableBytes out) {
  std::array<std::uint8_t, 16> start{};
  // RFC 7714 section 11: "the 96-bit salt ... is padded on the right (i.e., the low-order bits) with zeros".
  std::copy_n(master.salt.begin(), MasterSaltSize(master.profile), start.begin());
  const int offset = kind == SrtpPacketKind::kRtcp ? 3 : 0;
  start[7] ^= static_cast<std::uint8_t>(static_cast<int>(label) + offset);

  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = MasterKeySize(master.profile) == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  std::array<std::uint8_t, 32> zeros{};
  int written = 0;
  KCS_CHECK(out.size() <= zeros.size());
  KCS_CHECK(EVP_EncryptInit_ex(context.get(), cipher, nullptr, master.key.data(), start.data()) == 1);
  KCS_CHECK(EVP_EncryptUpdate(context.get(), out.data(), &written, zeros.data(),
                              static_cast<int>(out.size())) == 1);
}

}  // namespace

SrtpSessionKeys::~SrtpSessionKeys() {
  OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
  OPENSSL_cleanse(auth_key.data(), auth_key.size());
  OPENSSL_cleanse(salt.data(), salt.size());
}

SrtpSessionKeys DeriveSessionKeys(const SrtpKey& master, SrtpPacketKind kind) {
  SrtpSessionKeys keys;
  keys.profile = master.profile;
  Derive(master, kind, Label::kEncryption,
         MutableBytes(keys.cipher_key).first(MasterKeySize(master.profile)));
  Derive(master, kind, Label::kSalt, MutableBytes(keys.salt).first(MasterSaltSize(master.profile)));
  if (!IsAead(master.profile)) Derive(master, kind, Label::kAuthentication, keys.auth_key);
  return keys;
}

SrtpIvMaker::SrtpIvMaker(const SrtpSessionKeys& keys) : aead_(IsAead(keys.profile)) {
  std::array<std::uint8_t, 16> salt{};
  std::copy_n(keys.salt.begin(), MasterSaltSize(keys.profile), salt.begin());
  salt_high_ = LoadU64(salt.data());
  salt_low_ = LoadU64(salt.data() + 8);
}

//  AEAD  0000 | SSRC (4) | index (6)                        XOR salt (12)
//  CM    00000000 | SSRC (4) | index (6) | block counter (2)  XOR salt (14)
// Written in place: what is returned in registers is put together byte by byte.
void SrtpIvMaker::Make(std::uint32_t ssrc, std::uint64_t index, Iv& iv) const {
  const std::uint64_t high = aead_ ? (std::uint64_t{ssrc} << 16) | (index >> 32) : std::uint64_t{ssrc};
  StoreU64(iv.data(), salt_high_ ^ high);
  StoreU64(iv.data() + 8, salt_low_ ^ (index << (aead_ ? 32 : 16)));
}

}  // namespace kcs::crypto
