#include "engine/media/receive_stream.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

constexpr std::uint32_t kRate = 90'000;

class ReceiveStreamTest : public testing::Test {
 protected:
  ReceivedPacket Send(std::uint16_t sequence, bool recovered = false) {
    now_ += 10ms;
    timestamp_ += 900;
    return stream_.OnPacket(sequence, timestamp_, 1000, now_, recovered);
  }
  wire::ReportBlock Report() { return *stream_.MakeReportBlock(now_); }

  ReceiveStream stream_{wire::Ssrc{7}, kRate};
  Timestamp now_{1s};
  std::uint32_t timestamp_ = 1000;
};

TEST_F(ReceiveStreamTest, NumbersInOrderGoOnOverTheWrap) {
  const std::uint64_t first = Send(65'534).sequence;
  EXPECT_EQ(first, 65'536U + 65'534U);
  EXPECT_EQ(Send(65'535).sequence, first + 1);
  EXPECT_EQ(Send(0).sequence, first + 2);
  EXPECT_EQ(Report().extended_highest_seq, 65'536U);
  EXPECT_EQ(stream_.lost(), 0);
}

TEST_F(ReceiveStreamTest, TellsLateFromDuplicate) {
  Send(100);
  Send(103);
  EXPECT_EQ(Send(101).arrival, Arrival::kLate);
  EXPECT_EQ(Send(101).arrival, Arrival::kDuplicate);
  EXPECT_EQ(Send(103).arrival, Arrival::kDuplicate);
  EXPECT_EQ(stream_.duplicates(), 2U);
  EXPECT_EQ(stream_.lost(), 1);
}

TEST_F(ReceiveStreamTest, FindsDuplicatesOverTheWholeWindow) {
  for (std::uint16_t s = 0; s < 5000; ++s) EXPECT_EQ(Send(s).arrival, Arrival::kNewest);
  for (std::uint16_t s = 5000 - 1024; s < 5000; ++s) EXPECT_EQ(Send(s).arrival, Arrival::kDuplicate) << s;
  EXPECT_EQ(Send(5000 - 1025).arrival, Arrival::kTooOld);
}

TEST_F(ReceiveStreamTest, APacketBeforeTheFirstIsLateNotWrong) {
  const std::uint64_t first = Send(0).sequence;
  const ReceivedPacket before = Send(65'535);
  EXPECT_EQ(before.arrival, Arrival::kLate);
  EXPECT_EQ(before.sequence, first - 1);
  EXPECT_EQ(stream_.lost(), 0);
}

TEST_F(ReceiveStreamTest, OneStrayPacketDoesNotDisturb) {
  const std::uint64_t first = Send(100).sequence;
  EXPECT_EQ(Send(30'000).arrival, Arrival::kStray);
  EXPECT_EQ(Send(101).sequence, first + 1);
  EXPECT_EQ(Send(30'001).arrival, Arrival::kStray);
}

TEST_F(ReceiveStreamTest, TwoConsecutiveFarPacketsAreARestart) {
  const std::uint64_t first = Send(20'000).sequence;
  Send(20'003);
  EXPECT_EQ(Send(5'000).arrival, Arrival::kTooOld);
  const ReceivedPacket restarted = Send(5'001);
  EXPECT_EQ(restarted.arrival, Arrival::kNewest);
  EXPECT_TRUE(restarted.restarted);
  EXPECT_GT(restarted.sequence, first + 1000);
  EXPECT_EQ(static_cast<std::uint16_t>(restarted.sequence), 5'001);
  EXPECT_FALSE(Send(5'002).restarted);
  EXPECT_EQ(stream_.lost(), 2) << "what was lost before stays lost, the jump is no loss";
}

TEST_F(ReceiveStreamTest, ReportsTheFractionLostOfEachInterval) {
  std::uint16_t s = 0;
  for (; s < 100; ++s) {
    if (s % 4 != 1) Send(s);
  }
  const wire::ReportBlock first = Report();
  EXPECT_EQ(first.ssrc, wire::Ssrc{7});
  EXPECT_NEAR(first.fraction_lost / 256.0, 0.25, 0.01);
  EXPECT_EQ(first.cumulative_lost, 25);
  for (; s < 200; ++s) Send(s);
  const wire::ReportBlock second = Report();
  EXPECT_EQ(second.fraction_lost, 0);
  EXPECT_EQ(second.cumulative_lost, 25);
}

TEST_F(ReceiveStreamTest, ARecoveredPacketIsUsableButWasLost) {
  Send(1);
  Send(3);
  const ReceivedPacket recovered = Send(2, true);
  EXPECT_EQ(recovered.arrival, Arrival::kLate);
  EXPECT_EQ(Send(2).arrival, Arrival::kDuplicate);
  EXPECT_EQ(stream_.lost(), 1);
  EXPECT_EQ(stream_.recovered(), 1U);
  EXPECT_EQ(Send(20'000, true).arrival, Arrival::kTooOld) << "a retransmission is no start";
  EXPECT_EQ(Send(20'001, true).arrival, Arrival::kTooOld);
}

TEST_F(ReceiveStreamTest, LossHealedByRetransmissionHurtsTheScoreLess) {
  ReceiveStream healed{wire::Ssrc{1}, kRate};
  for (std::uint16_t s = 0; s < 100; ++s) {
    now_ += 10ms;
    if (s % 10 != 5) Send(s);
    healed.OnPacket(s, s * 900U, 1000, now_, s % 10 == 5);
  }
  Report();
  ASSERT_TRUE(healed.MakeReportBlock(now_));
  EXPECT_NEAR(healed.loss(), stream_.loss(), 0.02);
  EXPECT_GE(healed.score(now_), 8);
  EXPECT_LE(stream_.score(now_), 7);
}

TEST_F(ReceiveStreamTest, ScoreIsTenForAGoodStreamAndZeroForASilentOne) {
  for (std::uint16_t s = 0; s < 100; ++s) Send(s);
  Report();
  EXPECT_EQ(stream_.score(now_), 10);
  EXPECT_EQ(stream_.score(now_ + 10s), 0);
}

TEST_F(ReceiveStreamTest, JitterIsThatOfTheNetwork) {
  ReceiveStream even{wire::Ssrc{1}, 48'000};
  ReceiveStream uneven{wire::Ssrc{2}, 48'000};
  for (std::uint16_t s = 0; s < 1000; ++s) {
    const Timestamp sent = Timestamp{1s} + s * 20ms;
    even.OnPacket(s, s * 960U, 100, sent + 30ms);
    uneven.OnPacket(s, s * 960U, 100, sent + (s % 2 == 0 ? 30ms : 40ms));
  }
  EXPECT_LT(even.jitter_ms(), 0.1);
  EXPECT_NEAR(uneven.jitter_ms(), 10, 1);
}

TEST_F(ReceiveStreamTest, PacketsOfOneFrameAreNoJitter) {
  for (std::uint16_t s = 0; s < 300; ++s) {
    const Timestamp sent = Timestamp{1s} + (s / 3) * 33'333us + (s % 3) * 8ms;
    stream_.OnPacket(s, static_cast<std::uint32_t>(s / 3) * 3000U, 1000, sent);
  }
  EXPECT_LT(stream_.jitter_ms(), 1);
}

TEST_F(ReceiveStreamTest, TellsWhenTheLastSenderReportCame) {
  Send(1);
  EXPECT_EQ(Report().last_sr, 0U);
  stream_.OnSenderReport(NtpTime{0x1122'3344'5566'7788}, 42, now_);
  now_ += 250ms;
  const wire::ReportBlock block = Report();
  EXPECT_EQ(block.last_sr, 0x3344'5566U);
  EXPECT_EQ(block.delay_since_last_sr, 65'536U / 4);
}

TEST_F(ReceiveStreamTest, AStreamThatTakesAnothersPlaceHasNewNumbersButReportsItsOwn) {
  Send(50'000);
  const std::uint64_t above = stream_.highest_sequence();
  stream_ = ReceiveStream{wire::Ssrc{8}, kRate, above};
  const std::uint64_t first = Send(100).sequence;
  EXPECT_GT(first, above);
  EXPECT_EQ(static_cast<std::uint16_t>(first), 100);
  EXPECT_EQ(Report().extended_highest_seq, 100U);
}

TEST_F(ReceiveStreamTest, HasNothingToReportBeforeTheFirstPacket) {
  EXPECT_FALSE(stream_.MakeReportBlock(now_).has_value());
}

TEST_F(ReceiveStreamTest, KnowsItsBitRateAndNewFrames) {
  EXPECT_TRUE(Send(0).new_frame);
  timestamp_ -= 900;
  EXPECT_FALSE(Send(1).new_frame);
  for (std::uint16_t s = 2; s < 300; ++s) EXPECT_TRUE(Send(s).new_frame);
  EXPECT_NEAR(stream_.BitsPerSecond(now_), 800'000, 40'000);
}

}  // namespace
}  // namespace kcs::media
