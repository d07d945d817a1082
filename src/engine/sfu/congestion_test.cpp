// What a receiver gets while its link is too narrow for what it got before.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <vector>

#include "engine/congestion/transport_feedback_generator.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/sfu/testing/two_encodings.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/testing/svc_sender.h"

namespace kcs::sfu {
namespace {

using testing::Encoding;
using testing::TestStream;

constexpr Duration kFrame = 33ms;
constexpr Duration kStep = 3ms;  // of the link
constexpr std::uint32_t kSsrc = 5000;
constexpr std::uint8_t kTransportCcId = 5;

// A sender, and a receiver behind a link that queues what it cannot carry yet.
class NarrowLink : public ::testing::Test, protected testing::TwoEncodings {
 protected:
  // Two encodings of 75 kbit/s and 1.6 Mbit/s.
  NarrowLink() : TwoEncodings({.packets = 1, .size = 300}, {.packets = 6, .size = 1100}) {}

  struct Seen {
    std::uint32_t ssrc = 0;
    std::uint16_t sequence = 0;
    std::vector<std::uint8_t> payload;
  };

  void Consume(const CreateProducer& producer) {
    auto consumer = testing::ConsumerOf(producer, receiver_.transport, ConsumerId(1), wire::Ssrc(kSsrc));
    for (ConsumerCodec& codec : consumer.codecs) codec.feedback.transport_cc = true;
    rig_.Must(consumer);
  }
  // Sends a frame's packets, lets its time pass, and returns what was sent to the receiver meanwhile.
  std::vector<Seen> Frame(const std::vector<TestStream::Packet>& packets) {
    for (const auto& packet : packets) Send(packet);
    std::vector<Seen> seen;
    for (Duration passed{}; passed < kFrame; passed += kStep) {
      rig_.Advance(kStep);
      std::ranges::move(Take(), std::back_inserter(seen));
    }
    return seen;
  }
  std::vector<Seen> Nack(const std::vector<std::uint16_t>& sequences) {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    wire::WriteNack(wire::Ssrc(1), wire::Ssrc(kSsrc), sequences, writer);
    SendRtcp(receiver_, Bytes(bytes).first(writer.size()));
    return Take();
  }
  void SetCapacity(std::uint64_t bps) { capacity_ = bps; }
  std::uint64_t dropped(wire::DropReason reason) const { return rig_.dropped(reason); }

 private:
  std::vector<Seen> Take() {
    std::vector<Seen> seen;
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp) continue;
      const Bytes number = rtp->Extension(kTransportCcId);
      free_at_ = std::max(free_at_, rig_.now()) + Duration(received.bytes.size() * 8'000'000 / capacity_);
      if (number.size() == 2) arriving_.push_back({free_at_, LoadU16(number.data())});
      if (rtp->ssrc().value() - kSsrc > 1) continue;
      seen.push_back({.ssrc = rtp->ssrc().value(),
                      .sequence = rtp->sequence_number(),
                      .payload = {rtp->payload().begin(), rtp->payload().end()}});
    }
    while (!arriving_.empty() && arriving_.front().at <= rig_.now()) {
      feedback_.OnPacket(arriving_.front().number, arriving_.front().at);
      arriving_.pop_front();
    }
    std::vector<std::uint8_t> bytes(1200);
    const std::size_t size = feedback_.Build(rig_.now(), wire::Ssrc(1), wire::Ssrc(kSsrc), bytes);
    if (size != 0) SendRtcp(receiver_, Bytes(bytes).first(size));
    return seen;
  }

  struct Arrival {
    Timestamp at;
    std::uint16_t number = 0;
  };

  std::uint64_t capacity_ = 20'000'000;
  Timestamp free_at_{};
  std::deque<Arrival> arriving_;
  congestion::TransportFeedbackGenerator feedback_;
};

class NarrowLinkOfSimulcast : public NarrowLink {
 protected:
  NarrowLinkOfSimulcast() { Consume(producer_); }
  static constexpr std::size_t kLarge = 1000;

  std::vector<Seen> Picture(bool key) { return Frame(TwoEncodings::Picture(key)); }
  // Plays until the larger picture is seen to stop; how long that took.
  Duration UntilLargeStops() {
    int last = 0;
    for (int i = 0; i < 60; ++i) {
      for (const Seen& packet : Picture(false)) {
        if (packet.payload.size() < kLarge || packet.ssrc != kSsrc) continue;
        last = i + 1;
        large_ = packet.sequence;
      }
    }
    return last * kFrame;
  }

  std::uint16_t large_ = 0;  // of the last packet of the larger picture
};

