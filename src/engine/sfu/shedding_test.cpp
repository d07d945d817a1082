// A worker that comes to its datagrams late: what it does not spend its time on, and how it goes on.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;
using wire::DropReason;

constexpr wire::Ssrc kCamera{1000};
constexpr wire::Ssrc kScreen{2000};
constexpr wire::Ssrc kMicrophone{3000};
constexpr wire::Ssrc kReceivedCamera{5000};
constexpr wire::Ssrc kReceivedScreen{6000};
constexpr wire::Ssrc kReceivedSound{7000};
constexpr Duration kLong = 17s;

class Shedding : public ::testing::Test {
 protected:
  Shedding() {
    rig_.Exchange();
    Add(testing::VideoProducer(sender_.transport, ProducerId(1), {Encoding(kCamera.value())}),
        kReceivedCamera);
    Add(testing::VideoProducer(sender_.transport, ProducerId(2), {Encoding(kScreen.value())}),
        kReceivedScreen);
    Add(testing::AudioProducer(sender_.transport, ProducerId(3), kMicrophone), kReceivedSound);
    camera_.ssrc = kCamera.value();
    screen_.ssrc = kScreen.value();
    sound_.ssrc = kMicrophone.value();
    sound_.payload_type = testing::kAudioPayloadType;
    Send(camera_.VideoFrame(2, 300, true));
    Send(screen_.VideoFrame(2, 300, true));
    Send({sound_.Sound(80)});
    Numbers(kReceivedCamera);
  }
  void Add(const CreateProducer& producer, wire::Ssrc received) {
    rig_.Must(producer);
    rig_.Must(
        testing::ConsumerOf(producer, receiver_.transport, ConsumerId(producer.producer.value()), received));
  }
  void Send(const std::vector<TestStream::Packet>& packets, Duration age = {}) {
    rig_.set_age(age);
    for (const auto& packet : packets) {
      const auto datagram = sender_.Rtp(packet);
      rig_.Feed({&datagram, 1});
    }
    rig_.set_age({});
  }
  std::uint64_t shed() const { return rig_.dropped(DropReason::kReadTooLate); }

  // Of what has come of one stream since the last call; the rest is kept.
  std::vector<std::uint16_t> Numbers(wire::Ssrc ssrc) {
    for (auto& received : receiver_.peer->TakeReceived()) {
      if (!received.rtcp) received_.push_back(std::move(received.bytes));
    }
    std::vector<std::uint16_t> numbers;
    std::erase_if(received_, [&](const auto& bytes) {
      const auto rtp = wire::RtpPacket::Parse(bytes);
      if (!rtp || rtp->ssrc() != ssrc) return false;
      numbers.push_back(rtp->sequence_number());
      return true;
    });
    return numbers;
  }
  struct Asked {
    int nacks = 0;
    int key_frames = 0;
  };
  // What the sender is asked for within a second.
  Asked AskedOfTheSender() {
    rig_.Advance(1s);
    Asked asked;
    for (const auto& received : sender_.peer->TakeReceived()) {
      wire::RtcpCompoundReader reader(received.bytes);
      while (const auto packet = received.rtcp ? reader.Next() : std::nullopt) {
        if (packet->type == wire::RtcpType::kTransportFeedback &&
            wire::Nack::Parse(packet->count, packet->body))
          ++asked.nacks;
        if (packet->type == wire::RtcpType::kPayloadFeedback && wire::Pli::Parse(packet->count, packet->body))
          ++asked.key_frames;
      }
    }
    return asked;
  }

  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  CoreRig::Member& receiver_ = rig_.Join();
  TestStream camera_;
  TestStream screen_;
  TestStream sound_;
  std::vector<std::vector<std::uint8_t>> received_;
};

TEST_F(Shedding, MediaThatLayUnreadForHalfASecondGoesNoFurtherAndIsCounted) {
  Send(camera_.VideoFrame(3, 300, false), WebRtcTransport::kStale);
  EXPECT_EQ(Numbers(kReceivedCamera).size(), 3U);
  Send(camera_.VideoFrame(3, 300, true), WebRtcTransport::kStale + 1ms);
  Send({sound_.Sound(80)}, kLong);
  EXPECT_EQ(shed(), 4U);
  EXPECT_TRUE(Numbers(kReceivedCamera).empty());
}

TEST_F(Shedding, ItGoesOnWithWhatIsFreshNotWithWhatIsJustNotTooOld) {
  Send({sound_.Sound(80)}, WebRtcTransport::kStale + 1ms);
  Numbers(kReceivedSound);
  Send({sound_.Sound(80)}, WebRtcTransport::kFresh + 1ms);
  EXPECT_TRUE(Numbers(kReceivedSound).empty());
  Send({sound_.Sound(80)}, WebRtcTransport::kFresh);
  Send({sound_.Sound(80)}, WebRtcTransport::kFresh + 1ms);
  EXPECT_EQ(Numbers(kReceivedSound).size(), 2U);
  EXPECT_EQ(shed(), 2U);
}

