// Timers of many transports that are due at once, and have more to send than fits the outbox.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_remb.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;

constexpr std::size_t kReceivers = 60;
constexpr std::size_t kOutbox = 80;  // datagrams
constexpr std::uint32_t kPicture = 5000;

// Receivers whose links are narrow enough for pictures to wait, behind an outbox that is small for so many.
class CrowdedTimers : public ::testing::Test {
 protected:
  CrowdedTimers() {
    for (std::size_t i = 0; i < kReceivers; ++i) receivers_.push_back(&rig_.Join());
    rig_.Exchange();
    const CreateProducer video =
        testing::VideoProducer(sender_.transport, ProducerId(1), {Encoding(1000, 1001)});
    rig_.Must(video);
    for (std::size_t i = 0; i < kReceivers; ++i) {
      rig_.Must(
          testing::ConsumerOf(video, receivers_[i]->transport, ConsumerId(i + 1), wire::Ssrc(kPicture)));
      std::vector<std::uint8_t> bytes(64);
      ByteWriter writer(bytes);
      wire::Remb remb{.sender_ssrc = wire::Ssrc(1), .bitrate_bps = 500'000, .sources = {}};
      remb.sources.PushBack(wire::Ssrc(kPicture));
      remb.Write(writer);
      const auto datagram = receivers_[i]->Rtcp(writer.written());
      rig_.Feed({&datagram, 1});
    }
    for (CoreRig::Member* receiver : receivers_) receiver->peer->TakeReceived();
    picture_.ssrc = 1000;
  }
  void SendPicture(int packets, bool key) {
    std::vector<CoreRig::Datagram> datagrams;
    for (const auto& packet : picture_.VideoFrame(packets, 1100, key))
      datagrams.push_back(sender_.Rtp(packet));
    rig_.Feed(datagrams);
  }
  // The worker comes to its timers that late.
  void HoldUp(Duration duration) {
    rig_.MoveClock(duration);
    rig_.Advance(1ms);
  }
  struct Received {
    std::size_t pictures = 0;  // packets
    std::size_t reports = 0;   // datagrams of RTCP
  };
  // Of the receiver that got the least of each.
  Received Least() {
    Received least{.pictures = SIZE_MAX, .reports = SIZE_MAX};
    for (CoreRig::Member* receiver : receivers_) {
      Received received;
      for (const auto& packet : receiver->peer->TakeReceived())
        ++(packet.rtcp ? received.reports : received.pictures);
      least.pictures = std::min(least.pictures, received.pictures);
      least.reports = std::min(least.reports, received.reports);
    }
    return least;
  }

  CoreRig rig_{1024 * 1024, kOutbox};
  CoreRig::Member& sender_ = rig_.Join();
  std::deque<CoreRig::Member*> receivers_;
  TestStream picture_;
};

TEST_F(CrowdedTimers, PicturesThatWaitForManyLinksLeaveInTimeThroughASmallOutbox) {
  SendPicture(24, true);
  rig_.Advance(120ms);
  EXPECT_EQ(Least().pictures, 24U);
}

TEST_F(CrowdedTimers, NothingIsLostWhenAWorkerThatWasHeldUpHasMoreForAReceiverThanFits) {
  constexpr int kPackets = 100;
  static_assert(kPackets > kOutbox);
  SendPicture(kPackets, true);
  HoldUp(120ms);
  EXPECT_EQ(Least().pictures, std::size_t{kPackets});
}

TEST_F(CrowdedTimers, ReportsAreNotLostWhereManyPicturesAreDueWithThem) {
  for (int i = 0; i < 10; ++i) {
    SendPicture(20, i == 0);
    HoldUp(600ms);
  }
  const Received least = Least();
  EXPECT_EQ(least.pictures, 200U);
  EXPECT_GE(least.reports, 3U);
}

}  // namespace
}  // namespace kcs::sfu
