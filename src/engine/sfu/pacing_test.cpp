// Large pictures towards a receiver with a narrow link.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/testing/allocations.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/extensions.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_remb.h"
#include "engine/wire/vp8.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;

constexpr std::uint32_t kPicture = 5000;  // SSRCs that the receiver sees
constexpr std::uint32_t kSound = 6000;
constexpr std::uint8_t kTransportCcId = 5;
constexpr std::uint8_t kAbsSendTimeId = 6;
constexpr std::size_t kPacketSize = 1100;

class PacedReceiver : public ::testing::Test {
 protected:
  PacedReceiver() {
    rig_.Exchange();
    rig_.Must(video_);
    rig_.Must(audio_);
    Consume();
    rig_.Must(testing::ConsumerOf(audio_, receiver_.transport, ConsumerId(2), wire::Ssrc(kSound)));
    picture_.ssrc = 1000;
    sound_.ssrc = 3000;
    sound_.payload_type = testing::kAudioPayloadType;
  }
  void Consume(std::uint32_t ssrc = kPicture) {
    auto command = testing::ConsumerOf(video_, receiver_.transport, ConsumerId(1), wire::Ssrc(ssrc));
    command.extensions.Set(wire::ExtensionType::kAbsSendTime, kAbsSendTimeId);
    rig_.Must(command);
  }
  void Estimate(std::uint64_t bps) {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    wire::Remb remb{.sender_ssrc = wire::Ssrc(1), .bitrate_bps = bps, .sources = {}};
    remb.sources.PushBack(wire::Ssrc(kPicture));
    remb.Write(writer);
    const auto datagram = receiver_.Rtcp(writer.written());
    rig_.Feed({&datagram, 1});
  }
  void Send(const std::vector<TestStream::Packet>& packets) {
    std::vector<CoreRig::Datagram> datagrams;
    for (const auto& packet : packets) datagrams.push_back(sender_.Rtp(packet));
    rig_.Feed(datagrams);
  }
  struct Seen {
    Duration at{};
    std::uint32_t ssrc = 0;
    std::uint16_t sequence = 0;
    std::uint16_t transport_sequence = 0;
    std::uint32_t abs_send_time = 0;
    std::uint32_t timestamp = 0;
    std::vector<std::uint8_t> payload;
  };
  void Collect() {
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp) continue;
      seen_.push_back(
          {.at = rig_.now() - begin_,
           .ssrc = rtp->ssrc().value(),
           .sequence = rtp->sequence_number(),
           .transport_sequence = wire::ParseTransportSequence(rtp->Extension(kTransportCcId)).value_or(0),
           .abs_send_time = wire::ParseAbsSendTime(rtp->Extension(kAbsSendTimeId)).value_or(0),
           .timestamp = rtp->timestamp(),
           .payload = {rtp->payload().begin(), rtp->payload().end()}});
    }
  }
  // Plays on and returns what the receiver has seen since the last call.
  std::vector<Seen> Play(Duration duration) {
    begin_ = rig_.now();
    Collect();
    for (Duration played{}; played < duration; played += 1ms) {
      rig_.Advance(1ms);
      Collect();
    }
    return std::exchange(seen_, {});
  }
  static std::vector<Seen> Of(const std::vector<Seen>& seen, std::uint32_t ssrc) {
    std::vector<Seen> of;
    std::ranges::copy_if(seen, std::back_inserter(of), [&](const Seen& s) { return s.ssrc == ssrc; });
    return of;
  }
  std::size_t SlotsInUse() { return rig_.core().slab().in_use(); }

  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  CoreRig::Member& receiver_ = rig_.Join();
  CreateProducer video_ = testing::VideoProducer(sender_.transport, ProducerId(1), {Encoding(1000, 1001)});
  CreateProducer audio_ = testing::AudioProducer(sender_.transport, ProducerId(2), wire::Ssrc(3000));
  TestStream picture_;
  TestStream sound_;
  Timestamp begin_{};
  std::vector<Seen> seen_;
};