TEST_F(Shedding, PathAndControlAreHeardHoweverLate) {
  rig_.set_age(kLong);
  CoreRig::Member& late = rig_.Join();
  rig_.Exchange();
  EXPECT_TRUE(late.peer->ice_connected()) << "STUN";
  EXPECT_TRUE(late.peer->connected()) << "DTLS";

  std::vector<std::uint8_t> memory(64);
  ByteWriter writer(memory);
  wire::Pli{.sender_ssrc = wire::Ssrc(1), .media_ssrc = kReceivedCamera}.Write(writer);
  const auto pli = receiver_.Rtcp(writer.written());
  rig_.Feed({&pli, 1});
  rig_.set_age({});
  EXPECT_GE(AskedOfTheSender().key_frames, 1);
  EXPECT_EQ(shed(), 0U);
}

TEST_F(Shedding, WhatWasShedIsNotAskedForAgainButAKeyFrameIs) {
  const auto before = Numbers(kReceivedCamera);
  Send(camera_.VideoFrame(20, 300, false), kLong);
  Send(camera_.VideoFrame(3, 300, false));
  EXPECT_TRUE(Numbers(kReceivedCamera).empty()) << "it refers to pictures that nobody has";
  const Asked asked = AskedOfTheSender();
  EXPECT_EQ(asked.nacks, 0);
  EXPECT_GE(asked.key_frames, 1);
}

TEST_F(Shedding, ReceiversSeeNoHoleThatTheyWouldAskUsToFill) {
  Send(camera_.VideoFrame(1, 300, false));
  Send({sound_.Sound(80)});
  const auto picture = Numbers(kReceivedCamera).back();
  const auto sound = Numbers(kReceivedSound).back();
  Send(camera_.VideoFrame(20, 300, false), kLong);
  Send({sound_.Sound(80), sound_.Sound(80)}, kLong);
  Send(camera_.VideoFrame(2, 300, true));
  Send({sound_.Sound(80)});
  const auto pictures = Numbers(kReceivedCamera);
  ASSERT_EQ(pictures.size(), 2U);
  EXPECT_EQ(pictures.front(), static_cast<std::uint16_t>(picture + 1));
  const auto sounds = Numbers(kReceivedSound);
  ASSERT_EQ(sounds.size(), 1U) << "sound goes on at once";
  EXPECT_EQ(sounds.front(), static_cast<std::uint16_t>(sound + 1));
  EXPECT_EQ(receiver_.peer->undecryptable(), 0U);
  EXPECT_EQ(AskedOfTheSender().key_frames, 0) << "it has come by itself";
}

TEST_F(Shedding, AStreamOfWhichNothingWasShedGoesOn) {
  Numbers(kReceivedScreen);
  Send(camera_.VideoFrame(2, 300, false), kLong);
  Send(camera_.VideoFrame(2, 300, true));
  Send(screen_.VideoFrame(2, 300, false));
  EXPECT_EQ(Numbers(kReceivedScreen).size(), 2U);
  EXPECT_EQ(AskedOfTheSender().key_frames, 0);
}

TEST_F(Shedding, WhatTheNetworkLosesAfterwardsIsAskedFor) {
  Send(camera_.VideoFrame(2, 300, false), kLong);
  Send(camera_.VideoFrame(2, 300, true));
  const auto torn = camera_.VideoFrame(4, 300, false);
  Send({torn[0], torn[2], torn[3]});
  EXPECT_GE(AskedOfTheSender().nacks, 1);
}

TEST_F(Shedding, OneSenderThatIsReadLateDoesNotSilenceAnother) {
  CoreRig::Member& other = rig_.Join();
  rig_.Exchange();
  constexpr wire::Ssrc kReceived{8000};
  constexpr wire::Ssrc kSsrc{4000};
  Add(testing::AudioProducer(other.transport, ProducerId(4), kSsrc), kReceived);
  Send({sound_.Sound(80)}, kLong);
  TestStream theirs;
  theirs.ssrc = kSsrc.value();
  theirs.payload_type = testing::kAudioPayloadType;
  const auto datagram = other.Rtp(theirs.Sound(80));
  rig_.set_age(WebRtcTransport::kStale);
  rig_.Feed({&datagram, 1});
  EXPECT_EQ(Numbers(kReceived).size(), 1U);
}

}  // namespace
}  // namespace kcs::sfu
