#include "engine/sfu/prober.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "engine/congestion/transport_feedback_generator.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/two_encodings.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;

constexpr std::uint32_t kMedia = 5000;
constexpr std::uint8_t kTransportCcId = 5;  // as ConsumerOf() numbers it

// A receiver that reports what arrives, as browsers do, of a picture in two qualities.
class Probes : public ::testing::Test, protected testing::TwoEncodings {
 protected:
  Probes() : TwoEncodings({.packets = 1, .size = 700}, {.packets = 4, .size = 700}) {}
  void Consume(bool reports = true) {
    CreateConsumer consumer =
        testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), wire::Ssrc(kMedia));
    consumer.codecs[0].feedback.transport_cc = reports;
    rig_.Must(consumer);
  }
  struct Seen {
    std::uint32_t ssrc = 0;
    std::uint8_t payload_type = 0;
    std::uint16_t sequence = 0;
    std::uint16_t transport_sequence = 0;
    std::size_t size = 0;
    std::vector<std::uint8_t> payload;
  };
  // Plays, and reports as it goes; returns what arrived.
  std::vector<Seen> Play(Duration time, bool media) {
    std::vector<Seen> all;
    for (Duration done{}; done < time; done += 20ms, ++frames_) {
      if (media) {
        for (const auto& packet : Picture(frames_ % 50 == 0)) Send(packet);
      }
      for (int i = 0; i < 4; ++i) {
        rig_.Advance(5ms);
        Take(all);
        Report();
      }
    }
    return all;
  }
  void Take(std::vector<Seen>& all) {
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp) continue;
      Seen seen{.ssrc = rtp->ssrc().value(),
                .payload_type = rtp->payload_type(),
                .sequence = rtp->sequence_number(),
                .size = received.bytes.size(),
                .payload = {rtp->payload().begin(), rtp->payload().end()}};
      if (const auto number = wire::ParseTransportSequence(rtp->Extension(kTransportCcId))) {
        seen.transport_sequence = *number;
        feedback_.OnPacket(*number, rig_.now());
      }
      all.push_back(std::move(seen));
    }
  }
  void Report() {
    std::array<std::uint8_t, 1200> packet;
    while (feedback_.NextDeadline() <= rig_.now()) {
      const std::size_t size = feedback_.Build(rig_.now(), wire::Ssrc(77), wire::Ssrc(kMedia), packet);
      if (size == 0) return;
      SendRtcp(receiver_, std::span(packet).first(size));
    }
  }
  static std::vector<Seen> Of(const std::vector<Seen>& all, std::uint32_t ssrc) {
    std::vector<Seen> some;
    for (const Seen& seen : all) {
      if (seen.ssrc == ssrc) some.push_back(seen);
    }
    return some;
  }

  static std::uint32_t BitrateOf(const std::vector<Seen>& all, std::uint32_t ssrc, Duration time) {
    double bits = 0;
    for (const Seen& seen : Of(all, ssrc)) bits += 8.0 * static_cast<double>(seen.size);
    return static_cast<std::uint32_t>(bits / ToSeconds(time));
  }

  congestion::TransportFeedbackGenerator feedback_;
  int frames_ = 0;
};

TEST_F(Probes, RepeatWhatTheReceiverMayHaveMissedOverItsRetransmissionStream) {
  Consume();
  const auto all = Play(5s, true);
  const auto media = Of(all, kMedia);
  const auto padding = Of(all, kMedia + 1);
  ASSERT_GT(media.size(), 100U);
  ASSERT_GT(padding.size(), 10U) << "the link is tried";
  std::map<std::uint16_t, const Seen*> sent;
  for (const Seen& seen : media) sent[seen.sequence] = &seen;
  for (std::size_t i = 0; i < padding.size(); ++i) {
    ASSERT_GE(padding[i].payload.size(), 2U);
    const auto original = sent.find(LoadU16(padding[i].payload.data()));
    ASSERT_NE(original, sent.end()) << "RFC 4588 4: the original sequence number comes first";
    EXPECT_TRUE(std::equal(original->second->payload.begin(), original->second->payload.end(),
                           padding[i].payload.begin() + 2, padding[i].payload.end()));
    if (i > 0) {
      ASSERT_EQ(padding[i].sequence, static_cast<std::uint16_t>(padding[i - 1].sequence + 1))
          << "no number twice: a nonce must not repeat";
    }
  }
  EXPECT_EQ(receiver_.peer->undecryptable(), 0U);
}