TEST_F(NarrowLinkOfSimulcast, ThePictureThatIsTooLargeStopsBeforeTheSmallerOneCanBegin) {
  for (int i = 0; i < 150; ++i) Picture(i % 30 == 0);
  EXPECT_GE(Picture(false).size(), 6U) << "it is sent on a wide link";
  SetCapacity(300'000);
  EXPECT_LE(UntilLargeStops(), 800ms);

  const auto key = Picture(true);
  ASSERT_FALSE(key.empty());
  for (const Seen& packet : key) EXPECT_LT(packet.payload.size(), kLarge);
}

TEST_F(NarrowLinkOfSimulcast, WhatThePictureThatWasTooLargeHasLostIsNotSentAgain) {
  for (int i = 0; i < 150; ++i) Picture(i % 30 == 0);
  Picture(false);
  SetCapacity(300'000);
  // All but what is being asked for arrives late, so the link is congested when it is.
  std::vector<Seen> again;
  for (int i = 0; i < 60; ++i) {
    bool sends_large = false;
    for (const Seen& packet : Picture(false)) {
      sends_large = sends_large || packet.payload.size() >= kLarge;
      if (packet.payload.size() >= kLarge && packet.ssrc == kSsrc) large_ = packet.sequence;
    }
    if (sends_large) continue;
    again = Nack({large_});
    break;
  }
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(dropped(wire::DropReason::kNackObsolete), 1U);
}

// VP9 in spatial layers of 24, 56 and 1,000 kbit/s in one stream.
class NarrowLinkOfLayers : public NarrowLink, public ::testing::WithParamInterface<const char*> {
 protected:
  NarrowLinkOfLayers()
      : encoder_(wire::testing::SvcMode::Parse(GetParam()), wire::testing::SvcFormat::kVp9Flexible) {
    auto producer = testing::VideoProducer(sender_.transport, ProducerId(2), {Encoding(3000, 3001)});
    producer.codecs[0].codec = wire::CodecType::kVp9;
    rig_.Must(producer);
    Consume(producer);
    stream_.ssrc = 3000;
  }

  std::uint32_t allocated() {
    const auto stats = std::get<RouterStats>(rig_.Must(GetRouterStats{testing::CoreRig::kRouter}));
    return std::ranges::find(stats.transports, receiver_.transport, &TransportStats::id)->allocated_bitrate;
  }
  // The highest spatial layer that the receiver was sent meanwhile; -1: none.
  int Picture(bool key) {
    std::vector<TestStream::Packet> packets;
    stream_.timestamp += 3000;
    for (auto packet : encoder_.NextPicture(key)) {
      const auto layer =
          static_cast<std::size_t>(encoder_.frames()[wire::testing::PlaceOf(packet.payload).frame].spatial);
      constexpr std::size_t kPlace = 5;  // at the end of the payload
      packet.payload.insert(packet.payload.end() - kPlace, kPadding[layer], 0);
      packets.push_back(stream_.WithPayload(packet.payload, packet.marker));
    }
    int highest = -1;
    for (const Seen& packet : Frame(packets)) {
      for (int layer = highest + 1; layer <= 2; ++layer) {
        if (packet.payload.size() > kPadding[static_cast<std::size_t>(layer)]) highest = layer;
      }
    }
    return highest;
  }

 private:
  static constexpr std::array<std::size_t, 3> kPadding{60, 200, 1000};

  TestStream stream_;
  wire::testing::SvcSender encoder_;
};
INSTANTIATE_TEST_SUITE_P(Modes, NarrowLinkOfLayers, ::testing::Values("L3T1_KEY", "L3T1"));

TEST_P(NarrowLinkOfLayers, EndsTheLargeLayerAtOnceAndBeginsAnewWithTheLowest) {
  for (int i = 0; i < 150; ++i) Picture(i % 30 == 0);
  EXPECT_EQ(Picture(false), 2);
  SetCapacity(200'000);
  int pictures = 0;
  while (Picture(false) >= 0) ASSERT_LE(++pictures * kFrame, 1s);
  EXPECT_EQ(Picture(true), 0);
  EXPECT_EQ(Picture(false), 0);
  for (pictures = 1; Picture(pictures % 30 == 0) < 1; ++pictures) ASSERT_LE(pictures * kFrame, 8s);
}

// What is left out on purpose would seem to be lost on the way, and the next key picture's queue congestion.
TEST_P(NarrowLinkOfLayers, UntilTheOthersBeginAgainTheLowestIsAllThatIsWanted) {
  for (int i = 0; i < 150; ++i) Picture(i % 30 == 0);
  SetCapacity(300'000);
  for (int pictures = 0; Picture(false) >= 0;) ASSERT_LE(++pictures * kFrame, 1s);
  std::uint32_t before = 0;
  for (int pictures = 0; Picture(pictures % 32 == 31) < 1; ++pictures) {
    ASSERT_LE(pictures * kFrame, 8s);
    before = allocated();
    ASSERT_LT(before, 60'000U) << pictures;
  }
  EXPECT_GT(before, 30'000U);
  for (int i = 0; i < 3; ++i) Picture(false);  // at once, that is: half a second later it would be anyway
  EXPECT_GT(allocated(), 80'000U) << "headers are a part of that";
}

}  // namespace
}  // namespace kcs::sfu
