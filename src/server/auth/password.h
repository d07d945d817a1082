#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

// Argon2id (RFC 9106) by libsodium. Both functions take tens of milliseconds and `memory_bytes`: call them on
// the thread pool. Thread-safe.
namespace kcs::auth {

struct PasswordCost {
  std::uint64_t passes = 2;
  std::size_t memory_bytes = 64U << 20;
};

inline constexpr std::size_t kMaxPassword = 1024;

// A self-describing text ("$argon2id$v=19$...", at most 127 characters).
Result<std::string> HashPassword(std::string_view password, const PasswordCost& cost = {});
// False for a wrong password, and for a hash that is none.
bool VerifyPassword(std::string_view password, const std::string& hash);

}  // namespace kcs::auth
