// Layers inside a stream, as receivers see them: what is sent, that it can be decoded, what it costs, and how
// often the sender is asked for a key frame.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/frame_info.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/testing/svc_sender.h"
#include "engine/wire/vp8.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;
using wire::testing::SvcFormat;
using wire::testing::SvcMode;
using wire::testing::SvcPacket;
using wire::testing::SvcSender;

constexpr std::uint8_t kSenderDescriptorId = 8;
constexpr std::uint8_t kRouterDescriptorId = 12;

std::uint32_t SsrcOf(std::size_t receiver) { return static_cast<std::uint32_t>(5000 + 10 * receiver); }

// One sender of layered video and some receivers.
class Meeting {
 public:
  struct Seen {
    wire::testing::SvcPlace place;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    bool marker = false;
    std::size_t padding = 0;
    std::vector<std::uint8_t> payload;
    std::vector<std::uint8_t> descriptor;
  };

  explicit Meeting(wire::CodecType codec, std::size_t receivers = 1, bool descriptors = true) {
    producer_ = testing::VideoProducer(sender_.transport, ProducerId(1), {testing::Encoding(1000, 1001)});
    producer_.codecs[0].codec = codec;
    if (descriptors)
      producer_.extensions.Set(wire::ExtensionType::kDependencyDescriptor, kSenderDescriptorId);
    for (std::size_t r = 0; r < receivers; ++r) receivers_.push_back(&rig_.Join());
    rig_.Exchange();
    rig_.Must(producer_);
    for (std::size_t r = 0; r < receivers; ++r) {
      auto consumer =
          testing::ConsumerOf(producer_, receivers_[r]->transport, ConsumerId(r + 1), wire::Ssrc(SsrcOf(r)));
      if (descriptors)
        consumer.extensions.Set(wire::ExtensionType::kDependencyDescriptor, kRouterDescriptorId);
      rig_.Must(consumer);
    }
    stream_.ssrc = 1000;
    rtx_.ssrc = 1001;
    rtx_.payload_type = testing::kRtxPayloadType;
  }

  CoreRig& rig() { return rig_; }
  TestStream& stream() { return stream_; }

  TestStream::Packet Make(const SvcPacket& packet) {
    stream_.extensions.clear();
    if (!packet.descriptor.empty()) {
      stream_.extensions.emplace_back(kSenderDescriptorId,
                                      std::string(packet.descriptor.begin(), packet.descriptor.end()));
    }
    return stream_.WithPayload(packet.payload, packet.marker);
  }
  void Send(const TestStream::Packet& packet) {
    const auto datagram = sender_.Rtp(packet);
    rig_.Feed({&datagram, 1});
  }
  void SendAgain(const TestStream::Packet& packet) { Send(testing::Retransmission(rtx_, packet)); }
  void NextPicture() {
    rig_.Advance(33ms);
    stream_.timestamp += 3000;
  }
  void Prefer(std::size_t receiver, std::uint8_t spatial, std::uint8_t temporal) {
    rig_.Must(ConsumerCommand{.consumer = ConsumerId(receiver + 1),
                              .action = ConsumerAction::kSetPreferredLayers,
                              .spatial_layer = spatial,
                              .temporal_layer = temporal});
  }
  std::vector<Seen> Received(std::size_t receiver = 0) {
    std::vector<Seen> seen;
    for (const auto& received : receivers_[receiver]->peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp || rtp->ssrc().value() != SsrcOf(receiver)) continue;
      const Bytes descriptor = rtp->Extension(kRouterDescriptorId);
      const bool video = rtp->payload_size() >= 5;
      seen.push_back({.place = video ? wire::testing::PlaceOf(rtp->payload()) : wire::testing::SvcPlace{},
                      .sequence = rtp->sequence_number(),
                      .timestamp = rtp->timestamp(),
                      .marker = rtp->marker(),
                      .padding = rtp->padding_size(),
                      .payload = {rtp->payload().begin(), rtp->payload().end()},
                      .descriptor = {descriptor.begin(), descriptor.end()}});
    }
    return seen;
  }
  // The dependency descriptor of a packet that the receiver asks for again.
  std::vector<std::uint8_t> DescriptorAgain(std::uint16_t sequence, std::size_t receiver = 0) {
    std::array<std::uint8_t, 64> bytes{};
    ByteWriter writer(bytes);
    wire::WriteNack(wire::Ssrc(1), wire::Ssrc(SsrcOf(receiver)), std::array{sequence}, writer);
    const auto datagram = receivers_[receiver]->Rtcp(writer.written());
    rig_.Feed({&datagram, 1});
    for (const auto& received : receivers_[receiver]->peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp || rtp->ssrc().value() != SsrcOf(receiver) + 1) continue;
      EXPECT_EQ(LoadU16(rtp->payload().data()), sequence);
      const Bytes descriptor = rtp->Extension(kRouterDescriptorId);
      return {descriptor.begin(), descriptor.end()};
    }
    ADD_FAILURE() << sequence << " is not sent again";
    return {};
  }
  // Key frame requests that reached the sender.
  int KeyFrameRequests() {
    int requests = 0;
    for (const auto& received : sender_.peer->TakeReceived()) {
      if (!received.rtcp) continue;
      wire::RtcpCompoundReader reader(received.bytes);
      while (const auto packet = reader.Next()) {
        requests += packet->type == wire::RtcpType::kPayloadFeedback && packet->count == wire::Pli::kFormat;
      }
    }
    return requests;
  }
  RouterStats Stats() { return std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter})); }

 private:
  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  std::vector<CoreRig::Member*> receivers_;
  CreateProducer producer_;
  TestStream stream_;
  TestStream rtx_;
};

