#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kcs::crypto {

// The protection profiles we speak, best first: RFC 7714 section 12 (the two AEAD ones), RFC 5764
// section 4.1.2.
enum class SrtpProfile : std::uint8_t { kAeadAes128Gcm, kAeadAes256Gcm, kAesCm128HmacSha1_80 };
inline constexpr std::size_t kSrtpProfileCount = 3;

// As DTLS and its registry name it (RFC 5764 4.1.2).
const char* ToString(SrtpProfile profile);

constexpr bool IsAead(SrtpProfile profile) { return profile != SrtpProfile::kAesCm128HmacSha1_80; }
// Sizes in bytes.
constexpr std::size_t TagSize(SrtpProfile profile) { return IsAead(profile) ? 16 : 10; }
constexpr std::size_t MasterKeySize(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes256Gcm ? 32 : 16;
}
constexpr std::size_t MasterSaltSize(SrtpProfile profile) { return IsAead(profile) ? 12 : 14; }
// How much longer a packet is when it is protected: the tag, and for RTCP the word with the index.
constexpr std::size_t RtpOverhead(SrtpProfile profile) { return TagSize(profile); }
constexpr std::size_t RtcpOverhead(SrtpProfile profile) { return TagSize(profile) + 4; }

inline constexpr std::size_t kMaxRtpOverhead = 16;
inline constexpr std::size_t kMaxRtcpOverhead = 20;

// A master key and salt of one direction. The sizes follow from the profile; they are kept for readers that
// copy.
struct SrtpKey {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  std::array<std::uint8_t, 32> key{};
  std::size_t key_size = 0;
  std::array<std::uint8_t, 14> salt{};
  std::size_t salt_size = 0;
};

// What a DTLS handshake yields: `local` seals what we send, `remote` opens what we receive.
struct SrtpKeys {
  SrtpKey local;
  SrtpKey remote;
};

}  // namespace kcs::crypto
