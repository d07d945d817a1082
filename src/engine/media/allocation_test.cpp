#include <gtest/gtest.h>

#include <array>

#include "base/testing/allocations.h"
#include "engine/media/audio_level.h"
#include "engine/media/layer_gate.h"
#include "engine/media/layer_meter.h"
#include "engine/media/nack_generator.h"
#include "engine/media/packet_history.h"
#include "engine/media/picture_id_rewriter.h"
#include "engine/media/receive_stream.h"
#include "engine/media/retransmission_gate.h"
#include "engine/media/rewriter.h"
#include "engine/media/send_stream.h"

namespace kcs::media {
namespace {

// One source and one consumer with losses, reordering, retransmissions and temporal layers left out.
TEST(Allocation, TheSteadyStateOfAStreamNeedsNone) {
  SeededEntropy entropy{5};
  Slab slab{2048};
  ReceiveStream source{wire::Ssrc{1}, 90'000};
  NackGenerator nacks;
  PacketHistory history{512};
  LayerGate gate{wire::MediaKind::kVideo, 1};
  Rewriter rewriter{90'000, entropy};
  PictureIdRewriter pictures;
  LayerMeter meter;
  SendStream sender{wire::Ssrc{2}, 90'000, wire::MediaKind::kVideo};
  RetransmissionGate retransmissions;
  AudioLevel level;
  ClockMap clocks;
  Timestamp now{1s};
  std::array<std::uint16_t, 64> wanted{};

  const auto step = [&](std::uint16_t i) {
    now += 4ms;
    if (i % 20 == 7) return;  // lost
    const auto sequence = static_cast<std::uint16_t>(i % 20 == 8 ? i - 2 : i);
    const ReceivedPacket received = source.OnPacket(sequence, i / 8 * 3000U, 1200, now);
    if (!IsUsable(received.arrival)) return;
    nacks.OnPacket(received.sequence, i % 1000 == 0, now);
    nacks.Due(now, 50ms, wanted);
    StoredPacket packet;
    packet.slot = slab.Acquire();
    packet.sequence = received.sequence;
    packet.arrived = now;
    history.Add(std::move(packet));
    level.OnPacket(20, true, now);

    // Frames of eight packets, every second one of temporal layer 1; the target goes up and down.
    const auto picture = static_cast<std::uint16_t>(sequence / 8);
    wire::FrameInfo frame;
    frame.layers = wire::LayerModel::kIds;
    frame.key_frame = frame.key_picture = frame.opens_temporal = i == 0;
    frame.start_of_frame = sequence % 8 == 0;
    frame.temporal = picture % 2;
    frame.switching_point = true;
    frame.ids = {.picture_id = picture, .picture_id_offset = 2, .size = 4, .wide = true};
    if (i % 500 == 0) gate.SetTarget({.temporal = static_cast<std::uint8_t>(i / 500 % 2)});
    meter.OnPacket(frame, 1200, i / 8 * 3000U, now);
    const auto decision = gate.Decide(0, frame, received.sequence, picture * 3000U);
    if (decision.action == LayerGate::Action::kDrop) {
      if (rewriter.Drop(0, received.sequence)) pictures.Drop(frame.ids);
      return;
    }
    const auto mapped = rewriter.Map(0, received.sequence, picture * 3000U, now);
    if (!mapped) return;
    pictures.Map(mapped->segment, frame.ids);
    sender.OnPacket(mapped->timestamp, 1180, 1200, now);
    if (i % 10 == 0) {
      const auto number = static_cast<std::uint16_t>(mapped->sequence - 10);
      if (const auto origin = rewriter.Source(number)) history.Find(origin->source_sequence, now);
      retransmissions.Ask(number, 50ms, now);
      source.OnSenderReport(ToNtp(now), i, now);
      clocks.OnSenderReport(ToNtp(now), now);
      source.MakeReportBlock(now);
      sender.MakeReport(SendStream::SourceClock{*source.sender_clock(), 0}, clocks, now, entropy);
      sender.OnReceiverReport({}, now);
    }
  };
  for (std::uint16_t i = 0; i < 5000; ++i) step(i);
  const std::uint64_t before = AllocationsSoFar();
  ASSERT_GT(before, 0U) << "the counter counts";
  for (std::uint16_t i = 5000; i < 30'000; ++i) step(i);
  EXPECT_EQ(AllocationsSoFar() - before, 0U);
  EXPECT_GT(sender.packets(), 15'000U);
  EXPECT_LT(sender.packets(), 25'000U) << "a layer was left out at times";
  EXPECT_GT(nacks.requested(), 1000U);
}

TEST(Allocation, EndlessLossNeedsNoMoreMemoryThanSomeLoss) {
  NackGenerator nacks;
  Timestamp now{1s};
  std::array<std::uint16_t, 64> wanted{};
  std::uint64_t sequence = 0;
  const auto lose_and_receive = [&](int times) {
    for (int i = 0; i < times; ++i, now += 4ms) {
      sequence += 1 + (i % 5 == 0 ? 2 : 0);
      nacks.OnPacket(sequence, false, now);
      nacks.Due(now, 50ms, wanted);
    }
  };
  lose_and_receive(20'000);
  ASSERT_GT(nacks.missing(), 0U);
  const std::uint64_t before = AllocationsSoFar();
  lose_and_receive(200'000);
  EXPECT_EQ(AllocationsSoFar() - before, 0U);
}

// "Small": what a meeting of hundreds multiplies.
TEST(Allocation, AConsumerIsSmall) {
  EXPECT_LE(sizeof(Rewriter) + sizeof(SendStream), 256U);
  EXPECT_LE(sizeof(Rewriter) + sizeof(SendStream) + sizeof(LayerGate) + sizeof(RetransmissionGate) +
                sizeof(PictureIdRewriter),
            544U);
}

}  // namespace
}  // namespace kcs::media
