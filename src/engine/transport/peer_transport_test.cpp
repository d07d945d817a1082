#include "engine/transport/peer_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "engine/transport/testing/test_peer.h"
#include "engine/wire/datagram_kind.h"
#include "engine/wire/rtp_writer.h"

namespace kcs::transport {
namespace {

using crypto::DtlsState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointee;
using ::testing::SizeIs;
using testing::TestPeer;
using wire::DropReason;

const Tuple kHome{SocketAddress::V4(192, 0, 2, 1, 5000), 0, Protocol::kUdp};
const Tuple kAway{SocketAddress::V4(198, 51, 100, 9, 6000), 0, Protocol::kUdp};
const Tuple kStranger{SocketAddress::V4(203, 0, 113, 66, 7000), 0, Protocol::kUdp};

std::vector<std::uint8_t> Rtp(std::uint32_t ssrc, std::uint16_t sequence_number, std::string_view payload) {
  std::vector<std::uint8_t> packet(12);
  packet[0] = 0x80;
  packet[1] = 111;
  StoreU16(&packet[2], sequence_number);
  StoreU32(&packet[8], ssrc);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

// An empty receiver report.
std::vector<std::uint8_t> Rtcp() { return {0x80, 201, 0, 1, 0, 0, 0, 42}; }

// A server transport and a peer, joined by a network without delay in virtual time.
class PeerTransportTest : public ::testing::Test {
 protected:
  explicit PeerTransportTest(crypto::DtlsRole peer_role = crypto::DtlsRole::kClient)
      : peer(peer_context, entropy, peer_role) {}

  static std::vector<crypto::Fingerprint> FingerprintOf(const crypto::DtlsContext& context) {
    return {{"sha-256", context.certificate().fingerprint_sha256()}};
  }
  void StartPeer(std::vector<Tuple> paths = {kHome}) {
    peer.Connect(server.local_ice(), std::move(paths), FingerprintOf(server_context), now);
  }
  auto ConnectServer(RemoteDtlsRole role = RemoteDtlsRole::kAuto) {
    return server.Connect(role, FingerprintOf(peer_context), now, out);
  }

  void Deliver(const Tuple& tuple, std::vector<std::uint8_t> bytes) {
    std::optional<DropReason> drop;
    switch (wire::Classify(bytes)) {
      case wire::DatagramKind::kStun: {
        const auto message = wire::StunMessage::Parse(bytes);
        ASSERT_TRUE(message.has_value());
        const StunResult result = server.OnStun(bytes, *message, tuple, now, out);
        drop = result.drop;
        if (result.tuples.added) added.push_back(*result.tuples.added);
        break;
      }
      case wire::DatagramKind::kDtls:
        drop = server.OnDtls(bytes, tuple, now, out);
        break;
      default: {
        const bool rtcp = wire::Classify(bytes) == wire::DatagramKind::kRtcp;
        const auto opened = rtcp ? server.OpenRtcp(bytes) : server.OpenRtp(bytes);
        if (opened) {
          media.emplace_back(opened->begin(), opened->end());
        } else {
          drop = opened.error();
        }
      }
    }
    if (drop) drops.push_back(*drop);
  }

  // Passes datagrams to and fro until there are none.
  void Exchange() {
    for (int round = 0; round < 50; ++round) {
      const auto to_server = peer.TakeOutgoing();
      if (to_server.empty() && out.empty()) return;
      for (const auto& datagram : to_server) {
        if (!lost || !lost(datagram.tuple, datagram.bytes)) Deliver(datagram.tuple, datagram.bytes);
      }
      Outbox to_peer(1 << 20, 1000);
      std::swap(to_peer, out);
      for (const EgressDatagram& d : to_peer.datagrams()) {
        const Bytes bytes = to_peer.bytes(d);
        if (!lost || !lost(d.tuple, bytes)) peer.OnDatagram(d.tuple, bytes, now);
      }
    }
    FAIL() << "the two never come to rest";
  }

  void RunUntil(Timestamp end) {
    Exchange();
    for (;;) {
      const Timestamp next = std::min(server.NextDeadline(), peer.NextDeadline());
      if (next > end) break;
      now = std::max(now, next);
      if (server.NextDeadline() <= now) {
        for (const Tuple& tuple : server.OnTimeout(now, out).removed) removed.push_back(tuple);
      }
      if (peer.NextDeadline() <= now) peer.Tick(now);
      Exchange();
    }
    now = end;
  }
  void RunFor(Duration time) { RunUntil(now + time); }

  bool Connected() const {
    return server.dtls_state() == DtlsState::kConnected && server.sealer() != nullptr && peer.connected();
  }

  Timestamp now{1000s};
  SeededEntropy entropy{7};
  crypto::DtlsContext server_context{crypto::Certificate::Generate()};
  crypto::DtlsContext peer_context{crypto::Certificate::Generate()};
  Outbox out{1 << 20, 1000};
  PeerTransport server{server_context, entropy};
  TestPeer peer;
  std::function<bool(const Tuple&, Bytes)> lost;
  std::vector<DropReason> drops;
  std::vector<Tuple> added;
  std::vector<Tuple> removed;
  std::vector<std::vector<std::uint8_t>> media;
};

TEST_F(PeerTransportTest, ConnectsAndCarriesMediaBothWays) {
  EXPECT_TRUE(ConnectServer().has_value());
  EXPECT_EQ(server.dtls_state(), DtlsState::kConnecting);
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  EXPECT_EQ(server.ice_state(), IceState::kCompleted);
  EXPECT_THAT(server.selected_tuple(), Pointee(kHome));
  EXPECT_THAT(added, ElementsAre(kHome));

  EXPECT_TRUE(peer.SendRtp(Rtp(1, 100, "voice")));
  EXPECT_TRUE(peer.SendRtcp(Rtcp()));
  EXPECT_TRUE(server.SendRtcp(Rtcp(), out));
  Exchange();
  EXPECT_THAT(media, ElementsAre(Rtp(1, 100, "voice"), Rtcp()));
  const auto received = peer.TakeReceived();
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_TRUE(received[0].rtcp);
  EXPECT_EQ(received[0].bytes, Rtcp());
  EXPECT_THAT(drops, IsEmpty());
}

TEST_F(PeerTransportTest, SealerMakesRtpThatThePeerOpens) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  const auto packet = Rtp(9, 5, "picture");
  crypto::SealJob job;
  job.sealer = server.sealer();
  job.ssrc = 9;
  job.index = 5;
  job.header = Bytes(packet).first(12);
  job.body = Bytes(packet).subspan(12);
  job.out = out.Reserve(crypto::SrtpSealer::SealedSize(job));
  crypto::SrtpSealer::SealRtp({&job, 1});
  out.Commit(*server.selected_tuple(), crypto::SrtpSealer::SealedSize(job));
  Exchange();
  const auto received = peer.TakeReceived();
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].bytes, packet);
}