// A meeting whose sender has an encoder.
class SvcMeeting : public Meeting {
 public:
  SvcMeeting(const char* mode, SvcFormat format, std::size_t receivers = 1)
      : Meeting(format == SvcFormat::kAv1 ? wire::CodecType::kAv1 : wire::CodecType::kVp9, receivers,
                format == SvcFormat::kAv1),
        sender_(SvcMode::Parse(mode), format) {}

  void Play(int pictures) {
    for (int i = 0; i < pictures; ++i) {
      NextPicture();
      for (const SvcPacket& packet : sender_.NextPicture(KeyFrameRequests() > 0)) Send(Make(packet));
    }
  }
  // A picture whose receiver changes its mind at random, also within it.
  void PlayWithWishes(Entropy& entropy, bool key) {
    NextPicture();
    for (const SvcPacket& packet : sender_.NextPicture(key || KeyFrameRequests() > 0)) {
      if (entropy.Below(12) == 0)
        Prefer(0, static_cast<std::uint8_t>(entropy.Below(3)), static_cast<std::uint8_t>(entropy.Below(3)));
      Send(Make(packet));
    }
  }
  // One of which the encoder leaves out a spatial layer.
  void PlayWithout(int spatial) {
    NextPicture();
    for (const SvcPacket& packet : sender_.NextPicture(false)) {
      if (SpatialOf(packet) != spatial) Send(Make(packet));
    }
  }
  int SpatialOf(const SvcPacket& packet) const {
    return sender_.frames()[wire::testing::PlaceOf(packet.payload).frame].spatial;
  }
  SvcSender& sender() { return sender_; }

 private:
  SvcSender sender_;
};

// Numbers without holes, complete frames with all they refer to, and the marker at the end of each picture.
void ExpectDecodable(const std::vector<Meeting::Seen>& seen, const SvcSender& sender) {
  std::map<std::uint32_t, int> packets;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto expected = i == 0 ? seen[i].sequence : static_cast<std::uint16_t>(seen[i - 1].sequence + 1);
    ASSERT_EQ(seen[i].sequence, expected);
    const auto& frame = sender.frames()[seen[i].place.frame];
    if (++packets[frame.index] == frame.packets) {
      for (const std::uint32_t reference : frame.references)
        ASSERT_EQ(packets[reference], sender.frames()[reference].packets)
            << frame.index << " without " << reference;
    }
    const bool last = i + 1 == seen.size() || seen[i + 1].timestamp != seen[i].timestamp;
    ASSERT_EQ(seen[i].marker, last) << frame.index;
  }
}

TEST(Layers, ReceiversOfVp9GetWhatTheyPrefer) {
  SvcMeeting meeting("L3T3_KEY", SvcFormat::kVp9Flexible, 3);
  meeting.Prefer(0, 0, 0);
  meeting.Prefer(1, 1, 2);
  meeting.Play(60);
  const auto stats = meeting.Stats();
  const std::vector<std::pair<int, int>> expected{{0, 0}, {1, 2}, {2, 2}};
  for (std::size_t r = 0; r < 3; ++r) {
    ExpectDecodable(meeting.Received(r), meeting.sender());
    EXPECT_EQ(stats.consumers[r].spatial_layer, expected[r].first) << r;
    EXPECT_EQ(stats.consumers[r].temporal_layer, expected[r].second) << r;
  }
}

