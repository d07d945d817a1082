#include <gtest/gtest.h>

#include <vector>

#include "base/testing/allocations.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_receiver_report.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;

constexpr std::uint32_t kReceivers = 20;
constexpr int kFrames = 600;

// A compound as receivers send them: a report about the stream and now and then a NACK.
std::vector<std::uint8_t> Feedback(wire::Ssrc ssrc, std::uint16_t sequence, bool nack) {
  std::vector<std::uint8_t> bytes(128);
  ByteWriter writer(bytes);
  wire::ReceiverReport report;
  report.sender_ssrc = wire::Ssrc(1);
  report.blocks.PushBack({.ssrc = ssrc, .fraction_lost = 3, .extended_highest_seq = sequence});
  report.Write(writer);
  const std::vector<std::uint16_t> missing = {sequence, static_cast<std::uint16_t>(sequence + 1)};
  if (nack) wire::WriteNack(wire::Ssrc(1), ssrc, missing, writer);
  bytes.resize(writer.size());
  return bytes;
}

// Time steps, each with what arrives at it, sealed in advance.
class Script {
 public:
  explicit Script(CoreRig& rig) : rig_(rig) {
    stream_.ssrc = 1000;
    rtx_.ssrc = 1001;
    rtx_.payload_type = testing::kRtxPayloadType;
  }
  void Write(int frames) {
    steps_.clear();
    for (int f = 0; f < frames; ++f) {
      auto& step = steps_.emplace_back();
      const auto packets = stream_.VideoFrame(6, 1200, f % 100 == 0);
      for (std::size_t i = 0; i < packets.size(); ++i) {
        // One packet of each tenth frame is lost and comes again.
        const bool lost = f % 10 == 5 && i == 2;
        step.push_back(rig_.members()[0].Rtp(lost ? testing::Retransmission(rtx_, packets[i]) : packets[i]));
      }
      for (std::uint32_t r = 0; r < kReceivers; ++r) {
        if (first_.empty() || (static_cast<std::uint32_t>(f) + r) % 15 != 0) continue;
        const auto sequence = static_cast<std::uint16_t>(first_[r] + numbers_ - 20);
        step.push_back(
            rig_.members()[r + 1].Rtcp(Feedback(wire::Ssrc(5000 + 10 * r), sequence, numbers_ > 100)));
      }
      numbers_ += 6;
    }
  }
  // Returns how many datagrams left.
  std::size_t Play() {
    std::size_t made = 0;
    for (const auto& step : steps_) {
      rig_.MoveClock(33ms);
      made += rig_.Feed(step);
      made += rig_.RunTimers();
    }
    return made;
  }
  // The receivers' own numbering, for their NACKs.
  void LearnNumbers() {
    Write(1);
    rig_.set_delivering(true);
    Play();
    rig_.set_delivering(false);
    for (std::uint32_t r = 0; r < kReceivers; ++r) {
      for (const auto& received : rig_.members()[r + 1].peer->TakeReceived()) {
        if (!received.rtcp && first_.size() == r)
          first_.push_back(wire::RtpPacket::Parse(received.bytes)->sequence_number());
      }
      ASSERT_EQ(first_.size(), r + 1);
    }
  }

 private:
  CoreRig& rig_;
  testing::TestStream stream_;
  testing::TestStream rtx_;
  std::vector<std::vector<CoreRig::Datagram>> steps_;
  std::vector<std::uint16_t> first_;
  unsigned numbers_ = 0;
};

TEST(Allocation, ForwardingToTwentyReceiversNeedsNoneOnceWarm) {
  CoreRig rig;
  for (std::uint32_t i = 0; i <= kReceivers; ++i) rig.Join();
  rig.Exchange();
  const auto producer =
      testing::VideoProducer(TransportId(1), ProducerId(1), {testing::Encoding(1000, 1001)});
  rig.Must(producer);
  for (std::uint32_t r = 0; r < kReceivers; ++r) {
    rig.Must(testing::ConsumerOf(producer, TransportId(r + 2), ConsumerId(r + 1), wire::Ssrc(5000 + 10 * r)));
  }
  rig.Exchange();
  Script script(rig);
  ASSERT_NO_FATAL_FAILURE(script.LearnNumbers());

  const auto retransmitted = [&] {
    const auto stats = std::get<RouterStats>(rig.Must(GetRouterStats{CoreRig::kRouter}));
    std::uint64_t total = 0;
    for (const ConsumerStats& consumer : stats.consumers) total += consumer.retransmitted;
    return total;
  };
  script.Write(kFrames);
  script.Play();
  // The paths are kept alive; the script does not last long enough to need that within. And what the
  // handshakes needed is let go, once for each.
  rig.set_delivering(true);
  rig.Advance(crypto::DtlsSession::kLastFlightKept);
  rig.set_delivering(false);
  script.Write(kFrames);
  const std::uint64_t retransmitted_before = retransmitted();
  const std::uint64_t before = AllocationsSoFar();
  ASSERT_GT(before, 0U) << "the counter counts";
  const std::size_t made = script.Play();
  EXPECT_EQ(AllocationsSoFar() - before, 0U);
  EXPECT_GE(made, std::size_t{kFrames} * 6 * kReceivers);
  EXPECT_GT(retransmitted() - retransmitted_before, 100U) << "the NACKs were answered";
}

}  // namespace
}  // namespace kcs::sfu
