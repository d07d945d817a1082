#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "datagram_link.h"
#include "engine/crypto/dtls.h"
#include "openssl_peer.h"

// Our DTLS session against OpenSSL's plain client and server, in virtual time.
namespace kcs::conformance {
namespace {

using crypto::DtlsContext;
using crypto::DtlsFailure;
using crypto::DtlsRole;
using crypto::DtlsSession;
using crypto::DtlsState;
using crypto::Fingerprint;
using crypto::SrtpKey;
using crypto::SrtpProfile;

const DtlsContext& Context() {
  static const DtlsContext context(crypto::Certificate::Generate());
  return context;
}

struct Handshake {
  explicit Handshake(const OpenSslPeer::Options& options, const LinkOptions& link_options = {},
                     std::uint64_t seed = 1, std::vector<Fingerprint> fingerprints = {},
                     std::string hash = "SHA256")
      : peer(options), session(Context()), entropy(seed), link(session, peer, entropy, link_options) {
    if (fingerprints.empty()) fingerprints = {{"sha-" + hash.substr(3), peer.fingerprint(hash.c_str())}};
    session.Start(options.client ? DtlsRole::kServer : DtlsRole::kClient, fingerprints, link.now());
    if (options.client) peer.Start(link.now());
  }
  bool Run(Duration limit = 60s) {
    return link.RunUntil([&] { return connected() || peer.failed() || Ended(); }, limit) && connected();
  }
  bool connected() const { return peer.connected() && session.state() == DtlsState::kConnected; }
  bool Ended() const {
    return session.state() == DtlsState::kFailed || session.state() == DtlsState::kClosed;
  }