TEST(Layers, PreferencesCanChangeAtAnyTime) {
  for (const SvcFormat format : {SvcFormat::kVp9, SvcFormat::kVp9Flexible, SvcFormat::kAv1}) {
    for (const char* mode : {"L3T3", "L3T3_KEY", "S3T3"}) {
      SvcMeeting meeting(mode, format);
      SeededEntropy entropy{4};
      for (int i = 0; i < 30; ++i) {
        meeting.Prefer(0, static_cast<std::uint8_t>(entropy.Below(3)),
                       static_cast<std::uint8_t>(entropy.Below(3)));
        meeting.Play(static_cast<int>(entropy.Below(9)));
      }
      const auto seen = meeting.Received();
      EXPECT_GT(seen.size(), 80U);
      ExpectDecodable(seen, meeting.sender());
    }
  }
}

TEST(Layers, PreferencesCanChangeWithinAPictureToo) {
  for (const SvcFormat format : {SvcFormat::kVp9, SvcFormat::kVp9Flexible, SvcFormat::kAv1}) {
    for (const char* mode : {"L3T3", "L3T3_KEY", "S3T3", "L1T3", "L2T2"}) {
      SvcMeeting meeting(mode, format);
      SeededEntropy entropy{4};
      for (int i = 0; i < 300; ++i) meeting.PlayWithWishes(entropy, entropy.Below(20) == 0);
      const auto seen = meeting.Received();
      EXPECT_GT(seen.size(), 80U);
      ExpectDecodable(seen, meeting.sender());
      if (HasFatalFailure()) FAIL() << mode << " " << static_cast<int>(format);
    }
  }
}

// What a receiver's own parser makes of its descriptors.
std::vector<std::optional<std::uint32_t>> ActiveTargets(const std::vector<Meeting::Seen>& seen) {
  wire::DependencyDescriptorState state;
  std::vector<std::optional<std::uint32_t>> active;
  for (const auto& packet : seen) {
    const auto descriptor = wire::DependencyDescriptor::Parse(packet.descriptor, state);
    active.push_back(state.active_decode_targets);
    EXPECT_TRUE(descriptor && descriptor->frame_number == packet.place.frame) << packet.place.frame;
  }
  return active;
}

TEST(Layers, APictureOfWhichTheSenderLeavesOutALayerEndsWithTheOneBelow) {
  for (const SvcFormat format : {SvcFormat::kVp9Flexible, SvcFormat::kAv1}) {
    SvcMeeting meeting("L3T1", format);
    meeting.Prefer(0, 1, 0);
    meeting.Play(10);
    meeting.Received();
    meeting.PlayWithout(1);
    const auto seen = meeting.Received();
    ASSERT_FALSE(seen.empty());
    for (const auto& packet : seen) {
      EXPECT_EQ(meeting.sender().frames()[packet.place.frame].spatial, 0);
      EXPECT_EQ(packet.marker, &packet == &seen.back());
    }
  }
}

TEST(Layers, TheEndOfAFrameWaitsForWhatFollowsButNotForLong) {
  SvcMeeting meeting("L2T1", SvcFormat::kAv1);
  meeting.Play(10);
  meeting.Received();
  meeting.NextPicture();
  std::size_t sent = 0;
  for (const SvcPacket& packet : meeting.sender().NextPicture(false)) {
    if (meeting.SpatialOf(packet) > 0) continue;
    meeting.Send(meeting.Make(packet));
    ++sent;
  }
  EXPECT_EQ(meeting.Received().size(), sent - 1);
  meeting.rig().Advance(FrameEnds::kLongest);
  EXPECT_EQ(meeting.Received().size(), 1U);
}

TEST(Layers, ReceiversOfAv1AreToldWhichDecodeTargetsTheyGet) {
  SvcMeeting meeting("L2T2", SvcFormat::kAv1, 2);
  meeting.Prefer(0, 0, 1);
  meeting.Play(20);
  const auto cut = meeting.Received(0);
  ExpectDecodable(cut, meeting.sender());
  for (const auto& active : ActiveTargets(cut)) EXPECT_EQ(active, 0b0011U);
  const auto whole = meeting.Received(1);
  for (const auto& active : ActiveTargets(whole)) EXPECT_EQ(active, 0b1111U);
  std::size_t rewritten = 0;
  for (const auto& packet : whole) rewritten += packet.place.frame > 1 && packet.descriptor.size() > 3;
  EXPECT_EQ(rewritten, 0U) << "who gets everything gets the sender's own descriptors";
}