TEST_F(PeerTransportTest, FingerprintMayComeAfterTheFirstFlight) {
  StartPeer();
  Exchange();
  EXPECT_TRUE(peer.ice_connected());
  EXPECT_EQ(server.dtls_state(), DtlsState::kNew);
  ASSERT_TRUE(ConnectServer().has_value());
  EXPECT_FALSE(out.empty());  // the kept ClientHello is answered at once
  Exchange();
  EXPECT_TRUE(Connected());
  EXPECT_THAT(drops, IsEmpty());
}

TEST_F(PeerTransportTest, KeepsABoundedNumberOfEarlyDatagrams) {
  StartPeer();
  Exchange();
  // The peer retransmits its first flight; what is too much is dropped and does not hurt.
  RunFor(20s);
  EXPECT_THAT(drops, ::testing::Each(DropReason::kDtlsNotStarted));
  EXPECT_FALSE(drops.empty());
  ASSERT_TRUE(ConnectServer().has_value());
  RunFor(5s);
  EXPECT_TRUE(Connected());
}

TEST_F(PeerTransportTest, NothingButStunCountsFromAnAddressThatIceHasNotValidated) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  lost = [&](const Tuple& tuple, Bytes bytes) {
    if (wire::Classify(bytes) != wire::DatagramKind::kDtls || server.dtls_state() == DtlsState::kConnected)
      return false;
    // Somebody sees the ClientHello and is faster.
    std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    EXPECT_EQ(server.OnDtls(copy, kStranger, now, out), DropReason::kTupleNotValidated)
        << tuple.remote.ToString();
    return false;
  };
  RunFor(1s);
  EXPECT_TRUE(Connected());
  EXPECT_FALSE(server.IsValidTuple(kStranger));
}

