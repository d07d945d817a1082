// What the core tells about how streams and paths are doing, and what its statistics say.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/two_encodings.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_remb.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;

constexpr wire::Ssrc kReceived{5000};
constexpr std::uint8_t kSenderReport = 200;  // RTCP's packet type

// A sender with one picture in two qualities, and a receiver of it.
class PathNews : public ::testing::Test, protected testing::TwoEncodings {
 protected:
  PathNews() : TwoEncodings({.packets = 1, .size = 1000}, {.packets = 4, .size = 1000}) {
    CreateConsumer consumer = testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), kReceived);
    consumer.codecs[0].feedback.remb = true;
    rig_.Must(consumer);
  }
  // Of each `lose_one_of` packets one does not arrive at the server; 0: all arrive.
  void Play(Duration time, int lose_one_of = 0, bool of_the_larger_alone = false) {
    for (Duration done{}; done < time; done += 33ms, ++frames_) {
      const auto packets = Picture(frames_ % 30 == 0);
      for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool safe = lose_one_of == 0 || (i == 0 && of_the_larger_alone);
        if (safe || ++packets_ % lose_one_of != 0) Send(packets[i]);
      }
      if (frames_ % 15 == 0) {
        SendRtcp(receiver_,
                 wire::Remb{.sender_ssrc = wire::Ssrc(77), .bitrate_bps = carries_, .sources = {}});
      }
      rig_.Advance(33ms);
    }
  }
  // What the receiver reports about what it gets. `answers`: of our last sender report, with no time in
  // between.
  void Report(double loss, std::uint32_t jitter = 0, bool answers = false) {
    wire::ReceiverReport report;
    report.sender_ssrc = wire::Ssrc(77);
    report.blocks.PushBack({.ssrc = kReceived,
                            .fraction_lost = static_cast<std::uint8_t>(loss * 256),
                            .jitter = jitter,
                            .last_sr = answers ? last_sr_ : 0});
    SendRtcp(receiver_, report);
  }
  template <typename Packet>
  void SendRtcp(CoreRig::Member& member, const Packet& packet) {
    std::array<std::uint8_t, 256> memory;
    ByteWriter writer(memory);
    packet.Write(writer);
    TwoEncodings::SendRtcp(member, writer.written());
  }
  // The middle of the NTP time of the sender report that the receiver got last (RFC 3550 6.4.1).
  void TakeSenderReport() {
    for (const auto& received : receiver_.peer->TakeReceived()) {
      if (received.rtcp && received.bytes[1] == kSenderReport) last_sr_ = LoadU32(received.bytes.data() + 10);
    }
  }
  std::optional<TransportQuality> QualityOf(TransportId transport) {
    std::optional<TransportQuality> last;
    for (const TransportQuality& told : rig_.TakeNews<TransportQuality>()) {
      if (told.transport == transport) last = told;
    }
    return last;
  }
  RouterStats Stats() { return std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter})); }

  std::uint64_t carries_ = 5'000'000;  // the receiver's link, as it says
  int frames_ = 0;
  int packets_ = 0;
  std::uint32_t last_sr_ = 0;
};

TEST_F(PathNews, AProducersScoreIsToldWhenItFallsAndWhenItRisesAgain) {
  Play(3s);
  auto told = rig_.TakeNews<ProducerScoreChanged>();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().producer, ProducerId(1));
  EXPECT_EQ(told.back().score, 10);
  Play(3s);
  EXPECT_TRUE(rig_.TakeNews<ProducerScoreChanged>().empty()) << "nothing has changed";

  Play(4s, 4);
  told = rig_.TakeNews<ProducerScoreChanged>();
  ASSERT_FALSE(told.empty());
  EXPECT_LT(told.back().score, 5) << "a quarter is lost, of both qualities";
  EXPECT_LE(told.size(), 4U) << "at most one a second";
  Play(4s);
  told = rig_.TakeNews<ProducerScoreChanged>();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().score, 10);
}

TEST_F(PathNews, AProducersScoreIsThatOfItsBestEncoding) {
  Play(3s);
  rig_.TakeNews<ProducerScoreChanged>();
  Play(4s, 4, true);
  EXPECT_TRUE(rig_.TakeNews<ProducerScoreChanged>().empty()) << "the smaller one is whole";
  EXPECT_EQ(Stats().producers[0].score, 10);
}

TEST_F(PathNews, AConsumersScoreIsWhatItsReceiverReports) {
  Play(3s);
  EXPECT_TRUE(rig_.TakeNews<ConsumerScoreChanged>().empty()) << "perfect until told otherwise";
  Report(0.2);
  Play(2s);
  auto told = rig_.TakeNews<ConsumerScoreChanged>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].consumer, ConsumerId(1));
  EXPECT_LT(told[0].score, 5);
  Report(0.2);
  Play(2s);
  EXPECT_TRUE(rig_.TakeNews<ConsumerScoreChanged>().empty());
  Report(0);
  Play(2s);
  told = rig_.TakeNews<ConsumerScoreChanged>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].score, 10);
}

TEST_F(PathNews, QualityIsToldEveryOtherSecondWhileMediaFlows) {
  Play(10s);
  const auto told = rig_.TakeNews<TransportQuality>();
  for (const CoreRig::Member* member : {&sender_, &receiver_}) {
    const auto count = std::ranges::count(told, member->transport, &TransportQuality::transport);
    EXPECT_GE(count, 4);
    EXPECT_LE(count, 6);
  }
  for (const TransportQuality& quality : told) EXPECT_EQ(quality.score, 1);
}

