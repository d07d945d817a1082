#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "engine/wire/stun.h"

namespace kcs::wire {

inline constexpr std::size_t kStunIntegritySize = 20;

// The MESSAGE-INTEGRITY (HMAC-SHA1, short-term credential: the key is the password) of a message whose
// attribute begins at `integrity_offset` (RFC 8489 14.5). The header's length field is taken as if
// MESSAGE-INTEGRITY were last.
std::array<std::uint8_t, kStunIntegritySize> ComputeStunIntegrity(Bytes raw, std::size_t integrity_offset,
                                                                  std::string_view password);

// True if the message has a MESSAGE-INTEGRITY made with this password. Compares in constant time. `raw` is
// what was parsed.
bool IntegrityOk(Bytes raw, const StunMessage& message, std::string_view password);

}  // namespace kcs::wire
