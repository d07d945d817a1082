#include "engine/crypto/srtp.h"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/entropy.h"
#include "engine/crypto/srtp_backend.h"

// libsrtp2 as the other side, in both directions.
namespace kcs::conformance {
namespace {

using crypto::SrtpError;
using crypto::SrtpKey;
using crypto::SrtpOpener;
using crypto::SrtpProfile;
using crypto::SrtpSealer;
using Packet = std::vector<std::uint8_t>;

SrtpKey RandomKey(SrtpProfile profile, Entropy& entropy) {
  SrtpKey key{.profile = profile};
  key.key_size = crypto::MasterKeySize(profile);
  key.salt_size = crypto::MasterSaltSize(profile);
  entropy.Fill(MutableBytes(key.key).first(key.key_size));
  entropy.Fill(MutableBytes(key.salt).first(key.salt_size));
  return key;
}

// One direction of libsrtp2.
class LibSrtp {
 public:
  LibSrtp(const SrtpKey& key, srtp_ssrc_type_t direction, bool encrypt_rtcp = true) {
    static const srtp_err_status_t initialised = srtp_init();
    EXPECT_EQ(initialised, srtp_err_status_ok);
    std::copy_n(key.key.begin(), key.key_size, master_.begin());
    std::copy_n(key.salt.begin(), key.salt_size, master_.begin() + static_cast<std::ptrdiff_t>(key.key_size));
    srtp_policy_t policy{};
    SetPolicy(key.profile, policy);
    if (!encrypt_rtcp) policy.rtcp.sec_serv = sec_serv_auth;
    policy.ssrc.type = direction;
    policy.key = master_.data();
    policy.window_size = 1024;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  ~LibSrtp() { srtp_dealloc(session_); }
  LibSrtp(const LibSrtp&) = delete;
  LibSrtp& operator=(const LibSrtp&) = delete;

  Packet Protect(Packet packet, bool rtcp) {
    return Run(std::move(packet), rtcp ? srtp_protect_rtcp : srtp_protect);
  }
  // Empty when refused.
  Packet Unprotect(Packet packet, bool rtcp) {
    return Run(std::move(packet), rtcp ? srtp_unprotect_rtcp : srtp_unprotect);
  }

 private:
  static void SetPolicy(SrtpProfile profile, srtp_policy_t& policy) {
    switch (profile) {
      case SrtpProfile::kAeadAes128Gcm:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
        break;
      case SrtpProfile::kAeadAes256Gcm:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
        break;
      case SrtpProfile::kAesCm128HmacSha1_80:
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
        break;
    }
  }
  Packet Run(Packet packet, srtp_err_status_t (*function)(srtp_t, void*, int*)) {
    int size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
    if (function(session_, packet.data(), &size) != srtp_err_status_ok) return {};
    packet.resize(static_cast<std::size_t>(size));
    return packet;
  }

  std::array<unsigned char, 64> master_{};
  srtp_t session_ = nullptr;
};

struct RtpShape {
  std::size_t csrcs = 0;
  std::size_t extension_words = 0;  // 0: no extension
  std::size_t payload = 100;
  std::size_t HeaderSize() const {
    return 12 + csrcs * 4 + (extension_words != 0 ? 4 + extension_words * 4 : 0);
  }
};

Packet MakeRtp(const RtpShape& shape, std::uint64_t index, std::uint32_t ssrc = 0x1234) {
  Packet packet(shape.HeaderSize() + shape.payload);
  SeededEntropy(index).Fill(packet);
  packet[0] = static_cast<std::uint8_t>(0x80 | shape.csrcs | (shape.extension_words != 0 ? 0x10 : 0));
  StoreU16(packet.data() + 2, static_cast<std::uint16_t>(index));
  StoreU32(packet.data() + 8, ssrc);
  if (shape.extension_words != 0) {
    StoreU16(packet.data() + 12 + shape.csrcs * 4, 0xbede);
    StoreU16(packet.data() + 14 + shape.csrcs * 4, static_cast<std::uint16_t>(shape.extension_words));
  }
  return packet;
}

Packet MakeRtcp(std::size_t words) {
  Packet packet(words * 4);
  SeededEntropy(words).Fill(packet);
  packet[0] = 0x81;
  packet[1] = 200;
  StoreU16(packet.data() + 2, static_cast<std::uint16_t>(words - 1));
  return packet;
}

class AgainstLibSrtp : public testing::TestWithParam<SrtpProfile> {
 protected:
  AgainstLibSrtp()
      : entropy_(11),
        key_(RandomKey(GetParam(), entropy_)),
        their_sender_(key_, ssrc_any_outbound),
        their_receiver_(key_, ssrc_any_inbound),
        sealer_(key_),
        opener_(key_) {}

  Packet Seal(const Packet& plain, const RtpShape& shape, std::uint64_t index) const {
    Packet out(plain.size() + crypto::RtpOverhead(GetParam()));
    const Bytes all(plain);
    const crypto::SealJob job{.sealer = &sealer_,
                              .ssrc = LoadU32(plain.data() + 8),
                              .index = index,
                              .header = all.first(shape.HeaderSize()),
                              .body = all.subspan(shape.HeaderSize()),
                              .out = out.data()};
    SrtpSealer::SealRtp({&job, 1});
    return out;
  }
  // Empty when refused.
  Packet Open(Packet packet, const RtpShape& shape) {
    const auto size = opener_.OpenRtp(packet, shape.HeaderSize());
    last_error_ = size ? std::nullopt : std::optional(size.error());
    packet.resize(size ? *size : 0);
    return packet;
  }