TEST(Layers, WhatWasCutIsTakenBackInTheDescriptorsToo) {
  SvcMeeting meeting("L1T3", SvcFormat::kAv1);
  meeting.Play(8);
  meeting.Prefer(0, 0, 0);
  meeting.Play(8);
  meeting.Prefer(0, 0, 2);
  meeting.Play(16);
  const auto seen = meeting.Received();
  ExpectDecodable(seen, meeting.sender());
  const auto active = ActiveTargets(seen);
  EXPECT_EQ(active.front(), 0b111U);
  EXPECT_TRUE(std::ranges::count(active, 0b001U) > 0);
  EXPECT_EQ(active.back(), 0b111U) << "although no key frame came";
}

TEST(Layers, APacketThatIsSentAgainSaysWhichDecodeTargetsWereActiveThen) {
  SvcMeeting meeting("L1T3", SvcFormat::kAv1);
  meeting.Play(8);
  meeting.Received();
  meeting.Prefer(0, 0, 0);
  meeting.Play(8);
  const auto cut = meeting.Received();
  meeting.Prefer(0, 0, 2);
  meeting.Play(8);
  const auto whole = meeting.Received();
  const auto first_of = [](const std::vector<Meeting::Seen>& seen) {
    return std::ranges::find_if(seen, [](const auto& packet) { return packet.descriptor.size() > 3; });
  };
  // As it was said the first time, whatever is true now.
  const auto narrowed = first_of(cut);
  ASSERT_NE(narrowed, cut.end());
  EXPECT_EQ(meeting.DescriptorAgain(narrowed->sequence), narrowed->descriptor);
  // Said in this packet only: who has lost it must hear it by its retransmission.
  const auto returned = std::find_if(whole.rbegin(), whole.rend(),
                                     [](const auto& packet) { return packet.descriptor.size() > 3; });
  ASSERT_NE(returned, whole.rend());
  EXPECT_EQ(meeting.DescriptorAgain(returned->sequence), returned->descriptor);
  EXPECT_EQ(meeting.DescriptorAgain(whole.back().sequence), whole.back().descriptor);
}

TEST(Layers, APacketThatComesLateAndIsNotForThisReceiverFillsItsHole) {
  SvcMeeting meeting("L2T1", SvcFormat::kVp9Flexible, 2);
  meeting.Prefer(0, 0, 0);
  meeting.Play(5);
  meeting.Received(0);
  meeting.Received(1);
  meeting.NextPicture();
  std::vector<TestStream::Packet> packets;
  for (const SvcPacket& packet : meeting.sender().NextPicture()) packets.push_back(meeting.Make(packet));
  ASSERT_EQ(packets.size(), 4U);
  meeting.Send(packets[0]);
  meeting.Send(packets[1]);
  meeting.Send(packets[3]);  // of the upper layer, as is the one that was lost
  meeting.Play(1);
  const auto before = meeting.Received(0);
  ASSERT_EQ(before.size(), 4U);
  EXPECT_EQ(before[2].sequence, static_cast<std::uint16_t>(before[1].sequence + 2))
      << "nobody can know whose it was";
  meeting.SendAgain(packets[2]);
  const auto late = meeting.Received(0);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].sequence, static_cast<std::uint16_t>(before[1].sequence + 1));
  EXPECT_EQ(late[0].padding, 1U);
  EXPECT_TRUE(late[0].payload.empty());
  const auto other = meeting.Received(1);
  EXPECT_EQ(other.back().payload.size(), other[2].payload.size()) << "who gets the layer gets the packet";
}

// --- VP8 ---

std::vector<std::uint8_t> Vp8Payload(std::uint16_t picture, std::uint8_t tl0, std::uint8_t temporal,
                                     bool sync, bool key) {
  std::vector<std::uint8_t> payload(40, 0x55);
  wire::Vp8Descriptor d;
  d.start_of_partition = true;
  d.picture_id = picture;
  d.wide_picture_id = true;
  d.tl0_picture_index = tl0;
  d.temporal_layer = temporal;
  d.layer_sync = sync;
  ByteWriter writer(payload);
  d.Write(writer);
  payload[writer.size()] = key ? 0 : 1;
  return payload;
}

