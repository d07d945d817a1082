#include <gtest/gtest.h>

#include <array>
#include <optional>

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
class Road {
 public:
  void Step(std::uint16_t i) {
    now_ += 4ms;
    if (i % 20 == 7) return;  // lost
    const auto sequence = static_cast<std::uint16_t>(i % 20 == 8 ? i - 2 : i);
    const ReceivedPacket received = source_.OnPacket(sequence, i / 8 * 3000U, 1200, now_);
    if (!IsUsable(received.arrival)) return;
    Keep(received, i);
    if (i % 500 == 0) gate_.SetTarget({.temporal = static_cast<std::uint8_t>(i / 500 % 2)});
    const auto number = Forward(received, FrameOf(sequence, i == 0), i / 8 * 3000U);
    if (number && i % 10 == 0) Report(static_cast<std::uint16_t>(*number - 10), i);
  }
  std::uint64_t sent() const { return sender_.packets(); }
  std::uint64_t requested() const { return nacks_.requested(); }

 private:
  void Keep(const ReceivedPacket& received, std::uint16_t i) {
    nacks_.OnPacket(received.sequence, i % 1000 == 0, now_);
    nacks_.Due(now_, 50ms, wanted_);
    StoredPacket packet;
    packet.slot = slab_.Acquire();
    packet.sequence = received.sequence;
    packet.arrived = now_;
    history_.Add(std::move(packet));
    level_.OnPacket(20, true, now_);
  }
  // Frames of eight packets, every second one of temporal layer 1; the target goes up and down.
  static wire::FrameInfo FrameOf(std::uint16_t sequence, bool first) {
    const auto picture = static_cast<std::uint16_t>(sequence / 8);
    wire::FrameInfo frame;
    frame.layers = wire::LayerModel::kIds;
    frame.key_frame = frame.key_picture = frame.opens_temporal = first;
    frame.start_of_frame = sequence % 8 == 0;
    frame.temporal = picture % 2;
    frame.switching_point = true;
    frame.ids = {.picture_id = picture, .picture_id_offset = 2, .size = 4, .wide = true};
    return frame;
  }
  std::optional<std::uint64_t> Forward(const ReceivedPacket& received, const wire::FrameInfo& frame,
                                       std::uint32_t metered_timestamp) {
    const std::uint32_t timestamp = frame.ids.picture_id * 3000U;
    meter_.OnPacket(frame, 1200, metered_timestamp, now_);
    if (gate_.Decide(0, frame, received.sequence, timestamp).action == LayerGate::Action::kDrop) {
      if (rewriter_.Drop(0, received.sequence)) pictures_.Drop(frame.ids);
      return std::nullopt;
    }
    const auto mapped = rewriter_.Map(0, received.sequence, timestamp, now_);
    if (!mapped) return std::nullopt;
    pictures_.Map(mapped->segment, frame.ids);
    sender_.OnPacket(mapped->timestamp, 1180, 1200, now_);
    return mapped->sequence;
  }
  void Report(std::uint16_t number, std::uint16_t i) {
    if (const auto origin = rewriter_.Source(number)) history_.Find(origin->source_sequence, now_);
    retransmissions_.Ask(number, 50ms, now_);
    source_.OnSenderReport(ToNtp(now_), i, now_);
    clocks_.OnSenderReport(ToNtp(now_), now_);
    source_.MakeReportBlock(now_);
    sender_.MakeReport(SendStream::SourceClock{*source_.sender_clock(), 0}, clocks_, now_, entropy_);
    sender_.OnReceiverReport({}, now_);
  }

  SeededEntropy entropy_{5};
  Slab slab_{2048};
  ReceiveStream source_{wire::Ssrc{1}, 90'000};
  NackGenerator nacks_;
  PacketHistory history_{512};
  LayerGate gate_{wire::MediaKind::kVideo, 1};
  Rewriter rewriter_{90'000, entropy_};
  PictureIdRewriter pictures_;
  LayerMeter meter_;
  SendStream sender_{wire::Ssrc{2}, 90'000, wire::MediaKind::kVideo};
  RetransmissionGate retransmissions_;
  AudioLevel level_;
  ClockMap clocks_;
  Timestamp now_{1s};
  std::array<std::uint16_t, 64> wanted_{};
};

TEST(Allocation, TheSteadyStateOfAStreamNeedsNone) {
  Road road;
  for (std::uint16_t i = 0; i < 5000; ++i) road.Step(i);
  const std::uint64_t before = AllocationsSoFar();
  ASSERT_GT(before, 0U) << "the counter counts";
  for (std::uint16_t i = 5000; i < 30'000; ++i) road.Step(i);
  EXPECT_EQ(AllocationsSoFar() - before, 0U);
  EXPECT_GT(road.sent(), 15'000U);
  EXPECT_LT(road.sent(), 25'000U) << "a layer was left out at times";
  EXPECT_GT(road.requested(), 1000U);
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