TEST_F(PathNews, LossUpstreamIsTheSendersAndLossDownstreamTheReceivers) {
  Play(4s, 8);
  auto up = QualityOf(sender_.transport);
  ASSERT_TRUE(up);
  EXPECT_NEAR(up->loss, 0.125, 0.04);
  EXPECT_LT(up->score, 0.5);
  Play(4s);
  rig_.TakeNews<TransportQuality>();
  Report(0.125);
  Play(3s);
  const auto down = QualityOf(receiver_.transport);
  ASSERT_TRUE(down);
  EXPECT_NEAR(down->loss, 0.125, 0.01);
  EXPECT_LT(down->score, 0.5);
  rig_.TakeNews<TransportQuality>();
  Play(3s);
  up = QualityOf(sender_.transport);
  ASSERT_TRUE(up);
  EXPECT_EQ(up->loss, 0) << "it sends well";
}

TEST_F(PathNews, TheRoundTripAndTheJitterAreTheReceivers) {
  Play(3s);
  EXPECT_FALSE(QualityOf(receiver_.transport)->rtt_ms) << "nothing is known yet";
  TakeSenderReport();
  ASSERT_NE(last_sr_, 0U);
  Play(1100ms);
  TakeSenderReport();
  rig_.MoveClock(300ms);
  Report(0, 90 * 60, true);
  Play(3s);
  const auto quality = QualityOf(receiver_.transport);
  ASSERT_TRUE(quality && quality->rtt_ms);
  EXPECT_GE(*quality->rtt_ms, 300);
  EXPECT_LE(*quality->rtt_ms, 1500) << "the last report left at most so long ago";
  EXPECT_DOUBLE_EQ(quality->jitter_ms, 60);
  EXPECT_LT(quality->score, 0.9);
}

TEST_F(PathNews, APictureThatDoesNotFitCountsAgainstThePath) {
  Play(4s);
  EXPECT_EQ(QualityOf(receiver_.transport)->score, 1);
  carries_ = 400'000;
  Play(6s);
  const auto quality = QualityOf(receiver_.transport);
  ASSERT_TRUE(quality);
  EXPECT_LT(quality->score, 0.8) << "the larger one needs 960 kbit/s";
  EXPECT_EQ(quality->loss, 0);
  EXPECT_GT(quality->available_bitrate, 240'000U);
  EXPECT_LE(quality->available_bitrate, 400'000U);
}

TEST_F(PathNews, StatisticsSayWhichLayersAreSentAndWhyNotMore) {
  Play(4s);
  ConsumerStats consumer = Stats().consumers.at(0);
  EXPECT_EQ(consumer.spatial_layer, 1);
  EXPECT_EQ(consumer.temporal_layer, 0);
  EXPECT_EQ(consumer.layers_reason, congestion::AllocationReason::kPreferred);
  const auto transport = [&] {
    const RouterStats stats = Stats();
    return *std::ranges::find(stats.transports, receiver_.transport, &TransportStats::id);
  };
  EXPECT_GT(transport().available_bitrate.value_or(0), transport().allocated_bitrate);
  EXPECT_GT(transport().allocated_bitrate, 800'000U);

  carries_ = 400'000;
  Play(6s);
  consumer = Stats().consumers.at(0);
  EXPECT_EQ(consumer.spatial_layer, 0);
  EXPECT_EQ(consumer.layers_reason, congestion::AllocationReason::kBandwidth);
  ASSERT_TRUE(transport().available_bitrate);
  EXPECT_LE(*transport().available_bitrate, 400'000U);
  EXPECT_GT(transport().allocated_bitrate, 200'000U);
  EXPECT_LE(transport().allocated_bitrate, *transport().available_bitrate);

  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1),
                            .action = ConsumerAction::kSetViewport,
                            .viewport = {.width = 0, .height = 0, .visible = false}});
  Play(500ms);
  consumer = Stats().consumers.at(0);
  EXPECT_EQ(consumer.spatial_layer, std::nullopt);
  EXPECT_EQ(consumer.temporal_layer, std::nullopt);
  EXPECT_EQ(consumer.layers_reason, congestion::AllocationReason::kViewport);
}

TEST_F(PathNews, SoundHasNoLayers) {
  const CreateProducer sound = testing::AudioProducer(sender_.transport, ProducerId(2), wire::Ssrc(3000));
  rig_.Must(sound);
  rig_.Must(testing::ConsumerOf(sound, receiver_.transport, ConsumerId(2), wire::Ssrc(6000)));
  TestStream voice;
  voice.ssrc = 3000;
  voice.payload_type = testing::kAudioPayloadType;
  const auto datagram = sender_.Rtp(voice.Sound(80));
  rig_.Feed({&datagram, 1});
  const RouterStats stats = Stats();
  const auto found = std::ranges::find(stats.consumers, ConsumerId(2), &ConsumerStats::id);
  ASSERT_NE(found, stats.consumers.end());
  EXPECT_EQ(found->packets, 1U);
  EXPECT_EQ(found->spatial_layer, std::nullopt);
  EXPECT_EQ(found->layers_reason, std::nullopt);
}

}  // namespace
}  // namespace kcs::sfu
