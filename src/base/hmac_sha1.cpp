// OpenSSL 3.0 deprecates the SHA-1 block functions for EVP, whose contexts cannot be copied without an
// allocation and a lookup each. Here two contexts are copied for every packet, and made for every check.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/hmac_sha1.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace kcs {
namespace {

constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

SHA_CTX HashPad(Bytes key, std::uint8_t pad) {
  // "Applications that use keys longer than B bytes will first hash the key using H" (RFC 2104 section 2).
  HmacSha1::Digest hashed;
  if (key.size() > SHA_CBLOCK) {
    SHA1(key.data(), key.size(), hashed.data());
    key = hashed;
  }
  std::array<std::uint8_t, SHA_CBLOCK> block;
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<std::uint8_t>(key[i] ^ pad);
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
  return context;
}

void Update(SHA_CTX& context, Bytes data) {
  if (!data.empty()) SHA1_Update(&context, data.data(), data.size());
}

HmacSha1::Digest Finish(SHA_CTX& inner, SHA_CTX& outer) {
  HmacSha1::Digest digest;
  SHA1_Final(digest.data(), &inner);
  SHA1_Update(&outer, digest.data(), digest.size());
  SHA1_Final(digest.data(), &outer);
  return digest;
}

}  // namespace

struct HmacSha1::State {
  SHA_CTX inner;
  SHA_CTX outer;
};

HmacSha1::HmacSha1(Bytes key) {
  state_ = std::make_unique<State>(State{HashPad(key, kInnerPad), HashPad(key, kOuterPad)});
}

HmacSha1::~HmacSha1() { OPENSSL_cleanse(state_.get(), sizeof(State)); }

HmacSha1::Digest HmacSha1::Compute(Bytes a, Bytes b, Bytes c) const {
  SHA_CTX inner = state_->inner;
  Update(inner, a);
  Update(inner, b);
  Update(inner, c);
  SHA_CTX outer = state_->outer;
  return Finish(inner, outer);
}

HmacSha1::Digest HmacSha1::Of(Bytes key, Bytes text) {
  SHA_CTX inner = HashPad(key, kInnerPad);
  Update(inner, text);
  SHA_CTX outer = HashPad(key, kOuterPad);
  const Digest digest = Finish(inner, outer);
  OPENSSL_cleanse(&inner, sizeof(inner));
  OPENSSL_cleanse(&outer, sizeof(outer));
  return digest;
}

}  // namespace kcs