  SeededEntropy entropy_;
  SrtpKey key_;
  LibSrtp their_sender_;
  LibSrtp their_receiver_;
  SrtpSealer sealer_;
  SrtpOpener opener_;
  std::optional<SrtpError> last_error_;
};

TEST_P(AgainstLibSrtp, RtpOfEveryShapeIsUnderstoodBothWays) {
  std::uint64_t index = 0;
  for (const std::size_t csrcs : {0u, 1u, 15u}) {
    for (const std::size_t extension : {0u, 1u, 7u}) {
      for (const std::size_t payload : {1u, 15u, 16u, 17u, 160u, 1100u}) {
        const RtpShape shape{csrcs, extension, payload};
        const Packet plain = MakeRtp(shape, ++index);
        ASSERT_EQ(Open(their_sender_.Protect(plain, false), shape), plain);
        ASSERT_EQ(their_receiver_.Unprotect(Seal(plain, shape, index), false), plain);
      }
    }
  }
}

TEST_P(AgainstLibSrtp, BytesAreTheSame) {
  const RtpShape shape{2, 3, 500};
  const Packet plain = MakeRtp(shape, 77);
  EXPECT_EQ(Seal(plain, shape, 77), their_sender_.Protect(plain, false));
}

TEST_P(AgainstLibSrtp, RtcpIsUnderstoodBothWays) {
  for (const std::size_t words : {2u, 3u, 7u, 50u, 300u}) {
    const Packet plain = MakeRtcp(words);
    Packet theirs = their_sender_.Protect(plain, true);
    const auto opened = opener_.OpenRtcp(theirs);
    ASSERT_TRUE(opened) << ToString(opened.error());
    theirs.resize(*opened);
    EXPECT_EQ(theirs, plain);

    Packet ours(plain.size() + crypto::RtcpOverhead(GetParam()));
    ASSERT_EQ(sealer_.SealRtcp(plain, ours), ours.size());
    EXPECT_EQ(their_receiver_.Unprotect(ours, true), plain);
    EXPECT_TRUE(their_receiver_.Unprotect(ours, true).empty());  // to them a replay, too
  }
}

TEST_P(AgainstLibSrtp, RtcpThatIsOnlyAuthenticatedIsOpenedToo) {
  LibSrtp clear_sender(key_, ssrc_any_outbound, false);
  const Packet plain = MakeRtcp(9);
  const Packet theirs = clear_sender.Protect(plain, true);
  ASSERT_EQ(theirs.size(), plain.size() + crypto::RtcpOverhead(GetParam()));
  ASSERT_TRUE(std::equal(plain.begin(), plain.end(), theirs.begin()));
  Packet bad = theirs;
  bad[20] ^= 1;
  EXPECT_EQ(opener_.OpenRtcp(bad).error(), SrtpError::kAuthFailed);
  Packet good = theirs;
  const auto opened = opener_.OpenRtcp(good);
  ASSERT_TRUE(opened) << ToString(opened.error());
  good.resize(*opened);
  EXPECT_EQ(good, plain);
}

TEST_P(AgainstLibSrtp, BothFollowManyRollovers) {
  const RtpShape shape;
  for (std::uint64_t index = 30'000; index < 5 * 65'536; index += 997) {
    const Packet plain = MakeRtp(shape, index);
    ASSERT_EQ(Open(their_sender_.Protect(plain, false), shape), plain) << index;
    ASSERT_EQ(their_receiver_.Unprotect(Seal(plain, shape, index), false), plain) << index;
  }
}

TEST_P(AgainstLibSrtp, ReorderedAcrossTheWrapNothingIsLost) {
  const RtpShape shape;
  std::vector<std::pair<std::uint64_t, Packet>> flight;
  for (std::uint64_t index = 65'400; index < 65'700; ++index) {
    flight.emplace_back(index, their_sender_.Protect(MakeRtp(shape, index), false));
  }
  for (std::size_t i = 1; i < flight.size(); ++i) {
    std::swap(flight[i],
              flight[i - entropy_.Below(static_cast<std::uint32_t>(std::min<std::size_t>(i, 60)))]);
  }
  for (const auto& [index, packet] : flight) {
    ASSERT_EQ(Open(packet, shape), MakeRtp(shape, index)) << index;
    ASSERT_EQ(their_receiver_.Unprotect(Seal(MakeRtp(shape, index), shape, index), false),
              MakeRtp(shape, index));
  }
  for (const auto& [index, packet] : flight) {
    ASSERT_TRUE(Open(packet, shape).empty());
    ASSERT_EQ(last_error_, SrtpError::kReplayed);
  }
}

TEST_P(AgainstLibSrtp, TamperedPacketsAreRefusedByBoth) {
  const RtpShape shape{1, 2, 40};
  const Packet theirs = their_sender_.Protect(MakeRtp(shape, 9), false);
  const Packet ours = Seal(MakeRtp(shape, 9), shape, 9);
  for (std::size_t byte = shape.HeaderSize(); byte < theirs.size(); ++byte) {
    Packet bad = theirs;
    bad[byte] ^= 0x40;
    ASSERT_TRUE(Open(bad, shape).empty());
    ASSERT_EQ(last_error_, SrtpError::kAuthFailed);
    bad = ours;
    bad[byte] ^= 0x40;
    ASSERT_TRUE(their_receiver_.Unprotect(bad, false).empty());
  }
  EXPECT_FALSE(Open(theirs, shape).empty());
}

INSTANTIATE_TEST_SUITE_P(Profiles, AgainstLibSrtp,
                         testing::Values(SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm,
                                         SrtpProfile::kAesCm128HmacSha1_80));

}  // namespace
}  // namespace kcs::conformance
