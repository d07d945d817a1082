#include "engine/sfu/run_padding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/entropy.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_nack.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::TestStream;

class Plan : public ::testing::Test {
 protected:
  Plan() { budget_.Earn(PaddingBudget::kBytesPerPadding * 512); }
  std::vector<std::size_t> Of(const std::vector<std::uint16_t>& sizes) {
    std::vector<RunMember> members;
    for (const std::uint16_t size : sizes)
      members.push_back({.size = size, .padding = 0, .budget = &budget_});
    PlanRuns(members);
    std::vector<std::size_t> planned;
    for (const RunMember& member : members) planned.push_back(std::size_t{member.size} + member.padding);
    return planned;
  }
  PaddingBudget budget_;
};

TEST_F(Plan, AFrameSplitIntoNearlyEqualPacketsBecomesOneRun) {
  EXPECT_THAT(Of({1100, 1100, 1101, 1101, 1101}), Each(1101));
  EXPECT_THAT(Of({1094, 1100, 1101, 1101, 1096}), ElementsAre(1101, 1101, 1101, 1101, 1096));
}

TEST_F(Plan, EqualPacketsAndAShorterLastOneNeedNothing) {
  EXPECT_THAT(Of({1200, 1200, 1200, 77}), ElementsAre(1200, 1200, 1200, 77));
  EXPECT_THAT(Of({1200, 77, 1200, 77}), ElementsAre(1200, 77, 1200, 77));
  EXPECT_THAT(Of({}), ElementsAre());
}

TEST_F(Plan, ADifferenceTooLargeStartsAnotherRun) {
  const auto most = static_cast<std::uint16_t>(kMostRunPadding);
  const auto within = static_cast<std::uint16_t>(300 - most);
  const auto beyond = static_cast<std::uint16_t>(within - 1);
  EXPECT_THAT(Of({300, within, 300}), ElementsAre(300, 300, 300));
  EXPECT_THAT(Of({300, beyond, 300}), ElementsAre(300, beyond, 300));
  // What had been padded for the first run does not grow beyond the bound either.
  EXPECT_THAT(Of({200, 230, 260}), ElementsAre(230, 230, 260));
}

TEST_F(Plan, APacketThatMustStayAsItIsIsNotTouched) {
  std::vector<RunMember> members = {{.size = 100, .padding = 0, .budget = &budget_},
                                    {.size = 99, .padding = 0, .budget = nullptr},
                                    {.size = 100, .padding = 0, .budget = &budget_}};
  PlanRuns(members);
  EXPECT_EQ(members[1].padding, 0);
}

TEST_F(Plan, WhatWasNotWorthItCostsNothing) {
  PaddingBudget poor;
  poor.Earn(PaddingBudget::kBytesPerPadding * 25);
  std::vector<RunMember> members;
  // The fourth would raise the three before it by ten each, which is more than there is.
  for (const std::uint16_t size : std::vector<std::uint16_t>{100, 100, 100, 110})
    members.push_back({.size = size, .padding = 0, .budget = &poor});
  PlanRuns(members);
  for (const RunMember& member : members) EXPECT_EQ(member.padding, 0);
  EXPECT_TRUE(poor.Spend(25));
}

TEST(PaddingBudget, OverheadOfAStreamStaysBelowAFortieth) {
  SeededEntropy entropy(7);
  PaddingBudget budget;
  std::size_t bytes = 0;
  std::size_t padding = 0;
  for (int batch = 0; batch < 1000; ++batch) {
    std::vector<RunMember> members;
    for (std::uint32_t left = 1 + entropy.Below(10); left > 0; --left) {
      const auto size = static_cast<std::uint16_t>(60 + entropy.Below(80));
      budget.Earn(size);
      bytes += size;
      members.push_back({.size = size, .padding = 0, .budget = &budget});
    }
    PlanRuns(members);
    for (const RunMember& member : members) {
      ASSERT_LE(member.padding, kMostRunPadding);
      padding += member.padding;
    }
  }
  EXPECT_GT(padding, bytes / 80) << "it is used";
  EXPECT_LE(padding, bytes / 40);
}

constexpr wire::Ssrc kReceived{5000};

