#include "engine/wire/stun_integrity.h"

#include <openssl/crypto.h>

#include <cstring>

#include "base/check.h"
#include "base/hmac_sha1.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kAttributeHeaderSize = 4;

}  // namespace

std::array<std::uint8_t, kStunIntegritySize> ComputeStunIntegrity(Bytes raw, std::size_t integrity_offset,
                                                                  std::string_view password) {
  KCS_CHECK(integrity_offset >= kStunHeaderSize && integrity_offset <= raw.size());
  KCS_CHECK(integrity_offset <= kMaxStunSize);
  // RFC 8489 14.5: the length field covers MESSAGE-INTEGRITY but nothing behind it. So the text of the HMAC
  // differs from what was received when a FINGERPRINT follows, and is copied.
  std::array<std::uint8_t, kMaxStunSize> text;
  std::memcpy(text.data(), raw.data(), integrity_offset);
  const std::size_t end = integrity_offset + kAttributeHeaderSize + kStunIntegritySize;
  StoreU16(text.data() + 2, static_cast<std::uint16_t>(end - kStunHeaderSize));

  static_assert(kStunIntegritySize == HmacSha1::kSize);
  return HmacSha1::Of(AsBytes(password), Bytes(text).first(integrity_offset));
}

bool IntegrityOk(Bytes raw, const StunMessage& message, std::string_view password) {
  if (!message.integrity_offset) return false;
  const std::size_t offset = *message.integrity_offset;
  if (raw.size() > kMaxStunSize || raw.size() < offset + kAttributeHeaderSize + kStunIntegritySize)
    return false;
  const auto expected = ComputeStunIntegrity(raw, offset, password);
  return CRYPTO_memcmp(expected.data(), raw.data() + offset + kAttributeHeaderSize, expected.size()) == 0;
}

}  // namespace kcs::wire
