// Simulcast and retransmissions, as a receiver sees them.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/vp8.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;

constexpr wire::Ssrc kReceived{5000};
constexpr std::size_t kLowSize = 200;
constexpr std::size_t kHighSize = 900;

class Forwarding : public ::testing::Test {
 protected:
  explicit Forwarding(std::vector<ProducerEncoding> encodings = {Encoding(1000, 1001)})
      : producer_(testing::VideoProducer(sender_.transport, ProducerId(1), std::move(encodings))) {
    rig_.Exchange();
    rig_.Must(producer_);
    rig_.Must(testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), kReceived));
    low_.ssrc = 1000;
  }
  void Send(const std::vector<TestStream::Packet>& packets) {
    for (const auto& packet : packets) {
      const auto datagram = sender_.Rtp(packet);
      rig_.Feed({&datagram, 1});
    }
  }
  struct Seen {
    std::uint32_t ssrc = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::size_t size = 0;
    std::optional<std::uint16_t> picture;
    std::vector<std::uint8_t> payload;
  };
  std::vector<Seen> Received() {
    std::vector<Seen> seen;
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp) continue;
      const auto vp8 = wire::Vp8Descriptor::Parse(rtp->payload());
      seen.push_back({.ssrc = rtp->ssrc().value(),
                      .sequence = rtp->sequence_number(),
                      .timestamp = rtp->timestamp(),
                      .size = rtp->payload_size(),
                      .picture = vp8 ? vp8->picture_id : std::nullopt,
                      .payload = {rtp->payload().begin(), rtp->payload().end()}});
    }
    return seen;
  }

  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  CoreRig::Member& receiver_ = rig_.Join();
  CreateProducer producer_;
  TestStream low_;
};

TEST_F(Forwarding, ARecoveredPacketOfTheSenderReachesTheReceiverInItsPlace) {
  Send(low_.VideoFrame(2, kLowSize, true));
  const auto frame = low_.VideoFrame(3, kLowSize, false);
  Send({frame[0], frame[2]});
  const auto before = Received();
  ASSERT_EQ(before.size(), 4U);
  EXPECT_EQ(before[3].sequence, static_cast<std::uint16_t>(before[2].sequence + 2)) << "a hole is left";

  TestStream rtx;
  rtx.ssrc = 1001;
  rtx.payload_type = testing::kRtxPayloadType;
  Send({testing::Retransmission(rtx, frame[1])});
  const auto recovered = Received();
  ASSERT_EQ(recovered.size(), 1U);
  EXPECT_EQ(recovered[0].ssrc, kReceived.value()) << "as media, not as a retransmission";
  EXPECT_EQ(recovered[0].sequence, static_cast<std::uint16_t>(before[2].sequence + 1));
  EXPECT_EQ(recovered[0].timestamp, before[2].timestamp);
  const auto original = wire::RtpPacket::Parse(frame[1]);
  EXPECT_TRUE(std::ranges::equal(recovered[0].payload, original->payload()));
}

TEST_F(Forwarding, ARetransmissionWithoutPayloadIsAProbeAndGoesNoFurther) {
  Send(low_.VideoFrame(1, kLowSize, true));
  Received();
  TestStream rtx;
  rtx.ssrc = 1001;
  rtx.payload_type = testing::kRtxPayloadType;
  Send({rtx.WithPayload({}, false)});
  EXPECT_TRUE(Received().empty());
  EXPECT_EQ(rig_.dropped(wire::DropReason::kRtxWithoutPayload), 1U);
}

TEST_F(Forwarding, APacketThatFillsItsSlotGetsThroughAndAgain) {
  // With its tag 2,048 bytes; what a receiver gets may be longer.
  Send(low_.VideoFrame(1, 2048 - 16, true));
  const auto sent = Received();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].size, 2048U - 16 - 12);
  std::vector<std::uint8_t> nack(64);
  ByteWriter writer(nack);
  const std::vector<std::uint16_t> missing = {sent[0].sequence};
  wire::WriteNack(wire::Ssrc(1), kReceived, missing, writer);
  const auto datagram = receiver_.Rtcp(writer.written());
  rig_.Feed({&datagram, 1});
  EXPECT_EQ(Received().size(), 1U);
}

TEST_F(Forwarding, AReceiversNackIsAnsweredFromTheHistoryOnItsOwnStream) {
  Send(low_.VideoFrame(3, kLowSize, true));
  const auto sent = Received();
  ASSERT_EQ(sent.size(), 3U);
  std::vector<std::uint8_t> nack(64);
  ByteWriter writer(nack);
  const std::vector<std::uint16_t> missing = {sent[1].sequence};
  wire::WriteNack(wire::Ssrc(1), kReceived, missing, writer);
  const auto datagram = receiver_.Rtcp(writer.written());
  rig_.Feed({&datagram, 1});
  const auto again = Received();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].ssrc, kReceived.value() + 1);
  ASSERT_EQ(again[0].payload.size(), sent[1].payload.size() + 2);
  EXPECT_EQ(LoadU16(again[0].payload.data()), sent[1].sequence);
  EXPECT_TRUE(std::equal(sent[1].payload.begin(), sent[1].payload.end(), again[0].payload.begin() + 2));
}

