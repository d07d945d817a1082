#include "engine/sfu/handshake_pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;

constexpr Timestamp kStart{1000s};

HandshakePacer::Datagram Of(std::uint32_t transport, std::size_t size = 100) {
  return {.transport = transport, .slot = {}, .size = size, .tuple = {}};
}

TEST(HandshakePacer, DoesAFewAtOnceAndThenSoManyASecond) {
  HandshakePacer pacer(100);
  int done = 0;
  while (pacer.Take(kStart)) ++done;
  EXPECT_EQ(done, HandshakePacer::kBurst);
  for (Timestamp now = kStart; now < kStart + 1s; now += 1ms) done += pacer.Take(now) ? 1 : 0;
  EXPECT_NEAR(done, HandshakePacer::kBurst + 100, 1);
}

TEST(HandshakePacer, DoesNotSaveUpMoreThanABurst) {
  HandshakePacer pacer(100);
  int done = 0;
  while (pacer.Take(kStart + 1h)) ++done;
  EXPECT_EQ(done, HandshakePacer::kBurst);
}

TEST(HandshakePacer, ServesInOrderWhenTheTimeHasComeAndLetsNobodyPass) {
  HandshakePacer pacer(100);
  while (pacer.Take(kStart)) continue;
  EXPECT_EQ(pacer.NextDeadline(), kNever);
  ASSERT_TRUE(pacer.Add(Of(7, 1)));
  ASSERT_TRUE(pacer.Add(Of(3, 2)));
  EXPECT_EQ(pacer.NextDeadline(), kStart + 10ms);
  EXPECT_FALSE(pacer.Next(kStart + 9ms));
  EXPECT_FALSE(pacer.Take(kStart + 10ms)) << "others have waited";
  auto next = pacer.Next(kStart + 10ms);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->transport, 7U);
  EXPECT_FALSE(pacer.Next(kStart + 10ms));
  EXPECT_EQ(pacer.NextDeadline(), kStart + 20ms);
  next = pacer.Next(kStart + 20ms);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->transport, 3U);
  EXPECT_EQ(pacer.deferred(), 2U);
}

TEST(HandshakePacer, ForAStepUnaskedTheOthersWaitLonger) {
  HandshakePacer pacer(100);
  while (pacer.Take(kStart)) continue;
  pacer.Charge(kStart);
  ASSERT_TRUE(pacer.Add(Of(1)));
  EXPECT_EQ(pacer.NextDeadline(), kStart + 20ms);
}

TEST(HandshakePacer, KeepsFewOfOneTransportAndABoundedNumberOfAll) {
  HandshakePacer pacer(100);
  for (int i = 0; i < HandshakePacer::kMaxOfOne; ++i) EXPECT_TRUE(pacer.Add(Of(0)));
  EXPECT_FALSE(pacer.Add(Of(0)));
  for (std::uint32_t i = 1; pacer.waiting() < HandshakePacer::kMaxWaiting; ++i) ASSERT_TRUE(pacer.Add(Of(i)));
  EXPECT_FALSE(pacer.Add(Of(5000)));
  ASSERT_TRUE(pacer.Next(kStart));
  EXPECT_TRUE(pacer.Add(Of(5000)));
}

TEST(HandshakePacer, ForgetsATransportThatIsGone) {
  HandshakePacer pacer(100);
  for (const std::uint32_t transport : {1U, 2U, 1U}) ASSERT_TRUE(pacer.Add(Of(transport)));
  pacer.Forget(1);
  pacer.Forget(99);
  ASSERT_EQ(pacer.waiting(), 1U);
  EXPECT_EQ(pacer.Next(kStart)->transport, 2U);
  for (int i = 0; i < HandshakePacer::kMaxOfOne; ++i) EXPECT_TRUE(pacer.Add(Of(1)));
}

TEST(HandshakePacer, WithoutALimitNobodyWaits) {
  HandshakePacer pacer(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(pacer.Take(kStart));
}

// Two are in a meeting, with sound, and then everybody comes at once.
class MassJoin : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kMany = 100;

  MassJoin() : rig_(WorkerLimits{}, 1024 * 1024, 1024) {
    rig_.Join();
    rig_.Join();
    rig_.Exchange();
    rig_.Advance(1s);
    const auto producer = testing::AudioProducer(TransportId(1), ProducerId(1), wire::Ssrc(1000));
    rig_.Must(producer);
    rig_.Must(testing::ConsumerOf(producer, TransportId(2), ConsumerId(1), wire::Ssrc(5000)));
    voice_.ssrc = 1000;
    voice_.payload_type = testing::kAudioPayloadType;
    for (std::uint32_t i = 0; i < kMany; ++i) rig_.Join();
    rig_.Exchange();
  }
  std::size_t Connected() {
    return static_cast<std::size_t>(
        std::ranges::count_if(rig_.members(), [](const auto& member) { return member.peer->connected(); }));
  }
  WorkerStats::Handshakes Handshakes() { return rig_.core().stats().handshakes; }

  CoreRig rig_;
  testing::TestStream voice_;
};

TEST_F(MassJoin, ConnectsEverybodyAsFastAsHandshakesMayGoOn) {
  EXPECT_LT(Connected(), 20U) << "not all at once";
  EXPECT_GT(Handshakes().deferred, 50U);
  rig_.Advance(2s);
  EXPECT_EQ(Connected(), kMany + 2);
  EXPECT_EQ(Handshakes().started, kMany + 2);
  EXPECT_EQ(Handshakes().completed, kMany + 2);
  EXPECT_EQ(Handshakes().failed, 0U);
  EXPECT_EQ(rig_.dropped(wire::DropReason::kHandshakeQueueFull), 0U);
}

TEST_F(MassJoin, IsNotHeardByThoseInside) {
  auto& listener = *rig_.members()[1].peer;
  static_cast<void>(listener.TakeReceived());
  while (Connected() < kMany + 2) {
    const auto datagram = rig_.members()[0].Rtp(voice_.Sound(80));
    rig_.Feed({&datagram, 1});
    const auto received = listener.TakeReceived();
    EXPECT_EQ(std::ranges::count(received, false, &transport::testing::TestPeer::Received::rtcp), 1)
        << "in the same call";
    rig_.Advance(20ms);
  }
}

TEST_F(MassJoin, ATransportThatLeavesWhileItWaitsIsForgotten) {
  const Timestamp waits_until = rig_.core().NextDeadline();
  for (std::uint32_t i = 3; i <= kMany + 2; ++i) rig_.Must(CloseTransport{TransportId(i)});
  EXPECT_GT(rig_.core().NextDeadline(), waits_until);
  EXPECT_EQ(rig_.core().slab().in_use(), 0U);
  rig_.MoveClock(1s);
  rig_.RunTimers();
}

TEST(Handshakes, OneWithAnotherCertificateFailsAndIsCounted) {
  const crypto::DtlsContext stranger(crypto::Certificate::Generate());
  SeededEntropy entropy(5);
  CoreRig rig;
  CoreRig::Member& member = rig.Join();
  member.peer = std::make_unique<transport::testing::TestPeer>(stranger, entropy);
  member.peer->Connect(std::get<transport::IceParameters>(rig.Must(RestartIce{member.transport})),
                       {member.tuple}, {{"sha-256", rig.core().fingerprint()}}, rig.now());
  rig.Exchange();
  const WorkerStats::Handshakes handshakes = rig.core().stats().handshakes;
  EXPECT_EQ(handshakes.started, 1U);
  EXPECT_EQ(handshakes.completed, 0U);
  EXPECT_EQ(handshakes.failed, 1U);
}

}  // namespace
}  // namespace kcs::sfu
