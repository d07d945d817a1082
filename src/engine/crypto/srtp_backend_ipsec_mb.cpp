#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include <cstring>

#include "base/check.h"
#include "base/hmac_sha1.h"
#include "engine/crypto/srtp_backend.h"

// The fast backend. AEAD packets are sealed one by one, from source to destination in one pass; AES-CM
// packets as jobs, whose HMAC-SHA1 the library computes for up to 16 packets side by side.
namespace kcs::crypto {
namespace {

using ManagerPtr = std::unique_ptr<IMB_MGR, decltype(&free_mb_mgr)>;

struct IpsecMbCipher : public SrtpCipher {
  explicit IpsecMbCipher(SrtpProfile p) : profile(p) {}
  SrtpProfile profile;
};

// The functions of one key size.
struct GcmFunctions {
  aes_gcm_pre_t expand;
  aes_gcm_enc_dec_t encrypt;
  aes_gcm_enc_dec_t decrypt;
  aes_gcm_init_t init;
  aes_gcm_enc_dec_update_t encrypt_update;
  aes_gcm_enc_dec_finalize_t encrypt_finalize;
};

GcmFunctions FunctionsFor(const IMB_MGR& manager, SrtpProfile profile) {
  if (profile == SrtpProfile::kAeadAes256Gcm) {
    return {manager.gcm256_pre,  manager.gcm256_enc,        manager.gcm256_dec,
            manager.gcm256_init, manager.gcm256_enc_update, manager.gcm256_enc_finalize};
  }
  return {manager.gcm128_pre,  manager.gcm128_enc,        manager.gcm128_dec,
          manager.gcm128_init, manager.gcm128_enc_update, manager.gcm128_enc_finalize};
}

// The associated data of one packet in one piece: copied together only where RTCP's index word ends it.
class AssociatedData {
 public:
  AssociatedData(Bytes header, Bytes trailer) : data_(header) {
    if (trailer.empty()) return;
    ok_ = header.size() + trailer.size() <= joined_.size();
    if (!ok_) return;
    std::memcpy(joined_.data(), header.data(), header.size());
    std::memcpy(joined_.data() + header.size(), trailer.data(), trailer.size());
    data_ = Bytes(joined_).first(header.size() + trailer.size());
  }
  bool ok() const { return ok_; }
  const std::uint8_t* data() const { return data_.data(); }
  std::size_t size() const { return data_.size(); }

 private:
  std::array<std::uint8_t, 2048> joined_;  // an unencrypted SRTCP packet is all associated data
  Bytes data_;
  bool ok_ = true;
};

class AeadCipher final : public IpsecMbCipher {
 public:
  AeadCipher(const IMB_MGR& manager, const SrtpSessionKeys& keys)
      : IpsecMbCipher(keys.profile), gcm_(FunctionsFor(manager, keys.profile)) {
    gcm_.expand(keys.cipher_key.data(), &keys_);
  }
  ~AeadCipher() override { OPENSSL_cleanse(&keys_, sizeof(keys_)); }

  void Seal(const SealOp& op) const {
    alignas(64) gcm_context_data context;
    if (op.trailer_size != 0) {
      const AssociatedData aad({op.packet, op.header_size}, op.trailer);
      KCS_CHECK(aad.ok());
      SealText(op, context, aad.data(), aad.size());
    } else {
      SealText(op, context, op.packet, op.header_size);
    }
  }

  bool Open(const OpenOp& op) const {
    const AssociatedData aad(op.header, op.trailer);
    if (!aad.ok()) return false;
    alignas(64) gcm_context_data context;
    std::array<std::uint8_t, 16> tag;
    Decrypt(op, context, aad, tag);
    if (CRYPTO_memcmp(tag.data(), op.tag.data(), tag.size()) == 0) return true;
    Decrypt(op, context, aad, tag);  // the same key stream once more: the ciphertext as it was
    return false;
  }

 private:
  void SealText(const SealOp& op, gcm_context_data& context, const std::uint8_t* aad,
                std::size_t size) const {
    constexpr std::size_t kTag = 16;
    if (op.prefix.empty()) {
      gcm_.encrypt(&keys_, &context, op.text(), op.body.data(), op.body.size(), op.iv.data(), aad, size,
                   op.tag, kTag);
      return;
    }
    gcm_.init(&keys_, &context, op.iv.data(), aad, size);
    gcm_.encrypt_update(&keys_, &context, op.text(), op.prefix.data(), op.prefix.size());
    gcm_.encrypt_update(&keys_, &context, op.text() + op.prefix.size(), op.body.data(), op.body.size());
    gcm_.encrypt_finalize(&keys_, &context, op.tag, kTag);
  }

  void Decrypt(const OpenOp& op, gcm_context_data& context, const AssociatedData& aad,
               MutableBytes tag) const {
    gcm_.decrypt(&keys_, &context, op.text.data(), op.text.data(), op.text.size(), op.iv.data(), aad.data(),
                 aad.size(), tag.data(), tag.size());
  }

