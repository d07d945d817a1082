#include "engine/sfu/worker_core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;
using wire::DropReason;

// One camera, some receivers.
class Core : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kCamera = 1000;

  explicit Core(std::size_t outbox_datagrams = 1024) : rig_(1024 * 1024, outbox_datagrams) {
    stream_.ssrc = kCamera;
  }

  void Fill(std::uint32_t receivers) {
    sender_ = &rig_.Join();
    for (std::uint32_t i = 0; i < receivers; ++i) rig_.Join();
    rig_.Exchange();
    producer_ = testing::VideoProducer(sender_->transport, ProducerId(1), {Encoding(kCamera, kCamera + 1)});
    rig_.Must(producer_);
    for (std::uint32_t i = 0; i < receivers; ++i) {
      rig_.Must(testing::ConsumerOf(producer_, receiver(i).transport, ConsumerId(i + 1), SsrcOf(i)));
    }
  }
  CoreRig::Member& receiver(std::uint32_t i) { return rig_.members()[i + 1]; }
  static wire::Ssrc SsrcOf(std::uint32_t i) { return wire::Ssrc(5000 + 10 * i); }

  std::vector<CoreRig::Datagram> Frame(bool key, int packets = 3) {
    std::vector<CoreRig::Datagram> frame;
    for (const auto& packet : stream_.VideoFrame(packets, 300, key)) frame.push_back(sender_->Rtp(packet));
    return frame;
  }
  // Sequence numbers of the media that a receiver got since the last time.
  std::vector<std::uint16_t> Received(std::uint32_t i) {
    std::vector<std::uint16_t> sequences;
    for (const auto& received : receiver(i).peer->TakeReceived()) {
      if (received.rtcp) continue;
      const auto rtp = wire::RtpPacket::Parse(received.bytes);
      if (rtp && rtp->ssrc() == SsrcOf(i)) sequences.push_back(rtp->sequence_number());
    }
    return sequences;
  }
  void FeedOne(CoreRig::Datagram datagram) { rig_.Feed({&datagram, 1}); }

  CoreRig rig_;
  TestStream stream_;
  CoreRig::Member* sender_ = nullptr;
  CreateProducer producer_;
};

bool AreContinuous(const std::vector<std::uint16_t>& sequences) {
  for (std::size_t i = 1; i < sequences.size(); ++i) {
    if (sequences[i] != static_cast<std::uint16_t>(sequences[i - 1] + 1)) return false;
  }
  return true;
}

TEST_F(Core, ForwardsAFrameToEveryReceiverInOrder) {
  Fill(3);
  rig_.Feed(Frame(true));
  rig_.Feed(Frame(false));
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto sequences = Received(i);
    EXPECT_EQ(sequences.size(), 6U);
    EXPECT_TRUE(AreContinuous(sequences));
    EXPECT_EQ(receiver(i).peer->undecryptable(), 0U);
  }
}

// --- drops ---

TEST_F(Core, TakesWhatAReceiverWishesOfItsConsumersOnly) {
  Fill(1);
  const auto wish = [](std::uint64_t consumer, ConsumerAction action) {
    return ConsumerCommand{.consumer = ConsumerId(consumer),
                           .action = action,
                           .priority = 200,
                           .viewport = {.width = 640, .height = 360, .visible = true}};
  };
  for (const ConsumerAction action : {ConsumerAction::kSetPriority, ConsumerAction::kSetViewport}) {
    EXPECT_TRUE(rig_.Try(wish(1, action)).has_value());
    EXPECT_EQ(rig_.Try(wish(77, action)).error().code, CommandErrorCode::kNotFound);
  }
}

TEST_F(Core, CountsTheTransportsThatAreAskedForOnly) {
  Fill(3);
  const auto ask = [&](std::vector<TransportId> transports) {
    return std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter, std::move(transports)}));
  };
  EXPECT_EQ(ask({}).transports.size(), 4U);
  EXPECT_EQ(ask({}).consumers.size(), 3U);
  const RouterStats some = ask({receiver(1).transport, TransportId(12345)});
  ASSERT_EQ(some.transports.size(), 1U);
  EXPECT_EQ(some.transports[0].id, receiver(1).transport);
  EXPECT_TRUE(some.producers.empty());
  ASSERT_EQ(some.consumers.size(), 1U);
  EXPECT_EQ(some.consumers[0].id, ConsumerId(2));
  EXPECT_EQ(ask({sender_->transport}).producers.size(), 1U);
}

TEST_F(Core, CountsADatagramOfNoKnownProtocol) {
  Fill(1);
  FeedOne({sender_->tuple, {0xff, 1, 2, 3}});
  EXPECT_EQ(rig_.dropped(DropReason::kUnknownDatagram), 1U);
}

TEST_F(Core, CountsMediaFromAnAddressThatNobodyOwns) {
  Fill(1);
  auto packet = Frame(true, 1).front();
  packet.tuple.remote.port = 9;
  FeedOne(packet);
  EXPECT_EQ(rig_.dropped(DropReason::kNoTransport), 1U);
  EXPECT_TRUE(Received(0).empty());
}

TEST_F(Core, CountsAnUnknownSsrc) {
  Fill(1);
  stream_.ssrc = 77;
  rig_.Feed(Frame(true));
  EXPECT_EQ(rig_.dropped(DropReason::kRtpUnknownStream), 3U);
  EXPECT_TRUE(Received(0).empty());
}

TEST_F(Core, CountsATamperedPacketAndForwardsTheTrueOneAfterwards) {
  Fill(1);
  const auto packet = Frame(true, 1).front();
  auto tampered = packet;
  tampered.bytes[40] ^= 1;
  FeedOne(tampered);
  EXPECT_EQ(rig_.dropped(DropReason::kSrtpAuthFailed), 1U);
  EXPECT_TRUE(Received(0).empty());
  FeedOne(packet);
  EXPECT_EQ(Received(0).size(), 1U);
}

