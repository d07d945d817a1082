#include <gtest/gtest.h>

#include "base/entropy.h"
#include "engine/crypto/testing/dtls_pair.h"

namespace kcs::crypto {
namespace {

using testing::DtlsPair;
using testing::FingerprintOf;
using testing::kStart;

TEST_F(DtlsPair, AgreesOnTheOnlyProfileThatOneOfThemOffers) {
  const DtlsContext picky(Certificate::Generate(), SrtpProfile::kAeadAes256Gcm);
  client_ = DtlsSession(picky);
  server_.Start(DtlsRole::kServer, FingerprintOf(picky), kStart);
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  Exchange();
  ASSERT_EQ(server_.state(), DtlsState::kConnected);
  EXPECT_EQ(server_.srtp_keys()->local.profile, SrtpProfile::kAeadAes256Gcm);
  EXPECT_EQ(client_.srtp_keys()->local.profile, SrtpProfile::kAeadAes256Gcm);
}

TEST_F(DtlsPair, ConnectsAndDerivesTheSameKeysCrosswise) {
  StartBoth();
  EXPECT_EQ(client_.state(), DtlsState::kConnecting);
  EXPECT_EQ(client_.srtp_keys(), nullptr);
  Exchange();
  ASSERT_EQ(client_.state(), DtlsState::kConnected);
  ASSERT_EQ(server_.state(), DtlsState::kConnected);
  const SrtpKeys& c = *client_.srtp_keys();
  const SrtpKeys& s = *server_.srtp_keys();
  EXPECT_EQ(c.local.profile, SrtpProfile::kAeadAes128Gcm);
  EXPECT_EQ(c.local.key_size, 16u);
  EXPECT_EQ(c.local.salt_size, 12u);
  EXPECT_EQ(c.local.key, s.remote.key);
  EXPECT_EQ(c.local.salt, s.remote.salt);
  EXPECT_EQ(c.remote.key, s.local.key);
  EXPECT_EQ(c.remote.salt, s.local.salt);
  EXPECT_NE(c.local.key, c.remote.key);
  EXPECT_EQ(client_.NextDeadline(), kStart + DtlsSession::kLastFlightKept);
  EXPECT_EQ(server_.NextDeadline(), kStart + DtlsSession::kLastFlightKept);
}

TEST_F(DtlsPair, OneMatchingFingerprintOfSeveralIsEnoughAndCaseDoesNotCount) {
  std::string lower = client_context_.certificate().fingerprint_sha256();
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  server_.Start(DtlsRole::kServer, {{"sha-1", "AA:BB"}, {"sha-512", "00"}, {"SHA-256", lower}}, kStart);
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  Exchange();
  EXPECT_EQ(server_.state(), DtlsState::kConnected);
}

TEST_F(DtlsPair, AServerRefusesACertificateThatWasNotSignalled) {
  server_.Start(DtlsRole::kServer, FingerprintOf(server_context_), kStart);
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  Exchange();
  EXPECT_EQ(server_.state(), DtlsState::kFailed);
  EXPECT_EQ(server_.failure(), DtlsFailure::kBadFingerprint);
  EXPECT_EQ(server_.srtp_keys(), nullptr);
  EXPECT_EQ(client_.state(), DtlsState::kFailed);
  EXPECT_EQ(client_.failure(), DtlsFailure::kAlert);
  EXPECT_EQ(client_.srtp_keys(), nullptr);
}

TEST_F(DtlsPair, AClientRefusesACertificateThatWasNotSignalled) {
  server_.Start(DtlsRole::kServer, FingerprintOf(client_context_), kStart);
  client_.Start(DtlsRole::kClient, FingerprintOf(client_context_), kStart);
  Exchange();
  EXPECT_EQ(client_.failure(), DtlsFailure::kBadFingerprint);
  EXPECT_EQ(server_.failure(), DtlsFailure::kAlert);
  EXPECT_EQ(server_.srtp_keys(), nullptr);
}

TEST_F(DtlsPair, NoFingerprintMatchesNobody) {
  server_.Start(DtlsRole::kServer, {}, kStart);
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  Exchange();
  EXPECT_EQ(server_.failure(), DtlsFailure::kBadFingerprint);
}

TEST_F(DtlsPair, CloseTellsTheOtherSide) {
  StartBoth();
  Exchange();
  client_.Close();
  EXPECT_EQ(client_.state(), DtlsState::kClosed);
  Exchange();
  EXPECT_EQ(server_.state(), DtlsState::kClosed);
  EXPECT_EQ(server_.failure(), DtlsFailure::kNone);
  server_.Close();
  EXPECT_TRUE(server_.TakeOutgoing().empty());
}

TEST_F(DtlsPair, APeerClosesAnIdleSessionLongAfterwards) {
  StartBoth();
  Exchange();
  for (std::uint8_t length = 0; length < 40; ++length) {
    std::vector<std::uint8_t> junk = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, length};
    junk.resize(junk.size() + length, 7);
    EXPECT_TRUE(server_.OnDatagram(junk, kStart + 1h));
    ASSERT_EQ(server_.state(), DtlsState::kConnected) << "a record of " << int{length};
  }
  server_.Close();
  server_.Close();
  Exchange(kStart + 2h);
  EXPECT_EQ(client_.state(), DtlsState::kClosed);
}

TEST_F(DtlsPair, TheFirstFlightIsRepeatedInVirtualTimeWithDoublingIntervals) {
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  EXPECT_EQ(client_.TakeOutgoing().size(), 1u);
  Timestamp now = kStart;
  Duration expected = DtlsSession::kFirstRetransmission;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(client_.NextDeadline() - now, expected);
    client_.OnTimeout(client_.NextDeadline() - 1us);
    EXPECT_TRUE(client_.TakeOutgoing().empty());
    now = client_.NextDeadline();
    client_.OnTimeout(now);
    EXPECT_EQ(client_.TakeOutgoing().size(), 1u);
    expected = std::min(2 * expected, DtlsSession::kLastRetransmission);
  }
}