  OpenSslPeer peer;
  DtlsSession session;
  SeededEntropy entropy;
  DatagramLink<DtlsSession, OpenSslPeer> link;
};

void ExpectKey(const SrtpKey& key, const std::vector<std::uint8_t>& material, bool of_client) {
  const auto at = [&](std::size_t offset, std::size_t size) {
    return std::vector<std::uint8_t>(material.begin() + static_cast<std::ptrdiff_t>(offset),
                                     material.begin() + static_cast<std::ptrdiff_t>(offset + size));
  };
  const std::size_t k = key.key_size;
  const std::size_t s = key.salt_size;
  EXPECT_EQ(std::vector<std::uint8_t>(key.key.begin(), key.key.begin() + static_cast<std::ptrdiff_t>(k)),
            at(of_client ? 0 : k, k));
  EXPECT_EQ(std::vector<std::uint8_t>(key.salt.begin(), key.salt.begin() + static_cast<std::ptrdiff_t>(s)),
            at(2 * k + (of_client ? 0 : s), s));
}

struct ProfileCase {
  std::string offered;
  SrtpProfile expected;
};

class DtlsAgainstOpenSsl : public testing::TestWithParam<bool> {
 protected:
  // The parameter: the peer is the client.
  static OpenSslPeer::Options PeerOptions() {
    OpenSslPeer::Options options;
    options.client = GetParam();
    return options;
  }
};

TEST_P(DtlsAgainstOpenSsl, AgreesOnEveryProfileAndOnItsKeys) {
  const std::vector<ProfileCase> cases = {
      {"SRTP_AEAD_AES_128_GCM", SrtpProfile::kAeadAes128Gcm},
      {"SRTP_AEAD_AES_256_GCM", SrtpProfile::kAeadAes256Gcm},
      {"SRTP_AES128_CM_SHA1_80", SrtpProfile::kAesCm128HmacSha1_80},
      {"SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", SrtpProfile::kAesCm128HmacSha1_80},
  };
  for (const ProfileCase& one : cases) {
    SCOPED_TRACE(one.offered);
    OpenSslPeer::Options options = PeerOptions();
    options.srtp_profiles = one.offered;
    Handshake handshake(options);
    ASSERT_TRUE(handshake.Run());
    const auto& keys = *handshake.session.srtp_keys();
    EXPECT_EQ(keys.local.profile, one.expected);
    EXPECT_EQ(keys.remote.profile, one.expected);
    EXPECT_TRUE(handshake.peer.extended_master_secret());
    const auto material = handshake.peer.ExportKeys(2 * (keys.local.key_size + keys.local.salt_size));
    ExpectKey(keys.local, material, !options.client);
    ExpectKey(keys.remote, material, options.client);
  }
}

TEST_P(DtlsAgainstOpenSsl, OurOrderOfProfilesDecidesWhereThePeerLeavesIt) {
  OpenSslPeer::Options options = PeerOptions();
  // As server we choose, against the client's order; as client we offer GCM-128 first and the server agrees.
  options.srtp_profiles = options.client
                              ? "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM"
                              : "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";
  Handshake handshake(options);
  ASSERT_TRUE(handshake.Run());
  EXPECT_EQ(handshake.session.srtp_keys()->local.profile, SrtpProfile::kAeadAes128Gcm);
}

TEST_P(DtlsAgainstOpenSsl, FailsWithoutAProfileInCommon) {
  for (const char* offered : {"", "SRTP_AES128_CM_SHA1_32"}) {
    OpenSslPeer::Options options = PeerOptions();
    options.srtp_profiles = offered;
    Handshake handshake(options);
    EXPECT_FALSE(handshake.Run());
    EXPECT_EQ(handshake.session.failure(), DtlsFailure::kNoSrtpProfile);
    EXPECT_EQ(handshake.session.srtp_keys(), nullptr);
  }
}

TEST_P(DtlsAgainstOpenSsl, TakesAnRsaCertificateAndLongerHashes) {
  OpenSslPeer::Options options = PeerOptions();
  options.rsa = true;
  EXPECT_TRUE(Handshake(options).Run());
  EXPECT_TRUE(Handshake(options, {}, 1, {}, "SHA384").Run());
  EXPECT_TRUE(Handshake(options, {}, 1, {}, "SHA512").Run());
  Handshake sha1(options, {}, 1, {}, "SHA1");
  EXPECT_FALSE(sha1.Run());
  EXPECT_EQ(sha1.session.failure(), DtlsFailure::kBadFingerprint);
}

TEST_P(DtlsAgainstOpenSsl, RefusesAWrongFingerprint) {
  Handshake handshake(PeerOptions(), {}, 1, {{"sha-256", Context().certificate().fingerprint_sha256()}});
  EXPECT_FALSE(handshake.Run());
  EXPECT_EQ(handshake.session.state(), DtlsState::kFailed);
  EXPECT_EQ(handshake.session.failure(), DtlsFailure::kBadFingerprint);
  handshake.link.Settle();
  EXPECT_TRUE(handshake.peer.failed());  // it was told
}

TEST_P(DtlsAgainstOpenSsl, RefusesAPeerWithoutACertificate) {
  OpenSslPeer::Options options = PeerOptions();
  options.certificate = false;
  Handshake handshake(options);
  EXPECT_FALSE(handshake.Run());
  EXPECT_EQ(handshake.session.srtp_keys(), nullptr);
  EXPECT_NE(handshake.session.state(), DtlsState::kConnected);
}

TEST_P(DtlsAgainstOpenSsl, RefusesDtls10) {
  OpenSslPeer::Options options = PeerOptions();
  options.max_version = DTLS1_VERSION;
  Handshake handshake(options);
  EXPECT_FALSE(handshake.Run());
  EXPECT_EQ(handshake.session.srtp_keys(), nullptr);
}

TEST_P(DtlsAgainstOpenSsl, ConnectsOverABadWire) {
  const LinkOptions bad{.loss_percent = 30, .duplicate_percent = 20, .delay = 30ms, .jitter = 80ms};
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    OpenSslPeer::Options options = PeerOptions();
    options.hello_padding = seed % 2 == 0 ? 0 : 1250;
    Handshake handshake(options, bad, seed);
    ASSERT_TRUE(handshake.Run(30s)) << "seed " << seed << " " << ToString(handshake.session.state()) << " "
                                    << ToString(handshake.session.failure());
  }
}

TEST_P(DtlsAgainstOpenSsl, ClosingReachesThePeer) {
  Handshake handshake(PeerOptions());
  ASSERT_TRUE(handshake.Run());
  handshake.session.Close();
  handshake.link.Settle();
  EXPECT_TRUE(handshake.peer.received_close());
}

TEST_P(DtlsAgainstOpenSsl, ThePeersClosingIsAnswered) {
  Handshake handshake(PeerOptions());
  ASSERT_TRUE(handshake.Run());
  handshake.peer.Shutdown();
  handshake.link.Settle();
  EXPECT_EQ(handshake.session.state(), DtlsState::kClosed);
  EXPECT_TRUE(handshake.peer.received_close());
}

// Of every cipher we have in common: with the key that we derive ourselves.
TEST_P(DtlsAgainstOpenSsl, ClosingWorksBothWaysWhenTheHandshakeWasLetGo) {
  for (const char* cipher :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"}) {
    const bool rsa = std::string(cipher).find("RSA-") == 6;
    if (rsa && GetParam()) continue;  // our certificate is an ECDSA one
    for (const bool peer_closes : {true, false}) {
      SCOPED_TRACE(cipher);
      OpenSslPeer::Options options = PeerOptions();
      options.ciphers = cipher;
      options.rsa = rsa;
      Handshake handshake(options);
      ASSERT_TRUE(handshake.Run());
      ASSERT_EQ(handshake.peer.cipher(), cipher);
      handshake.link.Settle(DtlsSession::kLastFlightKept + 1s);
      ASSERT_EQ(handshake.session.NextDeadline(), kNever);
      if (peer_closes) {
        handshake.peer.Shutdown();
      } else {
        handshake.session.Close();
      }
      handshake.link.Settle();
      EXPECT_EQ(handshake.session.state(), DtlsState::kClosed);
      EXPECT_EQ(handshake.session.failure(), DtlsFailure::kNone);
      EXPECT_TRUE(handshake.peer.received_close());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Roles, DtlsAgainstOpenSsl, testing::Bool(),
                         [](const auto& test) { return test.param ? "PeerIsClient" : "PeerIsServer"; });

TEST(DtlsAgainstOpenSslClient, ReassemblesAClientHelloInSeveralDatagramsInAnyOrder) {
  OpenSslPeer::Options options;
  options.hello_padding = 2500;
  OpenSslPeer peer(options);
  DtlsSession session(Context());
  SeededEntropy entropy(1);
  DatagramLink link(session, peer, entropy);
  session.Start(DtlsRole::kServer, {{"sha-256", peer.fingerprint()}}, link.now());
  peer.Start(link.now());
  auto hello = peer.TakeOutgoing();
  ASSERT_EQ(hello.size(), 3u);
  std::swap(hello[0], hello[2]);
  for (const auto& datagram : hello) {
    session.OnDatagram(datagram, link.now());
    session.OnDatagram(datagram, link.now());
  }
  // Three flights of 20 ms are left; no retransmission is needed.
  EXPECT_TRUE(
      link.RunUntil([&] { return session.state() == DtlsState::kConnected && peer.connected(); }, 60ms));
}

TEST(DtlsAgainstOurselves, ConnectsOverABadWire) {
  const LinkOptions bad{.loss_percent = 30, .duplicate_percent = 20, .delay = 30ms, .jitter = 80ms};
  const DtlsContext other(crypto::Certificate::Generate());
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    DtlsSession client(Context());
    DtlsSession server(other);
    SeededEntropy entropy(seed);
    DatagramLink link(client, server, entropy, bad);
    server.Start(DtlsRole::kServer, {{"sha-256", Context().certificate().fingerprint_sha256()}}, link.now());
    client.Start(DtlsRole::kClient, {{"sha-256", other.certificate().fingerprint_sha256()}}, link.now());
    ASSERT_TRUE(link.RunUntil(
        [&] { return client.state() == DtlsState::kConnected && server.state() == DtlsState::kConnected; },
        30s))
        << "seed " << seed;
  }
}

TEST(DtlsAgainstOurselves, RunsTheSameInVirtualTimeEveryTime) {
  const LinkOptions bad{.loss_percent = 40, .duplicate_percent = 10, .delay = 30ms, .jitter = 20ms};
  const auto run = [&](std::uint64_t seed) {
    DtlsSession client(Context());
    DtlsSession server(Context());
    SeededEntropy entropy(seed);
    DatagramLink link(client, server, entropy, bad);
    const std::vector<Fingerprint> ours = {{"sha-256", Context().certificate().fingerprint_sha256()}};
    server.Start(DtlsRole::kServer, ours, link.now());
    client.Start(DtlsRole::kClient, ours, link.now());
    link.RunUntil(
        [&] { return client.state() == DtlsState::kConnected && server.state() == DtlsState::kConnected; },
        30s);
    return link.now();
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(run(seed), run(seed));
}

}  // namespace
}  // namespace kcs::conformance