TEST_F(Probes, AreNumberedWithTheRestOfWhatIsSent) {
  Consume();
  const auto all = Play(3s, true);
  ASSERT_FALSE(Of(all, kMedia + 1).empty());
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_EQ(all[i].transport_sequence, static_cast<std::uint16_t>(all[i - 1].transport_sequence + 1));
  }
}

TEST_F(Probes, UseTheProbatorStreamWhereThereIsNothingToRepeat) {
  CreateConsumer consumer =
      testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), wire::Ssrc(kMedia));
  consumer.codecs[0].feedback.transport_cc = true;
  consumer.rtx_ssrc = wire::Ssrc(0);
  consumer.codecs[0].rtx_payload_type = 0;
  rig_.Must(consumer);
  const auto all = Play(5s, true);
  const auto probator = Of(all, Prober::kProbatorSsrc);
  ASSERT_GT(probator.size(), 10U);
  EXPECT_EQ(probator[0].sequence, 1) << "below 2^15 (RFC 3711 3.3.1)";
  for (std::size_t i = 0; i < probator.size(); ++i) {
    EXPECT_EQ(probator[i].payload_type, Prober::kProbatorPayloadType);
    EXPECT_EQ(probator[i].sequence, 1 + i);
    EXPECT_LE(probator[i].size, 1250U);
    EXPECT_TRUE(std::ranges::all_of(probator[i].payload, [](std::uint8_t byte) { return byte == 0; }));
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_EQ(all[i].transport_sequence, static_cast<std::uint16_t>(all[i - 1].transport_sequence + 1));
  }
  EXPECT_EQ(receiver_.peer->undecryptable(), 0U);
}

// At 300 kbit/s a probe is three kilobytes: of two repeated packets of a picture nobody could tell a rate.
TEST_F(Probes, OfNarrowLinksAreOfSmallPackets) {
  Consume();
  const auto all = Play(1s, true);
  const auto probator = Of(all, Prober::kProbatorSsrc);
  ASSERT_FALSE(probator.empty());
  EXPECT_LT(probator.front().size, 500U);
}

TEST_F(Probes, OfTheProbatorStreamTellWhatTheLinkCarries) {
  CreateConsumer consumer =
      testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), wire::Ssrc(kMedia));
  consumer.codecs[0].feedback.transport_cc = true;
  consumer.rtx_ssrc = wire::Ssrc(0);
  consumer.codecs[0].rtx_payload_type = 0;
  rig_.Must(consumer);
  std::uint32_t found = 0;
  std::uint32_t sent = 0;
  for (int i = 0; i < 25; ++i) {
    sent = std::max(sent, BitrateOf(Play(200ms, true), kMedia, 200ms));
    const auto stats = std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter}));
    for (const TransportStats& transport : stats.transports)
      found = std::max(found, transport.estimator.probe_bps);
  }
  EXPECT_GT(found, sent) << "more than the picture alone would have shown";
}

TEST_F(Probes, LeaveAloneWhatItsReceiverDoesNotReport) {
  Consume();
  rig_.Must(testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(2), wire::Ssrc(7000)));
  const auto all = Play(5s, true);
  EXPECT_FALSE(Of(all, kMedia + 1).empty());
  EXPECT_FALSE(Of(all, 7000).empty());
  EXPECT_TRUE(Of(all, 7001).empty());
}

TEST_F(Probes, AreNotSentToWhoReportsNothingOrReceivesNoPicture) {
  Consume(false);
  for (const Seen& seen : Play(5s, true)) EXPECT_EQ(seen.ssrc, kMedia);
  rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = ConsumerAction::kClose});
  const CreateProducer sound = testing::AudioProducer(sender_.transport, ProducerId(2), wire::Ssrc(3000));
  rig_.Must(sound);
  rig_.Must(testing::ConsumerOf(sound, receiver_.transport, ConsumerId(2), wire::Ssrc(6000)));
  EXPECT_TRUE(Play(5s, true).empty());
}

TEST_F(Probes, EndWhenThereIsNothingMoreToGain) {
  Consume();
  Play(20s, true);
  const auto all = Play(10s, true);
  const auto padding = Of(all, kMedia + 1);
  EXPECT_LT(padding.size(), Of(all, kMedia).size() / 20) << "everything that is sent arrives already";
}

}  // namespace
}  // namespace kcs::sfu
