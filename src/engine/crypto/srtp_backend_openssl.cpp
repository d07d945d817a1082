#include <openssl/crypto.h>

#include <cstring>
#include <optional>

#include "base/check.h"
#include "base/hmac_sha1.h"
#include "engine/crypto/openssl_ptr.h"
#include "engine/crypto/srtp_backend.h"

// The portable backend. Contexts keep cipher and key schedule; a packet only sets its IV.
namespace kcs::crypto {
namespace {

const EVP_CIPHER* CipherOf(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAeadAes128Gcm:
      return EVP_aes_128_gcm();
    case SrtpProfile::kAeadAes256Gcm:
      return EVP_aes_256_gcm();
    case SrtpProfile::kAesCm128HmacSha1_80:
      return EVP_aes_128_ctr();
  }
  return nullptr;
}

class OpenSslCipher final : public SrtpCipher {
 public:
  OpenSslCipher(const SrtpSessionKeys& keys, SrtpBackend::Direction direction)
      : profile_(keys.profile), encrypt_(direction == SrtpBackend::Direction::kSeal ? 1 : 0) {
    context_.reset(EVP_CIPHER_CTX_new());
    KCS_CHECK(EVP_CipherInit_ex2(context_.get(), CipherOf(profile_), keys.cipher_key.data(), nullptr,
                                 encrypt_, nullptr) == 1);
    if (!IsAead(profile_)) hmac_.emplace(keys.auth_key);
  }

  void Seal(const SealOp& op) const {
    if (IsAead(profile_)) {
      SealAead(op);
    } else {
      SealCm(op);
    }
  }
  bool Open(const OpenOp& op) const { return IsAead(profile_) ? OpenAead(op) : OpenCm(op); }

 private:
  void SetIv(const SrtpIvMaker::Iv& iv) const {
    KCS_CHECK(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, iv.data(), encrypt_, nullptr) == 1);
  }
  // Null `out`: associated data.
  void Update(std::uint8_t* out, Bytes in) const {
    int written = 0;
    if (in.empty()) return;
    KCS_CHECK(EVP_CipherUpdate(context_.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1);
  }

  void SealAead(const SealOp& op) const {
    SetIv(op.iv);
    Update(nullptr, {op.packet, op.header_size});
    Update(nullptr, Bytes(op.trailer).first(op.trailer_size));
    Update(op.text(), op.prefix);
    Update(op.text() + op.prefix.size(), op.body);
    int written = 0;
    KCS_CHECK(EVP_CipherFinal_ex(context_.get(), op.text() + op.text_size(), &written) == 1);
    KCS_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(TagSize(profile_)),
                                  op.tag) == 1);
  }

  bool OpenAead(const OpenOp& op) const {
    SetIv(op.iv);
    Update(nullptr, op.header);
    Update(nullptr, op.trailer);
    Update(op.text.data(), op.text);
    std::array<std::uint8_t, 16> tag;  // OpenSSL takes the expected tag by a mutable pointer
    std::memcpy(tag.data(), op.tag.data(), tag.size());
    KCS_CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                                  tag.data()) == 1);
    int written = 0;
    std::array<std::uint8_t, 16> rest;
    if (EVP_CipherFinal_ex(context_.get(), rest.data(), &written) == 1) return true;
    SetIv(op.iv);
    Update(op.text.data(), op.text);  // the same key stream once more: the ciphertext as it was
    return false;
  }

  void SealCm(const SealOp& op) const {
    SetIv(op.iv);
    Update(op.text(), op.prefix);
    Update(op.text() + op.prefix.size(), op.body);
    const HmacSha1::Digest digest = hmac_->Compute({op.packet, op.header_size + op.text_size()},
                                                   Bytes(op.trailer).first(op.trailer_size));
    std::memcpy(op.tag, digest.data(), TagSize(profile_));
  }

  bool OpenCm(const OpenOp& op) const {
    const HmacSha1::Digest digest = hmac_->Compute(op.header, op.text, op.trailer);
    if (CRYPTO_memcmp(digest.data(), op.tag.data(), op.tag.size()) != 0) return false;
    SetIv(op.iv);
    Update(op.text.data(), op.text);
    return true;
  }

  SrtpProfile profile_;
  int encrypt_;
  CipherCtxPtr context_;
  std::optional<HmacSha1> hmac_;
};

class OpenSslBackend final : public SrtpBackend {
 public:
  const char* name() const override { return "openssl"; }
  std::unique_ptr<SrtpCipher> MakeCipher(const SrtpSessionKeys& keys, Direction direction) override {
    return std::make_unique<OpenSslCipher>(keys, direction);
  }
  void Seal(std::span<const SealOp> ops) override {
    for (const SealOp& op : ops) static_cast<const OpenSslCipher*>(op.cipher)->Seal(op);
  }
  bool Open(const OpenOp& op) override { return static_cast<const OpenSslCipher*>(op.cipher)->Open(op); }
};

}  // namespace

std::unique_ptr<SrtpBackend> MakeOpenSslBackend() { return std::make_unique<OpenSslBackend>(); }

}  // namespace kcs::crypto
