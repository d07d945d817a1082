#include "engine/media/send_stream.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

NtpTime Ntp(double seconds) { return {static_cast<std::uint64_t>(seconds * 4294967296.0)}; }

class SendStreamTest : public testing::Test {
 protected:
  SendStream stream_{wire::Ssrc{9}, 90'000, wire::MediaKind::kVideo};
  SeededEntropy entropy_{1};
  ClockMap map_;
  Timestamp now_{100s};
};

TEST_F(SendStreamTest, ReportsWhatItSent) {
  EXPECT_EQ(stream_.NextReport(), kNever);
  stream_.OnPacket(5000, 1000, 1020, now_);
  stream_.OnPacket(8000, 500, 520, now_ + 33ms);
  EXPECT_LE(stream_.NextReport(), now_);
  const auto report = stream_.MakeReport(std::nullopt, map_, now_ + 133ms, entropy_);
  EXPECT_EQ(report.sender_ssrc, wire::Ssrc{9});
  EXPECT_EQ(report.packet_count, 2U);
  EXPECT_EQ(report.octet_count, 1500U);
  EXPECT_EQ(report.ntp, ToNtp(now_ + 133ms).value);
  EXPECT_EQ(report.rtp_timestamp, 8000U + 9000U) << "by arrival, a tenth of a second on";
}

TEST_F(SendStreamTest, ReportsAboutEverySecondButNotInStep) {
  stream_.OnPacket(0, 1, 1, now_);
  Duration shortest = 10s;
  Duration longest{};
  for (int i = 0; i < 100; ++i) {
    stream_.MakeReport(std::nullopt, map_, now_, entropy_);
    shortest = std::min(shortest, stream_.NextReport() - now_);
    longest = std::max(longest, stream_.NextReport() - now_);
    now_ = stream_.NextReport();
  }
  EXPECT_GE(shortest, 500ms);
  EXPECT_LE(longest, 1500ms);
  EXPECT_GT(longest - shortest, 500ms);
  EXPECT_NEAR(ToSeconds(now_ - Timestamp{100s}) / 100, 1.0, 0.1);
}

TEST_F(SendStreamTest, KnowsThatAPausedStreamHasNoNews) {
  stream_.OnPacket(0, 1, 1, now_);
  EXPECT_TRUE(stream_.HasNews());
  stream_.ScheduleReport(now_, entropy_);
  EXPECT_FALSE(stream_.HasNews());
  EXPECT_GT(stream_.NextReport(), now_);
}

// One participant's sound and picture, each with its own delay on the way and rewritten timestamps: what the
// reports say of a moment must be the same moment for both.
TEST_F(SendStreamTest, SoundAndPictureStayTogether) {
  SendStream audio{wire::Ssrc{10}, 48'000, wire::MediaKind::kAudio};
  const SenderClock video_clock{Ntp(7000.00), 1'000'000};
  const SenderClock audio_clock{Ntp(7001.00), 50'000};
  map_.OnSenderReport(video_clock.ntp, Timestamp{100s} + 80ms);
  map_.OnSenderReport(audio_clock.ntp, Timestamp{101s} + 30ms);
  // Captured at the sender's time 7002: sound arrives at once, the picture was encoded for 200 ms.
  stream_.OnPacket(1'000'000 + 2 * 90'000 + 111, 1, 1, Timestamp{102s} + 230ms);
  audio.OnPacket(50'000 + 48'000 + 222, 1, 1, Timestamp{102s} + 30ms);
  const Timestamp now{103s};
  const auto video_report =
      stream_.MakeReport(SendStream::SourceClock{video_clock, 111}, map_, now, entropy_);
  const auto audio_report = audio.MakeReport(SendStream::SourceClock{audio_clock, 222}, map_, now, entropy_);
  ASSERT_EQ(video_report.ntp, audio_report.ntp);
  const double video_moment = 7000 + (video_report.rtp_timestamp - 111 - 1'000'000.0) / 90'000;
  const double audio_moment = 7001 + (audio_report.rtp_timestamp - 222 - 50'000.0) / 48'000;
  EXPECT_NEAR(video_moment, audio_moment, 0.0005);
  EXPECT_NEAR(video_moment, 7002.97, 0.001);
}

TEST_F(SendStreamTest, DoesNotBelieveAnAbsurdSenderReport) {
  map_.OnSenderReport(Ntp(7000), now_);
  stream_.OnPacket(5000, 1, 1, now_);
  const auto report =
      stream_.MakeReport(SendStream::SourceClock{{Ntp(7000), 2'000'000'000}, 0}, map_, now_, entropy_);
  EXPECT_EQ(report.rtp_timestamp, 5000U);
}

TEST_F(SendStreamTest, MeasuresTheRoundTrip) {
  stream_.OnPacket(5000, 1, 1, now_);
  const auto report = stream_.MakeReport(std::nullopt, map_, now_, entropy_);
  wire::ReportBlock block;
  block.ssrc = stream_.ssrc();
  block.fraction_lost = 64;
  block.jitter = 900;
  stream_.OnReceiverReport(block, now_ + 10ms);
  EXPECT_FALSE(stream_.rtt().has_value()) << "it has not seen a report yet";
  EXPECT_DOUBLE_EQ(stream_.loss(), 0.25);
  EXPECT_DOUBLE_EQ(stream_.jitter_ms(), 10);
  EXPECT_LE(stream_.score(), 4);

  block.last_sr = report.compact_ntp();
  block.delay_since_last_sr = ToNtpShort(500ms);
  stream_.OnReceiverReport(block, now_ + 580ms);
  ASSERT_TRUE(stream_.rtt().has_value());
  EXPECT_NEAR(ToSeconds(*stream_.rtt()), 0.080, 0.001);
}

TEST_F(SendStreamTest, IgnoresAnImpossibleRoundTrip) {
  stream_.OnPacket(5000, 1, 1, now_);
  wire::ReportBlock block;
  block.last_sr = ToNtp(now_ + 20s).Middle();
  stream_.OnReceiverReport(block, now_);
  EXPECT_FALSE(stream_.rtt().has_value());
  block.last_sr = ToNtp(now_ - 60s).Middle();
  stream_.OnReceiverReport(block, now_);
  EXPECT_FALSE(stream_.rtt().has_value());
  block.last_sr = ToNtp(now_).Middle();
  block.delay_since_last_sr = ToNtpShort(2ms);
  stream_.OnReceiverReport(block, now_);
  ASSERT_TRUE(stream_.rtt().has_value()) << "a little less than nothing is next to nothing";
  EXPECT_LT(*stream_.rtt(), 1ms);
}

}  // namespace
}  // namespace kcs::media
