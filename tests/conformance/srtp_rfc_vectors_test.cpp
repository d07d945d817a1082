#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/crypto/srtp_backend.h"
#include "hex.h"

// The vectors give session keys, so they are applied below the key derivation, to both cipher backends.
namespace kcs::conformance {
namespace {

using crypto::OpenOp;
using crypto::SealOp;
using crypto::SrtpBackend;
using crypto::SrtpCipher;
using crypto::SrtpIvMaker;
using crypto::SrtpProfile;
using crypto::SrtpSessionKeys;

std::vector<std::unique_ptr<SrtpBackend>> Backends() {
  std::vector<std::unique_ptr<SrtpBackend>> all;
  all.push_back(crypto::MakeOpenSslBackend());
  if (auto fast = crypto::MakeIpsecMbBackend()) all.push_back(std::move(fast));
  return all;
}

SrtpSessionKeys Keys(SrtpProfile profile, std::string_view key, std::string_view salt) {
  SrtpSessionKeys keys;
  keys.profile = profile;
  const auto key_bytes = FromHex(key);
  const auto salt_bytes = FromHex(salt);
  std::copy(key_bytes.begin(), key_bytes.end(), keys.cipher_key.begin());
  std::copy(salt_bytes.begin(), salt_bytes.end(), keys.salt.begin());
  return keys;
}

constexpr std::string_view kKey128 = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kKey256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kSalt = "517569642070726f2071756f";

// RFC 7714 section 16: "Gallia est omnis divisa in partes tres".
constexpr std::string_view kRtpHeader = "8040f17b 8041f8d3 5501a0b2";
constexpr std::string_view kRtpPayload =
    "47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573";

void ExpectRtp(SrtpProfile profile, std::string_view key, std::string_view sealed) {
  const auto header = FromHex(kRtpHeader);
  const auto payload = FromHex(kRtpPayload);
  const auto keys = Keys(profile, key, kSalt);
  for (const auto& backend : Backends()) {
    SCOPED_TRACE(backend->name());
    const auto seal = backend->MakeCipher(keys, SrtpBackend::Direction::kSeal);
    std::vector<std::uint8_t> packet = header;
    packet.resize(header.size() + payload.size() + 16);
    SealOp op;
    op.cipher = seal.get();
    SrtpIvMaker(keys).Make(0x5501a0b2, 0xf17b, op.iv);
    op.packet = packet.data();
    op.header_size = header.size();
    op.prefix = {};
    op.body = payload;
    op.trailer_size = 0;
    op.tag = packet.data() + header.size() + payload.size();
    backend->Seal({&op, 1});
    EXPECT_EQ(ToHex(Bytes(packet).subspan(header.size())), ToHex(FromHex(sealed)));

    const auto open = backend->MakeCipher(keys, SrtpBackend::Direction::kOpen);
    const MutableBytes all(packet);
    EXPECT_TRUE(backend->Open({.cipher = open.get(),
                               .iv = op.iv,
                               .header = all.first(header.size()),
                               .text = all.subspan(header.size(), payload.size()),
                               .trailer = {},
                               .tag = all.last(16)}));
    EXPECT_EQ(ToHex(all.subspan(header.size(), payload.size())), ToHex(payload));
  }
}

TEST(Rfc7714, Section16_1_RtpWithAes128) {
  ExpectRtp(SrtpProfile::kAeadAes128Gcm, kKey128,
            "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833"
            "899d7f27 beb16a91 52cf765e e4390cce");
}

TEST(Rfc7714, Section16_2_RtpWithAes256) {
  ExpectRtp(SrtpProfile::kAeadAes256Gcm, kKey256,
            "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b"
            "7aa3db36 dfffd6b0 f9bb7878 d7a76c13");
}

// RFC 7714 section 17: a sender report, SRTCP index 0x5d4, encrypted.
constexpr std::string_view kRtcpHeader = "81c8000d 4d617273";
constexpr std::string_view kRtcpBody =
    "4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef";

void ExpectRtcp(SrtpProfile profile, std::string_view key, std::string_view sealed) {
  const auto header = FromHex(kRtcpHeader);
  const auto body = FromHex(kRtcpBody);
  const auto word = FromHex("800005d4");
  const auto keys = Keys(profile, key, kSalt);
  for (const auto& backend : Backends()) {
    SCOPED_TRACE(backend->name());
    const auto seal = backend->MakeCipher(keys, SrtpBackend::Direction::kSeal);
    std::vector<std::uint8_t> packet = header;
    packet.resize(header.size() + body.size() + 16);
    SealOp op;
    op.cipher = seal.get();
    SrtpIvMaker(keys).Make(0x4d617273, 0x5d4, op.iv);
    op.packet = packet.data();
    op.header_size = header.size();
    op.prefix = {};
    op.body = body;
    std::copy(word.begin(), word.end(), op.trailer.begin());
    op.trailer_size = 4;
    op.tag = packet.data() + header.size() + body.size();
    backend->Seal({&op, 1});
    EXPECT_EQ(ToHex(Bytes(packet).subspan(header.size())), ToHex(FromHex(sealed)));

    const auto open = backend->MakeCipher(keys, SrtpBackend::Direction::kOpen);
    const MutableBytes all(packet);
    EXPECT_TRUE(backend->Open({.cipher = open.get(),
                               .iv = op.iv,
                               .header = all.first(header.size()),
                               .text = all.subspan(header.size(), body.size()),
                               .trailer = word,
                               .tag = all.last(16)}));
    EXPECT_EQ(ToHex(all.subspan(header.size(), body.size())), ToHex(body));
  }
}

TEST(Rfc7714, Section17_1_RtcpWithAes128) {
  ExpectRtcp(SrtpProfile::kAeadAes128Gcm, kKey128,
             "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded"
             "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade");
}

TEST(Rfc7714, Section17_2_RtcpWithAes256) {
  ExpectRtcp(SrtpProfile::kAeadAes256Gcm, kKey256,
             "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047"
             "6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be");
}

// RFC 3711 B.2: the key stream of AES-CM, seen by sealing zeros; the first blocks, and the last of 65,282
// (which no packet reaches, so it is left out here).
TEST(Rfc3711, AppendixB2_KeyStreamOfAesCounterMode) {
  const auto keys = Keys(SrtpProfile::kAesCm128HmacSha1_80, "2b7e151628aed2a6abf7158809cf4f3c",
                         "f0f1f2f3f4f5f6f7f8f9fafbfcfd");
  for (const auto& backend : Backends()) {
    SCOPED_TRACE(backend->name());
    const auto cipher = backend->MakeCipher(keys, SrtpBackend::Direction::kSeal);
    const std::vector<std::uint8_t> zeros(48);
    std::vector<std::uint8_t> packet(zeros.size() + 16);
    SealOp op;
    op.cipher = cipher.get();
    SrtpIvMaker(keys).Make(0, 0, op.iv);
    op.packet = packet.data();
    op.header_size = 0;
    op.prefix = {};
    op.body = zeros;
    op.trailer = {};
    op.trailer_size = 4;
    op.tag = packet.data() + zeros.size();
    backend->Seal({&op, 1});
    EXPECT_EQ(ToHex(Bytes(packet).first(zeros.size())),
              "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
              "41e95b3bb0a2e8dd477901e4fca894c0");
  }
}

}  // namespace
}  // namespace kcs::conformance