// What one receiver gets of batches of its senders.
class PaddedRuns : public ::testing::Test {
 protected:
  explicit PaddedRuns(bool run_padding = true)
      : rig_(WorkerLimits{.run_padding = run_padding}, 1024 * 1024, 1024) {}
  struct Seen {
    std::vector<std::uint8_t> payload;
    std::size_t padding = 0;
    std::size_t size = 0;
    std::uint32_t ssrc = 0;
    std::uint16_t sequence = 0;
  };
  void SetUp() override {
    rig_.Exchange();
    rig_.Must(producer_);
    rig_.Must(testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), kReceived));
    stream_.ssrc = 1000;
    Feed(stream_.VideoFrame(2, 1100, true));
    Received();
  }
  void Feed(const std::vector<TestStream::Packet>& packets) {
    std::vector<CoreRig::Datagram> datagrams;
    for (const auto& packet : packets) datagrams.push_back(sender_.Rtp(packet));
    rig_.Feed(datagrams);
  }
  // A frame whose packets have these payloads' sizes; the one with the number `named` tells a MID.
  std::vector<TestStream::Packet> Frame(const std::vector<std::size_t>& sizes,
                                        std::optional<std::size_t> named = std::nullopt) {
    stream_.timestamp += 3000;
    ++stream_.picture;
    std::vector<TestStream::Packet> packets;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      std::vector<std::uint8_t> payload(sizes[i], static_cast<std::uint8_t>(i + 1));
      payload[0] = i == 0 ? 0x90 : 0x80;
      payload[1] = 0x80;
      StoreU16(&payload[2], static_cast<std::uint16_t>(0x8000 | stream_.picture));
      payload[4] = 1;
      stream_.extensions.clear();
      if (i == named) stream_.extensions.emplace_back(testing::kMidId, "camera-1");
      packets.push_back(stream_.WithPayload(payload, i + 1 == sizes.size()));
    }
    stream_.extensions.clear();
    return packets;
  }
  std::vector<Seen> Received() {
    std::vector<Seen> seen;
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp) continue;
      seen.push_back({.payload = {rtp->payload().begin(), rtp->payload().end()},
                      .padding = rtp->padding_size(),
                      .size = rtp->size(),
                      .ssrc = rtp->ssrc().value(),
                      .sequence = rtp->sequence_number()});
    }
    return seen;
  }
  void Nack(std::uint16_t sequence) {
    std::vector<std::uint8_t> nack(64);
    ByteWriter writer(nack);
    const std::vector<std::uint16_t> missing = {sequence};
    wire::WriteNack(wire::Ssrc(1), kReceived, missing, writer);
    const auto datagram = receiver_.Rtcp(writer.written());
    rig_.Feed({&datagram, 1});
  }
  std::uint64_t padding_sent() { return rig_.core().stats().padding_sent; }

  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  CoreRig::Member& receiver_ = rig_.Join();
  CreateProducer producer_ =
      testing::VideoProducer(sender_.transport, ProducerId(1), {testing::Encoding(1000, 1001)});
  TestStream stream_;
};

TEST_F(PaddedRuns, PacketsOfAFrameLeaveEquallyLongAndTheReceiverFindsWhatWasSent) {
  const auto frame = Frame({1000, 1000, 1001, 1001});
  Feed(frame);
  const auto seen = Received();
  ASSERT_EQ(seen.size(), 4U);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].size, seen[0].size);
    EXPECT_EQ(seen[i].padding, i < 2 ? 1U : 0U);
    // But for the picture id, which is the receiver's own.
    const auto sent = wire::RtpPacket::Parse(frame[i])->payload();
    ASSERT_EQ(seen[i].payload.size(), sent.size());
    EXPECT_TRUE(std::equal(sent.begin() + 4, sent.end(), seen[i].payload.begin() + 4));
  }
  EXPECT_EQ(padding_sent(), 2U);
}

// Senders name a stream (MID) until they know that it is understood, for example.
TEST_F(PaddedRuns, WhatTheSenderAddsForTheServerAloneIsNotPadded) {
  const auto frame = Frame({1000, 1000, 1000}, 1);
  ASSERT_GT(frame[1].size(), frame[0].size());
  Feed(frame);
  const auto seen = Received();
  ASSERT_EQ(seen.size(), 3U);
  for (const Seen& packet : seen) EXPECT_EQ(packet.size, seen[0].size);
  EXPECT_EQ(padding_sent(), 0U);
}

TEST_F(PaddedRuns, PacketsThatOnlyCameEquallyLongLeaveEquallyLong) {
  const std::size_t name = Frame({1000}, 0)[0].size() - Frame({1000})[0].size();
  const auto frame = Frame({1000, 1000 - name, 1000}, 1);
  ASSERT_EQ(frame[1].size(), frame[0].size());
  Feed(frame);
  const auto seen = Received();
  ASSERT_EQ(seen.size(), 3U);
  for (const Seen& packet : seen) EXPECT_EQ(packet.size, seen[0].size);
  EXPECT_EQ(seen[1].padding, name);
}