TEST_F(PeerTransportTest, HandshakeSurvivesLoss) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  lost = [&](const Tuple&, Bytes) { return entropy.Below(3) == 0; };
  RunFor(10s);
  EXPECT_TRUE(Connected());
}

TEST_F(PeerTransportTest, WrongFingerprintFailsAndGivesNoKeys) {
  const crypto::DtlsContext somebody(crypto::Certificate::Generate());
  ASSERT_TRUE(server.Connect(RemoteDtlsRole::kClient, FingerprintOf(somebody), now, out).has_value());
  StartPeer();
  RunFor(1s);
  EXPECT_EQ(server.dtls_state(), DtlsState::kFailed);
  EXPECT_EQ(server.dtls_failure(), crypto::DtlsFailure::kBadFingerprint);
  EXPECT_EQ(server.sealer(), nullptr);
  EXPECT_FALSE(server.SendRtcp(Rtcp(), out));
  auto packet = Rtp(1, 1, "x");
  EXPECT_EQ(server.OpenRtp(packet).error(), DropReason::kSrtpNoKeys);
}

TEST_F(PeerTransportTest, ConnectHappensOnceAndNeedsAFingerprint) {
  EXPECT_EQ(server.Connect(RemoteDtlsRole::kAuto, {}, now, out).error(), ConnectError::kNoFingerprint);
  EXPECT_TRUE(ConnectServer().has_value());
  EXPECT_EQ(ConnectServer().error(), ConnectError::kAlreadyConnected);
  server.Close(now, out);
  EXPECT_EQ(ConnectServer().error(), ConnectError::kClosed);
}

TEST_F(PeerTransportTest, TamperedAndReplayedMediaIsDropped) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  peer.SendRtp(Rtp(1, 100, "voice"));
  const auto sent = peer.TakeOutgoing();
  ASSERT_THAT(sent, SizeIs(1));
  auto tampered = sent[0].bytes;
  tampered.back() ^= 1;
  Deliver(kHome, tampered);
  Deliver(kHome, sent[0].bytes);
  Deliver(kHome, sent[0].bytes);
  Deliver(kHome, {0x80, 111});
  Deliver(kHome, {0x80, 201, 0, 1});
  EXPECT_THAT(media, SizeIs(1));
  EXPECT_THAT(drops, ElementsAre(DropReason::kSrtpAuthFailed, DropReason::kSrtpReplayed,
                                 DropReason::kRtpMalformed, DropReason::kRtcpMalformed));
}

TEST_F(PeerTransportTest, PeerThatHangsUpIsClosed) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  EXPECT_TRUE(server.TakeStateChanged());
  EXPECT_FALSE(server.TakeStateChanged());
  peer.Close(now);
  Exchange();
  EXPECT_EQ(server.dtls_state(), DtlsState::kClosed);
  EXPECT_EQ(server.sealer(), nullptr);
  EXPECT_TRUE(server.TakeStateChanged());
}

TEST_F(PeerTransportTest, MediaRestartsAndThePeersEndNeedNoHandshakeState) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(crypto::DtlsSession::kLastFlightKept + 5s);
  ASSERT_TRUE(Connected());
  const crypto::SrtpSealer* keys = server.sealer();

  // An association that could no longer be asked for its last flight is asked for it.
  Deliver(kHome, {22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 3, 1, 2, 3});
  Deliver(kHome, {21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2, 1, 0});
  EXPECT_THAT(drops, ElementsAre(DropReason::kDtlsMalformed, DropReason::kDtlsMalformed));

  std::vector<std::string> retired;
  peer.RestartIce(server.RestartIce(entropy, retired), now);
  RunFor(5s);
  ASSERT_TRUE(Connected());
  EXPECT_EQ(server.sealer(), keys);
  peer.SendRtp(Rtp(1, 100, "voice"));
  Exchange();
  EXPECT_THAT(media, SizeIs(1));

  peer.Close(now);
  Exchange();
  EXPECT_EQ(server.dtls_state(), DtlsState::kClosed);
  EXPECT_EQ(server.sealer(), nullptr);
}

