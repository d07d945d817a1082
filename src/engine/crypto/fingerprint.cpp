#include "engine/crypto/fingerprint.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.h"

namespace kcs::crypto {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

const EVP_MD* HashNamed(std::string_view name) {
  if (EqualIgnoringCase(name, "sha-256")) return EVP_sha256();
  if (EqualIgnoringCase(name, "sha-384")) return EVP_sha384();
  if (EqualIgnoringCase(name, "sha-512")) return EVP_sha512();
  return nullptr;
}

}  // namespace

std::string FingerprintValue(const X509& certificate, const EVP_MD& hash) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  KCS_CHECK(X509_digest(&certificate, &hash, digest.data(), &size) == 1);
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(std::size_t{size} * 3);
  for (unsigned int i = 0; i < size; ++i) {
    if (i != 0) text += ':';
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 0xf];
  }
  return text;
}

bool MatchesAny(const X509& certificate, std::span<const Fingerprint> signalled) {
  return std::any_of(signalled.begin(), signalled.end(), [&](const Fingerprint& one) {
    const EVP_MD* hash = HashNamed(one.algorithm);
    return hash != nullptr && EqualIgnoringCase(FingerprintValue(certificate, *hash), one.value);
  });
}

}  // namespace kcs::crypto
