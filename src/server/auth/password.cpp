#include "server/auth/password.h"

#include <sodium.h>

#include <array>

#include "base/check.h"

namespace kcs::auth {
namespace {

// Idempotent and thread-safe.
void InitSodium() { KCS_CHECK(sodium_init() >= 0); }

}  // namespace

Result<std::string> HashPassword(std::string_view password, const PasswordCost& cost) {
  InitSodium();
  if (password.empty()) return Fail("the password is empty");
  if (password.size() > kMaxPassword) return Fail("the password is longer than 1024 bytes");
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost.passes, cost.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Fail("the password cannot be hashed: not enough memory, or a cost out of range");
  }
  return std::string(hash.data());
}

bool VerifyPassword(std::string_view password, const std::string& hash) {
  InitSodium();
  // The bound on the hash also bounds what libsodium copies; a NUL inside would hide the rest.
  if (password.size() > kMaxPassword || hash.size() >= crypto_pwhash_STRBYTES) return false;
  if (hash.find('\0') != std::string::npos) return false;
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace kcs::auth
