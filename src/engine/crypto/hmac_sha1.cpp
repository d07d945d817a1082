// OpenSSL 3.0 deprecates the SHA-1 block functions for EVP, whose contexts cannot be copied without an
// allocation and a lookup each. Here two contexts are copied for every packet.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "engine/crypto/hmac_sha1.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace kcs::crypto {
namespace {

SHA_CTX HashPad(Bytes key, std::uint8_t pad) {
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

}  // namespace

struct HmacSha1::State {
  SHA_CTX inner;
  SHA_CTX outer;
};

HmacSha1::HmacSha1(Bytes key) {
  KCS_CHECK(key.size() <= SHA_CBLOCK);
  state_ = std::make_unique<State>(State{HashPad(key, 0x36), HashPad(key, 0x5c)});
}

HmacSha1::~HmacSha1() { OPENSSL_cleanse(state_.get(), sizeof(State)); }

HmacSha1::Digest HmacSha1::Compute(Bytes a, Bytes b, Bytes c) const {
  Digest digest;
  SHA_CTX inner = state_->inner;
  Update(inner, a);
  Update(inner, b);
  Update(inner, c);
  SHA1_Final(digest.data(), &inner);
  SHA_CTX outer = state_->outer;
  SHA1_Update(&outer, digest.data(), digest.size());
  SHA1_Final(digest.data(), &outer);
  return digest;
}

}  // namespace kcs::crypto