TEST_F(PacedReceiver, SoundDoesNotWaitBehindAKeyFrame) {
  Estimate(500'000);
  Send(picture_.VideoFrame(12, kPacketSize, true));
  Send({sound_.Sound(100)});
  const auto seen = Play(300ms);
  const auto sounds = Of(seen, kSound);
  const auto pictures = Of(seen, kPicture);
  ASSERT_EQ(sounds.size(), 1U);
  ASSERT_EQ(pictures.size(), 12U);
  EXPECT_EQ(sounds[0].at, 0ms);
  // 13 kB at 1.25 Mbit/s, less what the link has room for.
  EXPECT_GE(pictures.back().at, 60ms);
  EXPECT_LE(pictures.back().at, 100ms);
  for (std::size_t i = 1; i < pictures.size(); ++i)
    EXPECT_EQ(pictures[i].sequence, static_cast<std::uint16_t>(pictures[i - 1].sequence + 1));
}

TEST_F(PacedReceiver, OnALinkThatIsNotWidePicturesLeaveRightBehindTheSound) {
  Estimate(3'000'000);
  std::vector<Seen> seen;
  for (int i = 0; i < 50; ++i) {
    Send({sound_.Sound(100)});
    if (i % 2 == 0) Send(picture_.VideoFrame(4, kPacketSize, i == 0));
    const auto played = Play(20ms);
    if (i >= 10) seen.insert(seen.end(), played.begin(), played.end());
  }
  EXPECT_EQ(Of(seen, kSound).size(), 40U);
  EXPECT_GE(Of(seen, kPicture).size(), 76U);
  for (const Seen& packet : seen) EXPECT_LE(packet.at, 2ms);
  std::size_t between = 0;
  for (const Seen& packet : seen) {
    between = packet.ssrc == kSound ? 0 : between + 1;
    EXPECT_LE(between, 4U);
  }
}

TEST_F(PacedReceiver, AWideLinkGetsAllAtOnceBesideSoundToo) {
  Estimate(40'000'000);
  for (int i = 0; i < 10; ++i) {
    Send({sound_.Sound(100)});
    Play(10ms);
    Send(picture_.VideoFrame(8, kPacketSize, i == 0));
    Collect();
    EXPECT_EQ(Of(seen_, kPicture).size(), 8U);
    Play(10ms);
  }
}

TEST_F(PacedReceiver, AWideLinkGetsAllAtOnce) {
  Estimate(40'000'000);
  Send(picture_.VideoFrame(40, kPacketSize, true));
  Collect();
  EXPECT_EQ(Of(seen_, kPicture).size(), 40U);
}

TEST_F(PacedReceiver, WhoReportsNothingGetsAllAtOnce) {
  Send(picture_.VideoFrame(60, kPacketSize, true));
  Collect();
  EXPECT_EQ(Of(seen_, kPicture).size(), 60U);
}

TEST_F(PacedReceiver, NumbersAndTimesAreThoseOfLeaving) {
  Estimate(500'000);
  Send(picture_.VideoFrame(10, kPacketSize, true));
  const Timestamp begin = rig_.now();
  const auto seen = Of(Play(300ms), kPicture);
  ASSERT_EQ(seen.size(), 10U);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].transport_sequence, static_cast<std::uint16_t>(seen[0].transport_sequence + i));
    EXPECT_EQ(seen[i].abs_send_time, wire::ToAbsSendTime(begin + seen[i].at)) << i;
  }
}