  // The library writes it with aligned instructions, but its header asks for the alignment only where the
  // macro LINUX is defined.
  alignas(64) gcm_key_data keys_;
  GcmFunctions gcm_;
};

class CmCipher final : public IpsecMbCipher {
 public:
  static constexpr std::size_t kJobTagSize = 12;  // what the library writes; SRTP sends the first 10

  CmCipher(IMB_MGR& manager, const SrtpSessionKeys& keys)
      : IpsecMbCipher(keys.profile), hmac_(keys.auth_key) {
    alignas(16) std::array<std::uint32_t, 4 * 15> unused_decryption_keys;
    IMB_AES_KEYEXP_128(&manager, keys.cipher_key.data(), round_keys_.data(), unused_decryption_keys.data());
    OPENSSL_cleanse(unused_decryption_keys.data(), sizeof(unused_decryption_keys));
    HashPad(manager, keys.auth_key, 0x36, inner_);
    HashPad(manager, keys.auth_key, 0x5c, outer_);
  }
  ~CmCipher() override {
    OPENSSL_cleanse(round_keys_.data(), sizeof(round_keys_));
    OPENSSL_cleanse(inner_.data(), sizeof(inner_));
    OPENSSL_cleanse(outer_.data(), sizeof(outer_));
  }

  const HmacSha1& hmac() const { return hmac_; }

  void FillCipher(IMB_JOB& job, const SrtpIvMaker::Iv& iv, const std::uint8_t* from, std::uint8_t* to,
                  std::size_t size) const {
    job.cipher_mode = IMB_CIPHER_CNTR;
    job.cipher_direction = IMB_DIR_ENCRYPT;
    job.chain_order = IMB_ORDER_CIPHER_HASH;
    job.enc_keys = round_keys_.data();
    job.dec_keys = round_keys_.data();
    job.key_len_in_bytes = IMB_KEY_128_BYTES;
    job.src = from;
    job.dst = to;
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = size;
    job.iv = iv.data();
    job.iv_len_in_bytes = iv.size();
  }

  void FillHash(IMB_JOB& job, const std::uint8_t* from, std::size_t size, std::uint8_t* tag) const {
    job.hash_alg = IMB_AUTH_HMAC_SHA_1;
    // The library hashes relative to the cipher's source, also where that lies in another buffer: the
    // distance wraps around like the unsigned number it is.
    job.hash_start_src_offset_in_bytes =
        reinterpret_cast<std::uintptr_t>(from) - reinterpret_cast<std::uintptr_t>(job.src);
    job.msg_len_to_hash_in_bytes = size;
    job.u.HMAC._hashed_auth_key_xor_ipad = reinterpret_cast<const std::uint8_t*>(inner_.data());
    job.u.HMAC._hashed_auth_key_xor_opad = reinterpret_cast<const std::uint8_t*>(outer_.data());
    job.auth_tag_output = tag;
    job.auth_tag_output_len_in_bytes = kJobTagSize;
  }

 private:
  using Sha1State = std::array<std::uint32_t, 5>;
  static void HashPad(IMB_MGR& manager, const std::array<std::uint8_t, 20>& key, std::uint8_t pad,
                      Sha1State& state) {
    std::array<std::uint8_t, 64> block;
    block.fill(pad);
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<std::uint8_t>(key[i] ^ pad);
    IMB_SHA1_ONE_BLOCK(&manager, block.data(), state.data());
    OPENSSL_cleanse(block.data(), block.size());
  }

  alignas(16) std::array<std::uint32_t, 4 * 11> round_keys_;
  alignas(16) Sha1State inner_;
  alignas(16) Sha1State outer_;
  HmacSha1 hmac_;  // for packets that come alone
};

class IpsecMbBackend final : public SrtpBackend {
 public:
  explicit IpsecMbBackend(ManagerPtr manager) : manager_(std::move(manager)) {}

  const char* name() const override { return "ipsec-mb"; }

  std::unique_ptr<SrtpCipher> MakeCipher(const SrtpSessionKeys& keys, Direction /*direction*/) override {
    if (IsAead(keys.profile)) return std::make_unique<AeadCipher>(*manager_, keys);
    return std::make_unique<CmCipher>(*manager_, keys);
  }

  void Seal(std::span<const SealOp> ops) override {
    for (; ops.size() > kMaxSealBatch; ops = ops.subspan(kMaxSealBatch)) SealBatch(ops.first(kMaxSealBatch));
    SealBatch(ops);
  }

  bool Open(const OpenOp& op) override {
    const auto& cipher = *static_cast<const IpsecMbCipher*>(op.cipher);
    if (IsAead(cipher.profile)) return static_cast<const AeadCipher&>(cipher).Open(op);
    return OpenCm(static_cast<const CmCipher&>(cipher), op);
  }

