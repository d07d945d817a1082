// What transports and consumers cost while nothing is sent to or from them: nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;

// Longer than anything goes on by itself: a stream's activity, its history, the last reports, the last flight
// of the handshake. Peers keep their paths alive meanwhile.
constexpr Duration kUntilRest = crypto::DtlsSession::kLastFlightKept + 1s;

class Idle : public ::testing::Test {
 public:
  // Member 1 has a camera and a microphone, all others get both.
  void Meet(std::uint32_t members) {
    picture_.ssrc = 1000;
    voice_.ssrc = 2000;
    voice_.payload_type = testing::kAudioPayloadType;
    while (rig_.members().size() < members) rig_.Join();
    rig_.Exchange();
    camera_ = testing::VideoProducer(TransportId(1), ProducerId(1), {testing::Encoding(1000, 1001)});
    microphone_ = testing::AudioProducer(TransportId(1), ProducerId(2), wire::Ssrc(2000));
    rig_.Must(camera_);
    rig_.Must(microphone_);
    for (std::uint32_t i = 2; i <= members; ++i) {
      auto picture = testing::ConsumerOf(camera_, TransportId(i), ConsumerId(2 * i), wire::Ssrc(10 * i));
      picture.codecs[0].feedback.transport_cc = true;
      rig_.Must(picture);
      rig_.Must(
          testing::ConsumerOf(microphone_, TransportId(i), ConsumerId(2 * i + 1), wire::Ssrc(10 * i + 5)));
    }
    rig_.Exchange();
  }
  // 20 ms: a packet of sound, and a frame of two packets with every other one.
  void Play() {
    Rtp(voice_.Sound(80));
    if (++played_ % 2 == 0) {
      for (const auto& packet : picture_.VideoFrame(2, 800, played_ % 100 == 2)) Rtp(packet);
    }
  }
  void Rtp(const std::vector<std::uint8_t>& packet) {
    const auto datagram = rig_.members().front().Rtp(packet);
    rig_.Feed({&datagram, 1});
  }
  void Play(Duration time) {
    for (Duration done{}; done < time; done += 20ms) {
      Play();
      rig_.Advance(20ms);
    }
  }
  // How long nothing at all is due; without checks a path ends after 30 s.
  Duration Rest() { return rig_.core().NextDeadline() - rig_.now(); }
  void Pause(std::uint64_t consumer, ConsumerAction action = ConsumerAction::kPause) {
    rig_.Must(ConsumerCommand{.consumer = ConsumerId(consumer), .action = action});
  }

  CoreRig rig_;
  CreateProducer camera_;
  CreateProducer microphone_;
  TestStream picture_;
  TestStream voice_;
  int played_ = 0;
};

TEST_F(Idle, NothingIsDueAfterMediaHasEnded) {
  Meet(5);
  Play(3s);
  EXPECT_LT(Rest(), 1s);
  rig_.Advance(kUntilRest);
  EXPECT_GT(Rest(), 20s);
}

TEST_F(Idle, NothingIsDueForConsumersOfWhatHasNeverBeenSent) {
  Meet(5);
  rig_.Advance(kUntilRest);
  EXPECT_GT(Rest(), 20s);
}

TEST_F(Idle, NothingIsToldOfAReceiverThatPausedEverything) {
  Meet(3);
  Play(1s);
  Pause(4);
  Pause(5);
  Play(kUntilRest);
  rig_.TakeNews<TransportQuality>();
  Play(5s);
  const auto told = rig_.TakeNews<TransportQuality>();
  EXPECT_EQ(std::ranges::count(told, TransportId(2), &TransportQuality::transport), 0);
  EXPECT_GE(std::ranges::count(told, TransportId(3), &TransportQuality::transport), 2);
}

TEST_F(Idle, WhatIsToldAtTheEndIsToldBeforeItRests) {
  Meet(2);
  Play(3s);
  rig_.TakeNews<ProducerScoreChanged>();
  rig_.Advance(kUntilRest);
  const auto told = rig_.TakeNews<ProducerScoreChanged>();
  EXPECT_EQ(std::ranges::count(told, 0, &ProducerScoreChanged::score), 2) << "neither is heard any more";
  EXPECT_TRUE(rig_.TakeNews<TransportQuality>().size() > 0);
  rig_.Advance(10s);
  EXPECT_TRUE(rig_.TakeNews<TransportQuality>().empty());
}

TEST_F(Idle, EverythingGoesOnWhenMediaComesAgain) {
  Meet(2);
  Play(3s);
  rig_.Advance(kUntilRest);
  rig_.TakeNews<TransportQuality>();
  rig_.TakeNews<ProducerScoreChanged>();
  auto& peer = *rig_.members()[1].peer;
  auto& sender = *rig_.members()[0].peer;
  static_cast<void>(peer.TakeReceived());
  static_cast<void>(sender.TakeReceived());
  played_ = 0;
  Play(5s);
  const auto qualities = rig_.TakeNews<TransportQuality>();
  EXPECT_GE(std::ranges::count(qualities, TransportId(1), &TransportQuality::transport), 2);
  EXPECT_GE(std::ranges::count(qualities, TransportId(2), &TransportQuality::transport), 2);
  const auto scores = rig_.TakeNews<ProducerScoreChanged>();
  EXPECT_EQ(std::ranges::count(scores, 10, &ProducerScoreChanged::score), 2);
  const auto rtcp = [](const auto& received, std::uint8_t type) {
    return std::ranges::count_if(received, [&](const auto& r) { return r.rtcp && r.bytes[1] == type; });
  };
  const auto received = peer.TakeReceived();
  EXPECT_GE(rtcp(received, 200), 3) << "sender reports";
  EXPECT_GE(std::ranges::count(received, false, &transport::testing::TestPeer::Received::rtcp), 450);
  EXPECT_GE(rtcp(sender.TakeReceived(), 201), 5) << "receiver reports";
}

// How often timers run while the first two of a meeting talk for five seconds, and all others have paused.
class TwoAmong : public Idle {
 public:
  void TestBody() override {}
  int Timeouts(std::uint32_t members) {
    Meet(members);
    for (std::uint64_t i = 3; i <= members; ++i) {
      Pause(2 * i);
      Pause(2 * i + 1);
    }
    rig_.Advance(kUntilRest);
    rig_.set_delivering(false);
    int timeouts = 0;
    for (int step = 0; step < 250; ++step) {
      const Timestamp next = rig_.now() + 20ms;
      for (; rig_.core().NextDeadline() < next; ++timeouts) {
        rig_.MoveClock(std::max(Duration(0), rig_.core().NextDeadline() - rig_.now()));
        rig_.RunTimers();
      }
      rig_.MoveClock(next - rig_.now());
      Play();
    }
    return timeouts;
  }
};

TEST(IdleTogether, AHundredIdleReceiversRunNoTimers) {
  const int two = TwoAmong().Timeouts(2);
  const int among = TwoAmong().Timeouts(102);
  EXPECT_GT(two, 10);
  EXPECT_NEAR(among, two, two / 10) << "reports are spread by chance";
}

}  // namespace
}  // namespace kcs::sfu