TEST_F(PacedReceiver, ARetransmissionPassesThoseThatWaitAndIsNumberedBeforeThem) {
  Estimate(500'000);
  Send(picture_.VideoFrame(10, kPacketSize, true));
  Collect();
  ASSERT_FALSE(seen_.empty());
  std::vector<std::uint8_t> nack(64);
  ByteWriter writer(nack);
  const std::vector<std::uint16_t> missing = {seen_[0].sequence};
  wire::WriteNack(wire::Ssrc(1), wire::Ssrc(kPicture), missing, writer);
  const auto datagram = receiver_.Rtcp(writer.written());
  rig_.Feed({&datagram, 1});
  const auto seen = Play(300ms);
  ASSERT_EQ(seen.size(), 11U);
  const auto again = std::ranges::find(seen, kPicture + 1, &Seen::ssrc);
  ASSERT_NE(again, seen.end());
  EXPECT_EQ(again->at, 0ms);
  for (std::size_t i = 1; i < seen.size(); ++i)
    EXPECT_EQ(seen[i].transport_sequence, static_cast<std::uint16_t>(seen[i - 1].transport_sequence + 1));
}

TEST_F(PacedReceiver, WhatArrivesIsWhatWasSent) {
  Estimate(500'000);
  std::vector<std::vector<std::uint8_t>> payloads;
  for (int frame = 0; frame < 5; ++frame) {
    const auto packets = picture_.VideoFrame(8, kPacketSize, frame == 0);
    for (const auto& packet : packets) {
      const auto payload = wire::RtpPacket::Parse(packet)->payload();
      payloads.emplace_back(payload.begin(), payload.end());
    }
    Send(packets);
    rig_.Advance(33ms);
  }
  const auto seen = Of(Play(500ms), kPicture);
  ASSERT_EQ(seen.size(), payloads.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].payload, payloads[i]) << i;
  EXPECT_EQ(receiver_.peer->undecryptable(), 0U);
}

TEST_F(PacedReceiver, NobodyIsHurtWhenTheConsumerClosesWhilePacketsWait) {
  Estimate(300'000);
  Send(picture_.VideoFrame(30, kPacketSize, true));
  Collect();
  const std::size_t before = Of(seen_, kPicture).size();
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kClose});
  EXPECT_EQ(Of(Play(300ms), kPicture).size(), before) << "nothing more came";
  // The same number again is another consumer.
  Consume(kPicture + 10);
  Send(picture_.VideoFrame(3, kPacketSize, true));
  EXPECT_EQ(Of(Play(300ms), kPicture + 10).size(), 3U);
}

TEST_F(PacedReceiver, NothingStaysWhenTheProducerOrTheTransportCloses) {
  Estimate(300'000);
  Send(picture_.VideoFrame(30, kPacketSize, true));
  EXPECT_GE(SlotsInUse(), 30U);
  rig_.Must(ProducerCommand{.producer = ProducerId(1), .action = ProducerAction::kClose});
  EXPECT_EQ(SlotsInUse(), 0U);
  rig_.Must(video_);
  Consume(kPicture + 10);
  Send(picture_.VideoFrame(30, kPacketSize, true));
  rig_.Must(CloseTransport{.transport = receiver_.transport});
  rig_.Advance(300ms);
  rig_.Must(CloseTransport{.transport = sender_.transport});
  EXPECT_EQ(SlotsInUse(), 0U);
}

TEST_F(PacedReceiver, WhatWaitsAtAPauseIsAsIfItHadNeverBeen) {
  Estimate(300'000);
  Send(picture_.VideoFrame(30, kPacketSize, true));
  auto seen = Play(1ms);
  ASSERT_FALSE(seen.empty());
  const std::uint16_t last = Of(seen, kPicture).back().sequence;
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kPause});
  EXPECT_TRUE(Play(300ms).empty());
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kResume});
  Send(picture_.VideoFrame(2, kPacketSize, true));
  seen = Of(Play(300ms), kPicture);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].sequence, static_cast<std::uint16_t>(last + 1)) << "no hole to ask for";
}

TEST_F(PacedReceiver, TheNewPathIsTakenAfterAnIceRestart) {
  Estimate(300'000);
  Send(picture_.VideoFrame(20, kPacketSize, true));
  rig_.Must(RestartIce{.transport = receiver_.transport});
  EXPECT_EQ(Of(Play(300ms), kPicture).size(), 20U) << "the old one serves until there is another";
}

TEST_F(PacedReceiver, WaitingAllocatesNothingOnceWarm) {
  Estimate(500'000);
  const auto large = [&](bool key) {
    std::vector<CoreRig::Datagram> datagrams;
    for (const auto& packet : picture_.VideoFrame(60, kPacketSize, key))
      datagrams.push_back(sender_.Rtp(packet));
    return datagrams;
  };
  for (int i = 0; i < 25; ++i) {
    rig_.Feed(large(i == 0));
    Play(150ms);
  }
  const auto next = large(false);
  rig_.set_delivering(false);
  const std::uint64_t before = AllocationsSoFar();
  ASSERT_GT(before, 0U) << "the counter counts";
  std::size_t made = rig_.Feed(next);
  for (int i = 0; i < 150; ++i) {
    rig_.MoveClock(1ms);
    made += rig_.RunTimers();
  }
  EXPECT_EQ(AllocationsSoFar() - before, 0U);
  EXPECT_GE(made, 60U);
}

}  // namespace
}  // namespace kcs::sfu
