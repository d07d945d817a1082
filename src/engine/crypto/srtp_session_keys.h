#pragma once

#include <array>
#include <cstdint>

#include "engine/crypto/srtp_key.h"

namespace kcs::crypto {

enum class SrtpPacketKind : std::uint8_t { kRtp, kRtcp };

// The keys that protect one direction of one kind of packet (RFC 3711 4.3).
struct SrtpSessionKeys {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  std::array<std::uint8_t, 32> cipher_key{};  // MasterKeySize(profile) bytes
  std::array<std::uint8_t, 20> auth_key{};    // AES-CM profiles only
  std::array<std::uint8_t, 14> salt{};        // MasterSaltSize(profile) bytes

  ~SrtpSessionKeys();  // wipes
};

SrtpSessionKeys DeriveSessionKeys(const SrtpKey& master, SrtpPacketKind kind);

// The initialization vector of a packet: RFC 3711 4.1.1, RFC 7714 8.1 and 9.1. For RTP `index` is the 48-bit
// packet index, for RTCP the 31-bit one, which occupies the same low bits.
class SrtpIvMaker {
 public:
  using Iv = std::array<std::uint8_t, 16>;  // AEAD uses the first 12

  explicit SrtpIvMaker(const SrtpSessionKeys& keys);
  void Make(std::uint32_t ssrc, std::uint64_t index, Iv& iv) const;

 private:
  std::uint64_t salt_high_;
  std::uint64_t salt_low_;
  bool aead_;
};

}  // namespace kcs::crypto
