#include "engine/crypto/srtp.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <vector>

#include "base/entropy.h"
#include "base/testing/allocations.h"
#include "engine/crypto/srtp_backend.h"

namespace {

std::uint64_t openssl_allocations = 0;

void* OpenSslAllocate(std::size_t size, const char* /*file*/, int /*line*/) {
  ++openssl_allocations;
  return std::malloc(size);
}
void* OpenSslReallocate(void* memory, std::size_t size, const char* /*file*/, int /*line*/) {
  ++openssl_allocations;
  return std::realloc(memory, size);
}
void OpenSslFree(void* memory, const char* /*file*/, int /*line*/) { std::free(memory); }

// Before anything in this program makes OpenSSL allocate.
const int openssl_counts = CRYPTO_set_mem_functions(OpenSslAllocate, OpenSslReallocate, OpenSslFree);

}  // namespace

namespace kcs::crypto {
namespace {

using Packet = std::vector<std::uint8_t>;

constexpr std::size_t kHeader = 12;

SrtpKey KeyFor(SrtpProfile profile, std::uint64_t seed = 1) {
  SeededEntropy entropy(seed);
  SrtpKey key{.profile = profile};
  key.key_size = MasterKeySize(profile);
  key.salt_size = MasterSaltSize(profile);
  entropy.Fill(MutableBytes(key.key).first(key.key_size));
  entropy.Fill(MutableBytes(key.salt).first(key.salt_size));
  return key;
}

Packet RtpPacket(std::uint32_t ssrc, std::uint64_t index, std::size_t payload) {
  Packet packet(kHeader + payload);
  SeededEntropy(index * 31 + ssrc).Fill(packet);
  packet[0] = 0x80;
  packet[1] = 96;
  StoreU16(packet.data() + 2, static_cast<std::uint16_t>(index));
  StoreU32(packet.data() + 8, ssrc);
  return packet;
}

Packet RtcpPacket(std::uint32_t ssrc, std::size_t words) {
  Packet packet(words * 4);
  SeededEntropy(words).Fill(packet);
  packet[0] = 0x80;
  packet[1] = 201;
  StoreU16(packet.data() + 2, static_cast<std::uint16_t>(words - 1));
  StoreU32(packet.data() + 4, ssrc);
  return packet;
}

enum class Backend { kIpsecMb, kOpenSsl };

class Srtp : public testing::TestWithParam<std::tuple<SrtpProfile, Backend>> {
 protected:
  Srtp()
      : backend_(std::get<1>(GetParam()) == Backend::kIpsecMb ? MakeIpsecMbBackend() : MakeOpenSslBackend()),
        sealer_(KeyFor(profile()), *backend_),
        opener_(KeyFor(profile()), *backend_) {}

  static SrtpProfile profile() { return std::get<0>(GetParam()); }

  Packet Seal(const Packet& plain, std::uint64_t index) const {
    Packet out(plain.size() + RtpOverhead(profile()));
    const SealJob job{.sealer = &sealer_,
                      .ssrc = LoadU32(plain.data() + 8),
                      .index = index,
                      .header = Bytes(plain).first(kHeader),
                      .body = Bytes(plain).subspan(kHeader),
                      .out = out.data()};
    EXPECT_EQ(SrtpSealer::SealedSize(job), out.size());
    SrtpSealer::SealRtp({&job, 1});
    return out;
  }
  Packet SealIndex(std::uint64_t index, std::uint32_t ssrc = 7) {
    return Seal(RtpPacket(ssrc, index, 50), index);
  }
  Packet SealRtcp(const Packet& plain) {
    Packet out(plain.size() + RtcpOverhead(profile()));
    EXPECT_EQ(sealer_.SealRtcp(plain, out), out.size());
    return out;
  }
  Result<std::size_t, SrtpError> Open(Packet packet) { return opener_.OpenRtp(packet, kHeader); }