TEST_F(Core, CountsAReplayAndForwardsItOnce) {
  Fill(1);
  const auto packet = Frame(true, 1).front();
  FeedOne(packet);
  FeedOne(packet);
  EXPECT_EQ(rig_.dropped(DropReason::kSrtpReplayed), 1U);
  EXPECT_EQ(Received(0).size(), 1U);
}

TEST_F(Core, CountsAPayloadTypeThatWasNotNegotiated) {
  Fill(1);
  stream_.payload_type = 50;
  rig_.Feed(Frame(true));
  EXPECT_EQ(rig_.dropped(DropReason::kRtpUnknownPayloadType), 3U);
}

// --- pause ---

TEST_F(Core, APausedProducerReachesNobodyAndGoesOnWithAKeyFrameInOneNumbering) {
  Fill(1);
  rig_.Feed(Frame(true));
  const auto before = Received(0);
  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kPause});
  rig_.Feed(Frame(false));
  EXPECT_TRUE(Received(0).empty());
  EXPECT_EQ(rig_.dropped(DropReason::kProducerPaused), 3U);

  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kResume});
  rig_.Feed(Frame(false));
  EXPECT_TRUE(Received(0).empty()) << "no picture can begin here";
  rig_.Feed(Frame(true));
  const auto after = Received(0);
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after.front(), static_cast<std::uint16_t>(before.back() + 1));
}

// --- bounds ---

// Room for a few receivers' packets at a time.
class SmallOutbox : public Core {
 protected:
  SmallOutbox() : Core(12) {}
};

TEST_F(SmallOutbox, IsDrainedInStepsAndEverybodyGetsEverythingOnce) {
  Fill(20);
  const std::uint64_t drains = rig_.drains();
  rig_.Feed(Frame(true, 5));
  EXPECT_GE(rig_.drains() - drains, 8U);
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto sequences = Received(i);
    EXPECT_EQ(sequences.size(), 5U) << i;
    EXPECT_TRUE(AreContinuous(sequences));
    EXPECT_EQ(receiver(i).peer->undecryptable(), 0U);
  }
  EXPECT_EQ(rig_.output().datagrams.dropped(), 0U);
}

// --- closing ---

class Closing : public Core {
 protected:
  void Play() {
    Fill(3);
    for (int i = 0; i < 10; ++i) {
      rig_.Feed(Frame(i == 0));
      rig_.Advance(33ms);
    }
    ASSERT_GT(rig_.core().slab().in_use(), 0U) << "the history keeps packets";
  }
};

TEST_F(Closing, AProducerTakesItsConsumersAndPacketsAlong) {
  Play();
  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kClose});
  const WorkerStats stats = rig_.core().stats();
  EXPECT_EQ(stats.producers, 0U);
  EXPECT_EQ(stats.consumers, 0U);
  EXPECT_EQ(stats.packet_slots_in_use, 0U);
  for (std::uint32_t i = 0; i < 3; ++i) Received(i);
  rig_.Feed(Frame(true));
  EXPECT_EQ(rig_.dropped(DropReason::kRtpUnknownStream), 3U);
  EXPECT_EQ(rig_.core().slab().in_use(), 0U);
  rig_.Must(producer_);  // its ids are free again
}

TEST_F(Closing, AConsumerLeavesTheOthersReceiving) {
  Play();
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(2), .action = ConsumerAction::kClose});
  for (std::uint32_t i = 0; i < 3; ++i) Received(i);
  rig_.Feed(Frame(true));
  EXPECT_EQ(Received(0).size(), 3U);
  EXPECT_EQ(Received(1).size(), 0U);
  EXPECT_EQ(Received(2).size(), 3U);
}

TEST_F(Closing, TheSendingTransportLeavesNothing) {
  Play();
  rig_.Must(CloseTransport{sender_->transport});
  const WorkerStats stats = rig_.core().stats();
  EXPECT_EQ(stats.transports, 3U);
  EXPECT_EQ(stats.producers, 0U);
  EXPECT_EQ(stats.consumers, 0U);
  EXPECT_EQ(stats.packet_slots_in_use, 0U);
  rig_.Feed(Frame(true));
  EXPECT_EQ(rig_.dropped(DropReason::kNoTransport), 3U);
}

TEST_F(Closing, AReceivingTransportTakesItsConsumersOnly) {
  Play();
  rig_.Must(CloseTransport{receiver(1).transport});
  EXPECT_EQ(rig_.core().stats().producers, 1U);
  EXPECT_EQ(rig_.core().stats().consumers, 2U);
  for (std::uint32_t i = 0; i < 3; ++i) Received(i);
  rig_.Feed(Frame(true));
  EXPECT_EQ(Received(0).size(), 3U);
  EXPECT_EQ(Received(1).size(), 0U);
}

TEST_F(Closing, ARouterLeavesNoObjectNoSlotAndNoDeadline) {
  Play();
  EXPECT_NE(rig_.core().NextDeadline(), kNever);
  rig_.Must(CloseRouter{CoreRig::kRouter});
  const WorkerStats stats = rig_.core().stats();
  EXPECT_EQ(stats.routers + stats.transports + stats.producers + stats.consumers, 0U);
  EXPECT_EQ(stats.packet_slots_in_use, 0U);
  EXPECT_EQ(rig_.core().NextDeadline(), kNever);
  rig_.MoveClock(10s);
  EXPECT_EQ(rig_.RunTimers(), 0U);
}

}  // namespace
}  // namespace kcs::sfu