// RFC 2198 3: the blocks inside a packet name payload types too.
TEST(Red, TheBlocksInsideNameTheRoutersPayloadType) {
  CoreRig rig;
  CoreRig::Member& sender = rig.Join();
  CoreRig::Member& receiver = rig.Join();
  rig.Exchange();
  CreateProducer producer = testing::AudioProducer(sender.transport, ProducerId(1), wire::Ssrc(1000));
  producer.codecs.push_back({.codec = wire::CodecType::kRed,
                             .clock_rate = 48'000,
                             .payload_type = 63,
                             .router_payload_type = 101,
                             .feedback = {}});
  CreateConsumer consumer = testing::ConsumerOf(producer, receiver.transport, ConsumerId(1), kReceived);
  consumer.codecs.push_back({.payload_type = 101, .feedback = {}});
  rig.Must(producer);
  rig.Must(consumer);

  TestStream red;
  red.ssrc = 1000;
  red.payload_type = 63;
  const auto datagram = sender.Rtp(red.WithPayload(
      {0x80 | testing::kAudioPayloadType, 0x0f, 0, 1, testing::kAudioPayloadType, 7, 8}, false));
  rig.Feed({&datagram, 1});

  const std::uint8_t opus = consumer.codecs.front().payload_type;
  const auto received = receiver.peer->TakeReceived();
  ASSERT_EQ(received.size(), 1u);
  const auto rtp = wire::RtpPacket::Parse(received.front().bytes);
  ASSERT_TRUE(rtp);
  EXPECT_EQ(rtp->payload_type(), 101);
  EXPECT_EQ(std::vector(rtp->payload().begin(), rtp->payload().end()),
            (std::vector<std::uint8_t>{static_cast<std::uint8_t>(0x80 | opus), 0x0f, 0, 1, opus, 7, 8}));
}

class Simulcast : public Forwarding {
 protected:
  Simulcast() : Forwarding({Encoding(1000), Encoding(2000)}) {
    high_.ssrc = 2000;
    high_.sequence = 40'000;
    high_.timestamp = 5'000'000;
    high_.picture = 9000;
  }
  // Both streams for some frames; key frames when told.
  void Play(int frames, bool low_key, bool high_key) {
    for (int i = 0; i < frames; ++i) {
      Send(low_.VideoFrame(1, kLowSize, low_key && i == 0));
      Send(high_.VideoFrame(2, kHighSize, high_key && i == 0));
      rig_.Advance(33ms);
    }
  }
  static bool IsHigh(const Seen& seen) { return seen.size > kLowSize; }
  TestStream high_;
};

TEST_F(Simulcast, GoesUpToTheHighestSteadyStreamAtItsKeyFrameInOneUnbrokenStream) {
  Play(5, true, true);
  Play(30, false, false);  // steady by now, but no picture can begin in the middle
  auto seen = Received();
  ASSERT_FALSE(seen.empty());
  const bool began_high = IsHigh(seen.back());
  Play(10, true, true);
  for (const Seen& s : Received()) seen.push_back(s);
  EXPECT_TRUE(IsHigh(seen.back())) << "began " << (began_high ? "high" : "low");

  int switches = 0;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    switches += IsHigh(seen[i]) != IsHigh(seen[i - 1]);
    ASSERT_EQ(seen[i].ssrc, kReceived.value());
    ASSERT_EQ(seen[i].sequence, static_cast<std::uint16_t>(seen[i - 1].sequence + 1));
    ASSERT_GE(static_cast<std::int32_t>(seen[i].timestamp - seen[i - 1].timestamp), 0);
    ASSERT_LT(seen[i].timestamp - seen[i - 1].timestamp, 90'000U);
    ASSERT_TRUE(seen[i].picture && seen[i - 1].picture);
    ASSERT_LE((*seen[i].picture - *seen[i - 1].picture) & 0x7fff, 1) << "picture ids go on";
  }
  EXPECT_LE(switches, 1);
}

TEST_F(Simulcast, StaysLowWhenTheReceiverPrefersTheLowStream) {
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1),
                            .action = ConsumerAction::kSetPreferredLayers,
                            .spatial_layer = 0,
                            .temporal_layer = 0});
  Play(30, true, true);
  Play(10, true, true);
  const auto seen = Received();
  ASSERT_GT(seen.size(), 30U);
  for (const Seen& s : seen) EXPECT_FALSE(IsHigh(s));
}

TEST_F(Simulcast, FallsBackToTheLowStreamWhenTheHighOneEnds) {
  Play(20, true, true);
  Play(20, true, true);
  ASSERT_TRUE(IsHigh(Received().back()));
  for (int i = 0; i < 60; ++i) {
    Send(low_.VideoFrame(1, kLowSize, i % 15 == 0));
    rig_.Advance(33ms);
  }
  const auto seen = Received();
  ASSERT_FALSE(seen.empty()) << "the picture stands still";
  EXPECT_FALSE(IsHigh(seen.back()));
}

}  // namespace
}  // namespace kcs::sfu
