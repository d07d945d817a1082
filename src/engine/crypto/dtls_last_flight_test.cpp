#include <gtest/gtest.h>

#include "base/entropy.h"
#include "engine/crypto/testing/dtls_pair.h"

// A session after its handshake: as long as the last flight is kept, and when it is let go.
namespace kcs::crypto {
namespace {

using testing::FingerprintOf;
using testing::kStart;

using Datagram = std::vector<std::uint8_t>;

class DtlsLastFlight : public testing::DtlsPair {
 protected:
  static constexpr Timestamp kLater = kStart + DtlsSession::kLastFlightKept;

  void Connect() {
    StartBoth();
    Exchange();
    ASSERT_EQ(client_.state(), DtlsState::kConnected);
    ASSERT_EQ(server_.state(), DtlsState::kConnected);
  }
  // The server has answered the client's last flight, and the answer is lost. Returns that flight.
  std::vector<Datagram> LoseTheLastFlight() {
    StartBoth();
    for (auto& d : client_.TakeOutgoing()) server_.OnDatagram(d, kStart);
    for (auto& d : server_.TakeOutgoing()) client_.OnDatagram(d, kStart);
    auto flight = client_.TakeOutgoing();
    for (auto& d : flight) server_.OnDatagram(d, kStart);
    EXPECT_FALSE(server_.TakeOutgoing().empty());
    EXPECT_EQ(server_.state(), DtlsState::kConnected);
    return flight;
  }
  void LetGo() {
    client_.OnTimeout(kLater);
    server_.OnTimeout(kLater);
    EXPECT_EQ(client_.NextDeadline(), kNever);
    EXPECT_EQ(server_.NextDeadline(), kNever);
    EXPECT_TRUE(client_.TakeOutgoing().empty());
    EXPECT_TRUE(server_.TakeOutgoing().empty());
  }
  // What the client says when it closes.
  Datagram ClientsAlert() {
    client_.Close();
    auto said = client_.TakeOutgoing();
    EXPECT_EQ(said.size(), 1U);
    return said.at(0);
  }
};

TEST_F(DtlsLastFlight, IsRepeatedAsLongAsItIsKept) {
  ASSERT_FALSE(LoseTheLastFlight().empty());
  server_.OnTimeout(kLater - 1us);
  client_.OnTimeout(client_.NextDeadline());
  Exchange(kLater - 1us);
  EXPECT_EQ(client_.state(), DtlsState::kConnected);
}

TEST_F(DtlsLastFlight, IsKeptAgainForAPeerThatAskedForIt) {
  const auto flight = LoseTheLastFlight();
  EXPECT_EQ(server_.NextDeadline(), kLater);
  for (auto& d : flight) server_.OnDatagram(d, kStart + 20s);
  EXPECT_EQ(server_.NextDeadline(), kLater + 20s);
}

TEST_F(DtlsLastFlight, IsNotRepeatedWhenItWasLetGoAndNothingElseHappens) {
  const auto flight = LoseTheLastFlight();
  server_.OnTimeout(kLater);
  const SrtpKey key = server_.srtp_keys()->local;
  for (auto& d : flight) EXPECT_FALSE(server_.OnDatagram(d, kLater));
  EXPECT_TRUE(server_.TakeOutgoing().empty());
  EXPECT_EQ(server_.state(), DtlsState::kConnected);
  EXPECT_EQ(server_.srtp_keys()->local.key, key.key);
  EXPECT_EQ(server_.NextDeadline(), kNever);
}

TEST_F(DtlsLastFlight, IsLetGoAndThePeersEndIsHeardAndAnsweredAllTheSame) {
  Connect();
  server_.OnTimeout(kLater);
  EXPECT_TRUE(server_.OnDatagram(ClientsAlert(), kLater + 1h));
  EXPECT_EQ(server_.state(), DtlsState::kClosed);
  EXPECT_EQ(server_.failure(), DtlsFailure::kNone);
  EXPECT_EQ(server_.TakeOutgoing().size(), 1U);
  server_.Close();
  EXPECT_TRUE(server_.TakeOutgoing().empty());
}

TEST_F(DtlsLastFlight, IsLetGoAndOurEndIsToldAllTheSame) {
  Connect();
  server_.OnTimeout(kLater);
  server_.Close();
  EXPECT_EQ(server_.state(), DtlsState::kClosed);
  auto said = server_.TakeOutgoing();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(client_.OnDatagram(said[0], kLater));
  EXPECT_EQ(client_.state(), DtlsState::kClosed);
  EXPECT_EQ(client_.failure(), DtlsFailure::kNone);
}

TEST_F(DtlsLastFlight, IsLetGoByBothRolesAndTheyStillUnderstandEachOther) {
  Connect();
  LetGo();
  server_.Close();
  Exchange(kLater);
  EXPECT_EQ(client_.state(), DtlsState::kClosed);
}

TEST_F(DtlsLastFlight, AnEndBehindOtherRecordsOfADatagramIsHeard) {
  Connect();
  LetGo();
  Datagram datagram = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 3, 1, 2, 3};
  const Datagram alert = ClientsAlert();
  datagram.insert(datagram.end(), alert.begin(), alert.end());
  EXPECT_TRUE(server_.OnDatagram(datagram, kLater));
  EXPECT_EQ(server_.state(), DtlsState::kClosed);
}

TEST_F(DtlsLastFlight, AForgedEndIsRefusedWhereverItDiffers) {
  Connect();
  LetGo();
  const Datagram alert = ClientsAlert();
  for (std::size_t at = 0; at < alert.size(); ++at) {
    for (const int bit : {0x01, 0x80}) {
      Datagram forged = alert;
      forged[at] = static_cast<std::uint8_t>(forged[at] ^ bit);
      EXPECT_FALSE(server_.OnDatagram(forged, kLater)) << "byte " << at;
      ASSERT_EQ(server_.state(), DtlsState::kConnected) << "byte " << at;
    }
    EXPECT_FALSE(server_.OnDatagram(Bytes(alert).first(at), kLater)) << at << " bytes";
  }
  EXPECT_TRUE(server_.OnDatagram(alert, kLater));
}

TEST_F(DtlsLastFlight, GarbageAfterwardsIsRefused) {
  Connect();
  LetGo();
  SeededEntropy entropy(7);
  for (std::size_t i = 0; i < 20'000; ++i) {
    Datagram garbage(entropy.Below(i % 100 == 0 ? 1400 : 60));
    entropy.Fill(garbage);
    if (garbage.size() >= 13 && i % 2 == 0) {  // so that it looks like an alert of the right epoch
      const auto rest = static_cast<std::uint8_t>(garbage.size() - 13);
      const Datagram header = {21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, rest};
      std::ranges::copy(header, garbage.begin());
    }
    EXPECT_FALSE(server_.OnDatagram(garbage, kLater));
  }
  EXPECT_EQ(server_.state(), DtlsState::kConnected);
  EXPECT_TRUE(server_.TakeOutgoing().empty());
}

TEST_F(DtlsLastFlight, OfAnotherSessionSaysNothing) {
  Connect();
  LetGo();
  DtlsSession other(client_context_);
  DtlsSession others_server(server_context_);
  std::swap(client_, other);
  std::swap(server_, others_server);
  Connect();
  LetGo();
  EXPECT_FALSE(others_server.OnDatagram(ClientsAlert(), kLater));
  EXPECT_EQ(others_server.state(), DtlsState::kConnected);
}

}  // namespace
}  // namespace kcs::crypto