TEST_F(DtlsPair, AClientThatHearsNothingFailsWithinTheHandshakeTimeout) {
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  std::size_t sent = client_.TakeOutgoing().size();
  while (client_.NextDeadline() != kNever) {
    client_.OnTimeout(client_.NextDeadline());
    sent += client_.TakeOutgoing().size();
  }
  EXPECT_EQ(client_.state(), DtlsState::kFailed);
  EXPECT_EQ(client_.failure(), DtlsFailure::kTimeout);
  EXPECT_GT(sent, 8u);
  EXPECT_LT(sent, 20u);
}

TEST_F(DtlsPair, AServerWaitsForTheFirstFlightWithoutALimitAndThenGivesUp) {
  server_.Start(DtlsRole::kServer, FingerprintOf(client_context_), kStart);
  EXPECT_EQ(server_.NextDeadline(), kNever);
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  const Timestamp heard = kStart + 600s;
  for (auto& datagram : client_.TakeOutgoing()) server_.OnDatagram(datagram, heard);
  Timestamp last = heard;
  while (server_.NextDeadline() != kNever) server_.OnTimeout(last = server_.NextDeadline());
  EXPECT_EQ(server_.failure(), DtlsFailure::kTimeout);
  EXPECT_GT(last - heard, 20s);
  EXPECT_LE(last - heard, DtlsSession::kHandshakeTimeout);
}

TEST_F(DtlsPair, LostFlightsAreRecoveredByOurClock) {
  StartBoth();
  for (int lost = 0; lost < 2; ++lost) {  // the ClientHello, then the server's answer to the third
    ASSERT_EQ(client_.TakeOutgoing().size(), 1u);
    client_.OnTimeout(client_.NextDeadline());
  }
  for (auto& datagram : client_.TakeOutgoing()) server_.OnDatagram(datagram, kStart + 1s);
  ASSERT_FALSE(server_.TakeOutgoing().empty());
  EXPECT_EQ(server_.NextDeadline(), kStart + 1s + DtlsSession::kFirstRetransmission);
  server_.OnTimeout(server_.NextDeadline());
  Exchange(kStart + 2s);
  EXPECT_EQ(client_.state(), DtlsState::kConnected);
  EXPECT_EQ(server_.state(), DtlsState::kConnected);
}