TEST_F(PaddedRuns, ARetransmissionOfAPaddedPacketIsThePacketAsItWasSent) {
  const auto frame = Frame({980, 1001, 1001, 900});
  Feed(frame);
  const auto seen = Received();
  ASSERT_EQ(seen.size(), 4U);
  ASSERT_EQ(seen[0].padding, 21U);
  Nack(seen[0].sequence);
  const auto again = Received();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].ssrc, kReceived.value() + 1);
  EXPECT_EQ(again[0].padding, 0U);
  ASSERT_EQ(again[0].payload.size(), seen[0].payload.size() + 2);
  EXPECT_TRUE(std::equal(seen[0].payload.begin(), seen[0].payload.end(), again[0].payload.begin() + 2));
}

TEST_F(PaddedRuns, PaddingOfTheSendersOwnIsNotExtended) {
  auto frame = Frame({1000, 1004, 1004});
  frame[0][0] |= 0x20;  // P: the last three bytes are padding
  frame[0].back() = 3;
  Feed(frame);
  auto seen = Received();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].padding, 0U);
  EXPECT_EQ(seen[0].payload.size(), 997U);
  Nack(seen[0].sequence);
  const auto again = Received();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].payload.size(), 999U) << "the padding of the packet in the history is as it was";
}

TEST_F(PaddedRuns, WhatLeavesIsCountedWithItsPaddingWhatIsMediaWithoutIt) {
  const auto before = std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter}));
  Feed(Frame({1000, 1010}));
  Feed(Frame({1000, 1010, 1010}));
  const auto after = std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter}));
  std::size_t on_the_wire = 0;
  for (const Seen& seen : Received()) on_the_wire += seen.size + 16;  // the tag
  EXPECT_EQ(after.transports[1].bytes_sent - before.transports[1].bytes_sent, on_the_wire);
  EXPECT_EQ(padding_sent(), 20U);
  EXPECT_EQ(after.consumers[0].bytes - before.consumers[0].bytes, 2U * 1000 + 3 * 1010 + 5 * 12);
}

TEST_F(PaddedRuns, APacketThatFillsItsSlotIsLeftAlone) {
  Feed(Frame({2000, 2000, 2001, 2001}));
  const auto seen = Received();
  ASSERT_EQ(seen.size(), 4U);
  for (const Seen& packet : seen) EXPECT_EQ(packet.padding, 0U);
}

class UnpaddedRuns : public PaddedRuns {
 protected:
  UnpaddedRuns() : PaddedRuns(false) {}
};

TEST_F(UnpaddedRuns, SwitchedOffEveryPacketIsAsLongAsItWasSent) {
  Feed(Frame({1000, 1000, 1001, 1001}));
  const auto seen = Received();
  ASSERT_EQ(seen.size(), 4U);
  for (const Seen& packet : seen) EXPECT_EQ(packet.padding, 0U);
  EXPECT_EQ(seen[0].size + 1, seen[3].size);
  EXPECT_EQ(padding_sent(), 0U);
}

TEST(SoundAndPictures, SoundLeavesFirstAndFromLargeToSmall) {
  CoreRig rig;
  for (int i = 0; i < 4; ++i) rig.Join();
  rig.Exchange();
  const auto video = testing::VideoProducer(TransportId(1), ProducerId(1), {testing::Encoding(1000)});
  rig.Must(video);
  rig.Must(testing::ConsumerOf(video, TransportId(4), ConsumerId(1), wire::Ssrc(5000)));
  std::vector<TestStream> talkers(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto audio = testing::AudioProducer(TransportId(i + 1), ProducerId(i + 2), wire::Ssrc(2000 + i));
    rig.Must(audio);
    rig.Must(testing::ConsumerOf(audio, TransportId(4), ConsumerId(i + 2), wire::Ssrc(6000 + 10 * i)));
    talkers[i].ssrc = 2000 + i;
    talkers[i].payload_type = testing::kAudioPayloadType;
  }
  TestStream camera;
  camera.ssrc = 1000;
  std::vector<CoreRig::Datagram> batch;
  for (const auto& packet : camera.VideoFrame(2, 1100, true)) batch.push_back(rig.members()[0].Rtp(packet));
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t size = i == 0 ? 70 : i == 1 ? 130 : 100;
    batch.push_back(rig.members()[i].Rtp(talkers[i].Sound(size)));
  }
  rig.Feed(batch);
  std::vector<std::size_t> ssrcs;
  for (const auto& received : rig.members()[3].peer->TakeReceived()) {
    if (!received.rtcp) ssrcs.push_back(wire::RtpPacket::Parse(received.bytes)->ssrc().value());
  }
  EXPECT_THAT(ssrcs, ElementsAre(6010, 6020, 6000, 5000, 5000));
}

}  // namespace
}  // namespace kcs::sfu
