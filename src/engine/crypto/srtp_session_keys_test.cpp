#include "engine/crypto/srtp_session_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace kcs::crypto {
namespace {

template <std::size_t kSize>
std::string Hex(const std::array<std::uint8_t, kSize>& bytes, std::size_t count = kSize) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

void FromHex(std::string_view text, std::uint8_t* out) {
  for (std::size_t i = 0; i < text.size(); i += 2) {
    *out++ = static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
}

TEST(SrtpSessionKeys, AreThoseOfRfc3711AppendixB3) {
  SrtpKey master{.profile = SrtpProfile::kAesCm128HmacSha1_80, .key_size = 16, .salt_size = 14};
  FromHex("e1f97a0d3e018be0d64fa32c06de4139", master.key.data());
  FromHex("0ec675ad498afeebb6960b3aabe6", master.salt.data());
  const SrtpSessionKeys keys = DeriveSessionKeys(master, SrtpPacketKind::kRtp);
  EXPECT_EQ(Hex(keys.cipher_key, 16), "c61e7a93744f39ee10734afe3ff7a087");
  EXPECT_EQ(Hex(keys.salt), "30cbbc08863d8c85d49db34a9ae1");
  EXPECT_EQ(Hex(keys.auth_key), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
}

TEST(SrtpSessionKeys, OfRtpAndRtcpDiffer) {
  for (const auto profile :
       {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAesCm128HmacSha1_80}) {
    const SrtpKey master{.profile = profile};
    const SrtpSessionKeys rtp = DeriveSessionKeys(master, SrtpPacketKind::kRtp);
    const SrtpSessionKeys rtcp = DeriveSessionKeys(master, SrtpPacketKind::kRtcp);
    EXPECT_NE(rtp.cipher_key, rtcp.cipher_key);
    EXPECT_NE(rtp.salt, rtcp.salt);
  }
}

SrtpIvMaker::Iv IvOf(const SrtpSessionKeys& keys, std::uint32_t ssrc, std::uint64_t index) {
  SrtpIvMaker::Iv iv;
  SrtpIvMaker(keys).Make(ssrc, index, iv);
  return iv;
}

TEST(SrtpIvMaker, PutsSsrcAndIndexWhereRfc7714Section8Does) {
  SrtpSessionKeys keys;
  keys.profile = SrtpProfile::kAeadAes128Gcm;
  FromHex("517569642070726f2071756f", keys.salt.data());
  // The vector of section 16.1.1: SSRC 5501a0b2, ROC 0, sequence number f17b.
  EXPECT_EQ(Hex(IvOf(keys, 0x5501a0b2, 0xf17b), 12), "51753c6580c2726f20718414");
}

TEST(SrtpIvMaker, ShiftsSsrcAndIndexAsRfc3711Section41Does) {
  SrtpSessionKeys keys;
  keys.profile = SrtpProfile::kAesCm128HmacSha1_80;
  EXPECT_EQ(Hex(IvOf(keys, 0x01020304, 0x0a0b0c0d0e0f)), "00000000010203040a0b0c0d0e0f0000");
}

}  // namespace
}  // namespace kcs::crypto