TEST_F(DtlsPair, ARepeatedFlightIsOneDatagram) {
  StartBoth();
  for (auto& datagram : client_.TakeOutgoing()) server_.OnDatagram(datagram, kStart);
  EXPECT_EQ(server_.TakeOutgoing().size(), 1u);
  server_.OnTimeout(server_.NextDeadline());
  EXPECT_EQ(server_.TakeOutgoing().size(), 1u);
}

TEST_F(DtlsPair, ALostLastFlightIsRepeatedByAConnectedServer) {
  StartBoth();
  for (auto& d : client_.TakeOutgoing()) server_.OnDatagram(d, kStart);
  for (auto& d : server_.TakeOutgoing()) client_.OnDatagram(d, kStart);
  for (auto& d : client_.TakeOutgoing()) server_.OnDatagram(d, kStart);
  ASSERT_EQ(server_.state(), DtlsState::kConnected);
  ASSERT_FALSE(server_.TakeOutgoing().empty());  // lost
  ASSERT_EQ(client_.state(), DtlsState::kConnecting);
  client_.OnTimeout(client_.NextDeadline());
  Exchange();
  EXPECT_EQ(client_.state(), DtlsState::kConnected);
}

TEST_F(DtlsPair, DuplicatedAndReversedDatagramsDoNoHarm) {
  StartBoth();
  for (int round = 0; round < 20; ++round) {
    auto up = client_.TakeOutgoing();
    for (auto d = up.rbegin(); d != up.rend(); ++d) {
      server_.OnDatagram(*d, kStart);
      server_.OnDatagram(*d, kStart);
    }
    auto down = server_.TakeOutgoing();
    for (auto d = down.rbegin(); d != down.rend(); ++d) {
      client_.OnDatagram(*d, kStart);
      client_.OnDatagram(*d, kStart);
    }
  }
  EXPECT_EQ(client_.state(), DtlsState::kConnected);
  EXPECT_EQ(server_.state(), DtlsState::kConnected);
}

TEST_F(DtlsPair, GarbageBetweenFlightsIsSurvivedSilently) {
  SeededEntropy entropy(7);
  const auto pester = [&](DtlsSession& session) {
    for (int i = 0; i < 200; ++i) {
      std::vector<std::uint8_t> garbage(entropy.Below(1400));
      entropy.Fill(garbage);
      if (!garbage.empty() && i % 2 == 0) garbage[0] = static_cast<std::uint8_t>(20 + entropy.Below(44));
      session.OnDatagram(garbage, kStart);
    }
  };
  StartBoth();
  for (int round = 0; round < 4; ++round) {
    pester(client_);
    pester(server_);
    for (auto& d : client_.TakeOutgoing()) server_.OnDatagram(d, kStart);
    pester(server_);
    for (auto& d : server_.TakeOutgoing()) client_.OnDatagram(d, kStart);
  }
  EXPECT_EQ(client_.state(), DtlsState::kConnected);
  EXPECT_EQ(server_.state(), DtlsState::kConnected);
  EXPECT_TRUE(server_.TakeOutgoing().empty());
}

TEST_F(DtlsPair, DatagramsBeforeTheStartAndAfterTheEndAreRefused) {
  client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  const auto hello = client_.TakeOutgoing();
  ASSERT_EQ(hello.size(), 1u);
  EXPECT_FALSE(server_.OnDatagram(hello[0], kStart));
  server_.Close();
  EXPECT_EQ(server_.state(), DtlsState::kClosed);
  EXPECT_FALSE(server_.OnDatagram(hello[0], kStart));
}

TEST_F(DtlsPair, SurvivesBeingMoved) {
  StartBoth();
  DtlsSession moved = std::move(client_);
  client_ = std::move(moved);
  Exchange();
  EXPECT_EQ(client_.state(), DtlsState::kConnected);
}

}  // namespace
}  // namespace kcs::crypto