// A VP8 sender with three temporal layers in browsers' pattern: 0 2 1 2.
class Vp8Meeting : public Meeting {
 public:
  Vp8Meeting() : Meeting(wire::CodecType::kVp8) {}

  void Play(int pictures) {
    for (int i = 0; i < pictures; ++i, ++picture_) {
      NextPicture();
      const bool key = KeyFrameRequests() > 0 || picture_ == 0;
      if (key) place_ = 0;
      const auto temporal = std::array<std::uint8_t, 4>{0, 2, 1, 2}[place_ % 4];
      if (temporal == 0) ++tl0_;
      Send(stream().WithPayload(Vp8Payload(static_cast<std::uint16_t>((0x7ff0 + picture_) & 0x7fff), tl0_,
                                           temporal, place_ % 4 == 1 || place_ % 4 == 2, key),
                                true));
      ++place_;
    }
  }
  std::vector<wire::Vp8Descriptor> Descriptors() {
    std::vector<wire::Vp8Descriptor> descriptors;
    std::optional<std::uint16_t> before;
    for (const Seen& seen : Received()) {
      descriptors.push_back(wire::Vp8Descriptor::Parse(seen.payload).value());
      EXPECT_TRUE(!before || seen.sequence == static_cast<std::uint16_t>(*before + 1)) << seen.sequence;
      before = seen.sequence;
    }
    return descriptors;
  }

 private:
  unsigned picture_ = 0;
  unsigned place_ = 0;
  std::uint8_t tl0_ = 250;
};

void ExpectContinuous(const std::vector<wire::Vp8Descriptor>& descriptors) {
  for (std::size_t i = 1; i < descriptors.size(); ++i) {
    ASSERT_EQ(descriptors[i].picture_id, (*descriptors[i - 1].picture_id + 1) & 0x7fff) << i;
    const bool base = descriptors[i].temporal_layer == 0;
    ASSERT_EQ(descriptors[i].tl0_picture_index,
              static_cast<std::uint8_t>(*descriptors[i - 1].tl0_picture_index + (base ? 1 : 0)));
  }
}

TEST(Layers, Vp8IdsAreContinuousWhenTemporalLayersAreLeftOut) {
  Vp8Meeting meeting;
  meeting.Play(20);
  meeting.Prefer(0, 0, 1);
  meeting.Play(20);
  meeting.Prefer(0, 0, 0);
  meeting.Play(20);
  meeting.Prefer(0, 0, 2);
  meeting.Play(20);
  const auto descriptors = meeting.Descriptors();
  EXPECT_NEAR(static_cast<double>(descriptors.size()), 20 + 10 + 5 + 20, 4);
  EXPECT_EQ(descriptors.back().temporal_layer, 2);
  ExpectContinuous(descriptors);
}

TEST(Layers, Vp8IdsGoOnAfterAPause) {
  Vp8Meeting meeting;
  meeting.Play(20);
  meeting.rig().Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kPause});
  meeting.Play(20);
  meeting.rig().Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kResume});
  meeting.Play(20);
  const auto descriptors = meeting.Descriptors();
  EXPECT_NEAR(static_cast<double>(descriptors.size()), 40, 3);
  ExpectContinuous(descriptors);
}

// --- key frames ---

TEST(Layers, ManyReceiversThatSwitchAskForOneKeyFrameASecond) {
  constexpr std::size_t kReceivers = 20;
  SvcMeeting meeting("L3T1_KEY", SvcFormat::kVp9Flexible, kReceivers);
  meeting.Play(60);
  SeededEntropy entropy{9};
  int requests = 0;
  for (int picture = 0; picture < 300; ++picture) {
    const auto receiver = entropy.Below(kReceivers);
    meeting.Prefer(receiver, static_cast<std::uint8_t>(entropy.Below(3)), 0);
    const int now = meeting.KeyFrameRequests();
    requests += now;
    meeting.NextPicture();
    for (const SvcPacket& packet : meeting.sender().NextPicture(now > 0)) meeting.Send(meeting.Make(packet));
  }
  EXPECT_LE(requests, 11) << "in ten seconds";
  EXPECT_GE(requests, 8);
  for (std::size_t r = 0; r < kReceivers; ++r) ExpectDecodable(meeting.Received(r), meeting.sender());
}

}  // namespace
}  // namespace kcs::sfu