  std::unique_ptr<SrtpBackend> backend_;
  SrtpSealer sealer_;
  SrtpOpener opener_;
};

TEST_P(Srtp, OpensWhatItSealedAtEverySize) {
  std::uint64_t index = 100;
  for (std::size_t size = 0; size < 300; ++size, ++index) {
    const Packet plain = RtpPacket(5, index, size);
    Packet packet = Seal(plain, index);
    EXPECT_TRUE(std::equal(plain.begin(), plain.begin() + kHeader, packet.begin()));
    if (size > 16) {
      EXPECT_FALSE(std::equal(plain.begin() + kHeader, plain.end(), packet.begin() + kHeader));
    }
    const auto opened = opener_.OpenRtp(packet, kHeader);
    ASSERT_TRUE(opened) << ToString(opened.error());
    ASSERT_EQ(*opened, plain.size());
    ASSERT_TRUE(std::equal(plain.begin(), plain.end(), packet.begin()));
  }
}

TEST_P(Srtp, APrefixIsSealedAsIfItStoodInTheBody) {
  for (const std::size_t prefix_size : {1u, 2u, 5u, 15u, 16u, 17u, 40u}) {
    for (const std::size_t size : {0u, 1u, 100u, 1200u}) {
      const Packet whole = RtpPacket(9, 3, prefix_size + size);
      const Packet body(whole.begin() + static_cast<std::ptrdiff_t>(kHeader + prefix_size), whole.end());
      const Packet before = body;
      Packet out(whole.size() + RtpOverhead(profile()));
      std::copy_n(whole.begin(), kHeader, out.begin());  // the header may lie in place already
      const SealJob job{.sealer = &sealer_,
                        .ssrc = 9,
                        .index = 3,
                        .header = Bytes(out).first(kHeader),
                        .prefix = Bytes(whole).subspan(kHeader, prefix_size),
                        .body = body,
                        .out = out.data()};
      SrtpSealer::SealRtp({&job, 1});
      EXPECT_EQ(out, Seal(whole, 3));
      EXPECT_EQ(body, before);
    }
  }
}

TEST_P(Srtp, ABatchOfManyReceiversEqualsSinglePackets) {
  std::vector<SrtpSealer> sealers;
  for (std::uint64_t i = 0; i < 5; ++i) {
    sealers.emplace_back(KeyFor(static_cast<SrtpProfile>(i % kSrtpProfileCount), i), *backend_);
  }
  SrtpSealer elsewhere(KeyFor(profile(), 77), DefaultBackend());
  std::vector<Packet> plain;
  std::vector<Packet> out;
  std::vector<SealJob> jobs;
  const std::size_t count = 3 * kMaxSealBatch + 5;
  for (std::size_t i = 0; i < count; ++i) plain.push_back(RtpPacket(3, i, 40 + i * 13 % 1160));
  for (std::size_t i = 0; i < count; ++i) {
    out.emplace_back(plain[i].size() + kMaxRtpOverhead);
    const SrtpSealer* sealer = i % 6 == 5 ? &elsewhere : &sealers[i % 6];
    jobs.push_back({.sealer = sealer,
                    .ssrc = 3,
                    .index = i,
                    .header = Bytes(plain[i]).first(kHeader),
                    .body = Bytes(plain[i]).subspan(kHeader),
                    .out = out[i].data()});
  }
  SrtpSealer::SealRtp(jobs);
  for (std::size_t i = 0; i < count; ++i) {
    Packet alone(out[i].size());
    SealJob job = jobs[i];
    job.out = alone.data();
    SrtpSealer::SealRtp({&job, 1});
    EXPECT_EQ(out[i], alone) << i;
  }
}

TEST_P(Srtp, RefusesAReplayedPacket) {
  const Packet packet = SealIndex(1000);
  ASSERT_TRUE(Open(packet));
  EXPECT_EQ(Open(packet).error(), SrtpError::kReplayed);
  ASSERT_TRUE(Open(SealIndex(999)));
  EXPECT_EQ(Open(SealIndex(999)).error(), SrtpError::kReplayed);
  ASSERT_TRUE(Open(SealIndex(1000 + SrtpOpener::kRtpReplayWindow)));
  EXPECT_EQ(Open(SealIndex(998)).error(), SrtpError::kReplayed);
}

TEST_P(Srtp, RefusesEveryFlippedBitAndRemembersNothingOfIt) {
  const Packet good = SealIndex(5);
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    Packet bad = good;
    bad[byte] ^= static_cast<std::uint8_t>(1u << (byte % 8));
    EXPECT_EQ(Open(bad).error(), SrtpError::kAuthFailed) << byte;
  }
  EXPECT_EQ(opener_.stream_count(), 0u);
  EXPECT_TRUE(Open(good));
}

TEST_P(Srtp, AForgedSequenceNumberDoesNotMoveTheRolloverCounter) {
  ASSERT_TRUE(Open(SealIndex(65'530)));
  Packet forged = SealIndex(65'531);
  StoreU16(forged.data() + 2, 3);  // as if the counter had rolled over
  EXPECT_EQ(Open(forged).error(), SrtpError::kAuthFailed);
  EXPECT_TRUE(Open(SealIndex(65'531)));
  EXPECT_TRUE(Open(SealIndex(65'536 + 3)));
}

TEST_P(Srtp, FollowsTheRolloverInAnyOrder) {
  for (const std::uint64_t index : {65'533u, 65'536u, 65'534u, 65'538u, 65'535u, 65'537u}) {
    EXPECT_TRUE(Open(SealIndex(index))) << index;
  }
  for (std::uint64_t index = 65'600; index < 65'536 * 5; index += 1000) ASSERT_TRUE(Open(SealIndex(index)));
}

TEST_P(Srtp, FindsTheRolloverCounterWhenTheFirstPacketsWereLost) {
  EXPECT_TRUE(Open(SealIndex(65'536 + 2)));  // the sender began just below the wrap; nothing of that came
  EXPECT_TRUE(Open(SealIndex(65'535)));      // ... until now
  EXPECT_TRUE(Open(SealIndex(3 * 65'536 + 9, 8)));
  EXPECT_EQ(Open(SealIndex(4 * 65'536 + 9, 9)).error(), SrtpError::kAuthFailed);
}

TEST_P(Srtp, TheStreamSilentForLongestMakesRoomForANewOne) {
  const std::uint64_t past_the_first_counters = 9 * 65'536;
  for (std::uint64_t index = 1; index <= past_the_first_counters; index += 30'000) {
    ASSERT_TRUE(Open(SealIndex(index, 0)));
    ASSERT_TRUE(Open(SealIndex(index, 1)));
  }
  for (std::uint32_t ssrc = 2; ssrc < SrtpOpener::kMaxStreams; ++ssrc) ASSERT_TRUE(Open(SealIndex(1, ssrc)));
  ASSERT_TRUE(Open(SealIndex(past_the_first_counters, 0)));

  EXPECT_TRUE(Open(SealIndex(1, 5000)));
  EXPECT_EQ(opener_.stream_count(), SrtpOpener::kMaxStreams);
  EXPECT_TRUE(Open(SealIndex(past_the_first_counters + 1, 0)));
  EXPECT_EQ(Open(SealIndex(1, 0)).error(), SrtpError::kReplayed);
  // Of stream 1 nothing is known any more.
  EXPECT_EQ(Open(SealIndex(past_the_first_counters + 1, 1)).error(), SrtpError::kAuthFailed);
}

TEST_P(Srtp, AForgedPacketOfANewStreamPushesNoneOut) {
  for (std::uint32_t ssrc = 0; ssrc < SrtpOpener::kMaxStreams; ++ssrc) ASSERT_TRUE(Open(SealIndex(1, ssrc)));
  Packet forged = SealIndex(1, 5000);
  forged.back() ^= std::uint8_t{1};
  EXPECT_EQ(Open(forged).error(), SrtpError::kAuthFailed);
  EXPECT_EQ(Open(SealIndex(1, 0)).error(), SrtpError::kReplayed);
}

TEST_P(Srtp, RefusesShortPackets) {
  for (std::size_t size = 0; size < kHeader + RtpOverhead(profile()); ++size) {
    EXPECT_EQ(Open(Packet(size)).error(), SrtpError::kTooShort);
  }
  for (std::size_t size = 0; size < 8 + RtcpOverhead(profile()); ++size) {
    Packet packet(size);
    EXPECT_EQ(opener_.OpenRtcp(packet).error(), SrtpError::kTooShort);
  }
  Packet packet = SealIndex(1);
  EXPECT_EQ(opener_.OpenRtp(packet, packet.size()).error(), SrtpError::kTooShort);
}

TEST_P(Srtp, RtcpGoesThereOnceAndTamperedNever) {
  for (const std::size_t words : {2u, 3u, 8u, 100u}) {
    const Packet plain = RtcpPacket(42, words);
    const Packet sealed = SealRtcp(plain);
    for (std::size_t byte = 0; byte < sealed.size(); ++byte) {
      Packet bad = sealed;
      bad[byte] ^= 0x10;  // no index that was used already
      EXPECT_EQ(opener_.OpenRtcp(bad).error(), SrtpError::kAuthFailed);
    }
    Packet packet = sealed;
    const auto opened = opener_.OpenRtcp(packet);
    ASSERT_TRUE(opened) << ToString(opened.error());
    packet.resize(*opened);
    EXPECT_EQ(packet, plain);
    packet = sealed;
    EXPECT_EQ(opener_.OpenRtcp(packet).error(), SrtpError::kReplayed);
  }
}

TEST_P(Srtp, RtcpIsSealedInPlaceToo) {
  const Packet plain = RtcpPacket(42, 9);
  SrtpSealer twin(KeyFor(profile()), *backend_);
  Packet apart(plain.size() + RtcpOverhead(profile()));
  ASSERT_EQ(twin.SealRtcp(plain, apart), apart.size());
  Packet packet = plain;
  packet.resize(plain.size() + RtcpOverhead(profile()));
  ASSERT_EQ(sealer_.SealRtcp(Bytes(packet).first(plain.size()), packet), packet.size());
  EXPECT_EQ(packet, apart);
  EXPECT_EQ(sealer_.SealRtcp(plain, MutableBytes(packet).first(plain.size())), 0u);
  EXPECT_EQ(sealer_.SealRtcp(Bytes(plain).first(7), packet), 0u);
}

TEST_P(Srtp, BothBackendsWriteTheSameBytes) {
  const std::unique_ptr<SrtpBackend> other = MakeOpenSslBackend();
  SrtpSealer reference(KeyFor(profile()), *other);
  for (const std::size_t size : {0u, 1u, 15u, 16u, 160u, 1188u}) {
    const Packet plain = RtpPacket(1, 70'000, size);
    Packet expected(plain.size() + RtpOverhead(profile()));
    const SealJob job{.sealer = &reference,
                      .ssrc = 1,
                      .index = 70'000,
                      .header = Bytes(plain).first(kHeader),
                      .body = Bytes(plain).subspan(kHeader),
                      .out = expected.data()};
    SrtpSealer::SealRtp({&job, 1});
    EXPECT_EQ(Seal(plain, 70'000), expected);
  }
}

TEST_P(Srtp, AllocatesNothingInTheSteadyState) {
  constexpr std::size_t kBurst = 20;
  std::vector<Packet> plain;
  std::vector<Packet> out(kBurst);
  std::vector<SealJob> jobs(kBurst);
  for (std::size_t i = 0; i < kBurst; ++i) {
    plain.push_back(RtpPacket(1, i, 1100));
    out[i].resize(plain[i].size() + RtpOverhead(profile()));
  }
  Packet rtcp = RtcpPacket(1, 20);
  Packet rtcp_out(rtcp.size() + RtcpOverhead(profile()));
  std::uint64_t index = 0;
  bool all_opened = true;
  const auto burst = [&] {
    for (std::size_t i = 0; i < kBurst; ++i, ++index) {
      StoreU16(plain[i].data() + 2, static_cast<std::uint16_t>(index));
      jobs[i] = {.sealer = &sealer_,
                 .ssrc = 1,
                 .index = index,
                 .header = Bytes(plain[i]).first(kHeader),
                 .prefix = Bytes(plain[i]).subspan(kHeader, i % 3),
                 .body = Bytes(plain[i]).subspan(kHeader + i % 3),
                 .out = out[i].data()};
    }
    SrtpSealer::SealRtp(jobs);
    for (Packet& packet : out) all_opened &= opener_.OpenRtp(packet, kHeader).has_value();
    sealer_.SealRtcp(rtcp, rtcp_out);
    all_opened &= opener_.OpenRtcp(rtcp_out).has_value();
  };
  const auto count = [] { return AllocationsSoFar() + openssl_allocations; };
  ASSERT_EQ(openssl_counts, 1);
  burst();  // the stream comes into being
  EXPECT_GT(count(), 0u);
  const std::uint64_t before = count();
  for (int i = 0; i < 50; ++i) burst();
  EXPECT_EQ(count(), before);
  EXPECT_TRUE(all_opened);
}

std::string NameOf(const testing::TestParamInfo<std::tuple<SrtpProfile, Backend>>& info) {
  const std::array<const char*, kSrtpProfileCount> profiles = {"Gcm128", "Gcm256", "Cm128"};
  return std::string(profiles[static_cast<std::size_t>(std::get<0>(info.param))]) +
         (std::get<1>(info.param) == Backend::kIpsecMb ? "IpsecMb" : "OpenSsl");
}

std::vector<Backend> AvailableBackends() {
  std::vector<Backend> available = {Backend::kOpenSsl};
  if (MakeIpsecMbBackend()) available.push_back(Backend::kIpsecMb);
  return available;
}

INSTANTIATE_TEST_SUITE_P(Profiles, Srtp,
                         testing::Combine(testing::Values(SrtpProfile::kAeadAes128Gcm,
                                                          SrtpProfile::kAeadAes256Gcm,
                                                          SrtpProfile::kAesCm128HmacSha1_80),
                                          testing::ValuesIn(AvailableBackends())),
                         NameOf);

}  // namespace
}  // namespace kcs::crypto