TEST_F(PeerTransportTest, CloseTellsThePeer) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  server.Close(now, out);
  EXPECT_EQ(server.dtls_state(), DtlsState::kClosed);
  EXPECT_EQ(server.NextDeadline(), kNever);
  Exchange();
  EXPECT_EQ(peer.dtls_state(), DtlsState::kClosed);
  RunFor(3s);  // checks of the peer that does not know yet
  EXPECT_THAT(drops, ::testing::Each(DropReason::kTransportClosed));
}

TEST_F(PeerTransportTest, PeerThatMovesKeepsItsKeys) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  const crypto::SrtpSealer* sealer = server.sealer();
  peer.SetPaths({kAway}, now);
  RunFor(1s);
  EXPECT_THAT(server.selected_tuple(), Pointee(kAway));
  EXPECT_EQ(server.sealer(), sealer);
  EXPECT_TRUE(server.SendRtcp(Rtcp(), out));
  EXPECT_EQ(out.datagrams()[0].tuple, kAway);
  Exchange();
  EXPECT_THAT(peer.TakeReceived(), SizeIs(1));
  RunFor(30s);
  EXPECT_THAT(removed, ElementsAre(kHome));
}

TEST_F(PeerTransportTest, PeerThatIsCutOffIsDisconnectedAndComesBack) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(Connected());
  lost = [](const Tuple&, Bytes) { return true; };
  RunFor(31s);
  EXPECT_EQ(server.ice_state(), IceState::kDisconnected);
  EXPECT_EQ(server.dtls_state(), DtlsState::kConnected);
  EXPECT_EQ(server.selected_tuple(), nullptr);
  EXPECT_FALSE(server.SendRtcp(Rtcp(), out));
  EXPECT_THAT(removed, ElementsAre(kHome));
  lost = nullptr;
  RunFor(5s);
  EXPECT_EQ(server.ice_state(), IceState::kCompleted);
  EXPECT_TRUE(server.SendRtcp(Rtcp(), out));
}

TEST_F(PeerTransportTest, IceRestartKeepsMediaFlowing) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  std::vector<std::string> retired;
  const std::string old_ufrag = server.local_ice().username_fragment;
  const IceParameters fresh = server.RestartIce(entropy, retired);
  EXPECT_THAT(retired, IsEmpty());
  EXPECT_THAT(server.ufrags(), ElementsAre(fresh.username_fragment, old_ufrag));
  RunFor(5s);  // signalling takes its time
  EXPECT_EQ(server.ice_state(), IceState::kCompleted);
  peer.RestartIce(fresh, now);
  RunFor(1s);
  EXPECT_THAT(server.ufrags(), ElementsAre(fresh.username_fragment));
  EXPECT_TRUE(peer.SendRtp(Rtp(1, 1, "still here")));
  Exchange();
  EXPECT_THAT(media, SizeIs(1));
  EXPECT_THAT(drops, IsEmpty());
}

TEST_F(PeerTransportTest, CountsItsTraffic) {
  ASSERT_TRUE(ConnectServer().has_value());
  StartPeer();
  RunFor(1s);
  const TrafficCounters before = server.counters();
  EXPECT_GT(before.packets_received, 2U);
  EXPECT_GT(before.packets_sent, 2U);
  server.SendRtcp(Rtcp(), out);
  server.CountSent(2, 500);
  EXPECT_EQ(server.counters().packets_sent, before.packets_sent + 3);
  EXPECT_EQ(server.counters().bytes_sent, before.bytes_sent + 500 + out.datagrams()[0].size);
}

class RemoteServerTest : public PeerTransportTest {
 protected:
  RemoteServerTest() : PeerTransportTest(crypto::DtlsRole::kServer) {}
};

TEST_F(RemoteServerTest, WeAreTheClientOnceThereIsAPath) {
  ASSERT_TRUE(ConnectServer(RemoteDtlsRole::kServer).has_value());
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(server.dtls_state(), DtlsState::kConnecting);
  StartPeer();
  RunFor(1s);
  EXPECT_TRUE(Connected());
  EXPECT_TRUE(peer.SendRtp(Rtp(1, 1, "x")));
  Exchange();
  EXPECT_THAT(media, SizeIs(1));
}

TEST_F(RemoteServerTest, ConnectAfterIceStartsTheHandshake) {
  StartPeer();
  RunFor(1s);
  ASSERT_TRUE(ConnectServer(RemoteDtlsRole::kServer).has_value());
  RunFor(1s);
  EXPECT_TRUE(Connected());
}

}  // namespace
}  // namespace kcs::transport