 private:
  static constexpr std::size_t kCmTagSize = TagSize(SrtpProfile::kAesCm128HmacSha1_80);
  // A pass over the 16 lanes takes as long as three packets with SHA instructions, however few lanes are
  // filled.
  static constexpr std::size_t kMinCmJobs = 4;

  void SealBatch(std::span<const SealOp> ops) {
    std::array<const SealOp*, kMaxSealBatch> cm;
    std::size_t count = 0;
    for (const SealOp& op : ops) {
      const auto& cipher = *static_cast<const IpsecMbCipher*>(op.cipher);
      if (IsAead(cipher.profile)) {
        static_cast<const AeadCipher&>(cipher).Seal(op);
      } else {
        cm[count++] = &op;
      }
    }
    if (count < kMinCmJobs) {
      for (std::size_t i = 0; i < count; ++i) SealCmAlone(*cm[i]);
    } else {
      SealCmTogether(std::span(cm).first(count));
    }
  }

  void SealCmTogether(std::span<const SealOp* const> ops) {
    std::array<std::array<std::uint8_t, 16>, kMaxSealBatch> tags;
    for (std::size_t i = 0; i < ops.size(); ++i) Submit(*ops[i], tags[i].data());
    while (IMB_FLUSH_JOB(manager_.get()) != nullptr) {
    }
    // Only now: until its hash is done the trailer stands where an RTP packet's tag goes.
    for (std::size_t i = 0; i < ops.size(); ++i) std::memcpy(ops[i]->tag, tags[i].data(), kCmTagSize);
  }

  void SealCmAlone(const SealOp& op) {
    const auto& cipher = *static_cast<const CmCipher*>(op.cipher);
    if (op.text_size() != 0) Cipher(cipher, op.iv, GatherSource(op), op.text(), op.text_size());
    const HmacSha1::Digest digest = cipher.hmac().Compute({op.packet, op.header_size + op.text_size()},
                                                          Bytes(op.trailer).first(op.trailer_size));
    std::memcpy(op.tag, digest.data(), kCmTagSize);
  }

  // Where to encrypt from: one key stream runs over prefix and body, so these are brought together first.
  static const std::uint8_t* GatherSource(const SealOp& op) {
    if (op.prefix.empty()) return op.body.data();
    if (!op.body.empty()) std::memmove(op.text() + op.prefix.size(), op.body.data(), op.body.size());
    std::memcpy(op.text(), op.prefix.data(), op.prefix.size());
    return op.text();
  }

  void Submit(const SealOp& op, std::uint8_t* tag) {
    const auto& cipher = *static_cast<const CmCipher*>(op.cipher);
    const std::uint8_t* const source = GatherSource(op);
    std::memcpy(op.text() + op.text_size(), op.trailer.data(), op.trailer_size);
    IMB_JOB& job = *IMB_GET_NEXT_JOB(manager_.get());
    cipher.FillCipher(job, op.iv, source, op.text(), op.text_size());
    cipher.FillHash(job, op.packet, op.header_size + op.text_size() + op.trailer_size, tag);
    if (op.text_size() == 0) job.cipher_mode = IMB_CIPHER_NULL;
    IMB_SUBMIT_JOB_NOCHECK(manager_.get());
  }

  void Cipher(const CmCipher& cipher, const SrtpIvMaker::Iv& iv, const std::uint8_t* from, std::uint8_t* to,
              std::size_t size) {
    IMB_JOB& job = *IMB_GET_NEXT_JOB(manager_.get());
    cipher.FillCipher(job, iv, from, to, size);
    job.hash_alg = IMB_AUTH_NULL;
    if (IMB_SUBMIT_JOB_NOCHECK(manager_.get()) == nullptr)
      KCS_CHECK(IMB_FLUSH_JOB(manager_.get()) != nullptr);
  }

  bool OpenCm(const CmCipher& cipher, const OpenOp& op) {
    const HmacSha1::Digest digest = cipher.hmac().Compute(op.header, op.text, op.trailer);
    if (CRYPTO_memcmp(digest.data(), op.tag.data(), op.tag.size()) != 0) return false;
    if (!op.text.empty()) Cipher(cipher, op.iv, op.text.data(), op.text.data(), op.text.size());
    return true;
  }

  ManagerPtr manager_;
};

}  // namespace

std::unique_ptr<SrtpBackend> MakeIpsecMbBackend() {
  ManagerPtr manager(alloc_mb_mgr(0), &free_mb_mgr);
  if (!manager) return nullptr;
  constexpr std::uint64_t kNeeded = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SSE4_2;
  if ((manager->features & kNeeded) != kNeeded) return nullptr;
  init_mb_mgr_auto(manager.get(), nullptr);
  if (imb_get_errno(manager.get()) != 0) return nullptr;
  return std::make_unique<IpsecMbBackend>(std::move(manager));
}

}  // namespace kcs::crypto
