#include "engine/congestion/transport_feedback_generator.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

#include "base/entropy.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_transport_feedback.h"

namespace kcs::congestion {
namespace {

constexpr wire::Ssrc kSender{1};
constexpr wire::Ssrc kMedia{2};

struct Report {
  std::vector<wire::TransportFeedbackStatus> statuses;
  std::vector<std::uint8_t> counts;  // of the packets
  std::size_t packets = 0;
};

class TransportFeedbackTest : public testing::Test {
 protected:
  Report Take() {
    Report report;
    std::array<std::uint8_t, 1200> out{};
    while (const std::size_t size = generator_.Build(now_, kSender, kMedia, out)) {
      ++report.packets;
      wire::RtcpCompoundReader reader(Bytes{out}.first(size));
      const auto packet = reader.Next();
      if (!packet || packet->type != wire::RtcpType::kTransportFeedback) {
        ADD_FAILURE() << "not a feedback packet";
        break;
      }
      const auto feedback = wire::TransportFeedback::Parse(packet->count, packet->body);
      if (!feedback) {
        ADD_FAILURE() << "cannot be parsed";
        break;
      }
      EXPECT_EQ(feedback->sender_ssrc, kSender);
      EXPECT_EQ(feedback->media_ssrc, kMedia);
      report.counts.push_back(feedback->feedback_count);
      wire::TransportFeedbackReader statuses(*feedback);
      while (const auto status = statuses.Next()) report.statuses.push_back(*status);
    }
    return report;
  }

  TransportFeedbackGenerator generator_;
  Timestamp now_{100s};
};

TEST_F(TransportFeedbackTest, HasNothingToSayWhenNothingCame) {
  EXPECT_EQ(generator_.NextDeadline(), kNever);
  EXPECT_EQ(Take().packets, 0U);
}

TEST_F(TransportFeedbackTest, ReportsATenthOfASecondAfterTheFirstPacketAndThenIsQuiet) {
  generator_.OnPacket(5, now_);
  EXPECT_EQ(generator_.NextDeadline(), now_ + 100ms);
  EXPECT_EQ(Take().packets, 0U) << "not yet";
  now_ = generator_.NextDeadline();
  EXPECT_EQ(Take().statuses.size(), 1U);
  EXPECT_EQ(generator_.NextDeadline(), kNever);
}

TEST_F(TransportFeedbackTest, ReportsSoonerWhenMuchComes) {
  for (std::uint16_t s = 0; s < 30; ++s) generator_.OnPacket(s, now_);
  EXPECT_EQ(generator_.NextDeadline(), now_ + 50ms);
  for (std::uint16_t s = 30; s < 250; ++s) generator_.OnPacket(s, now_);
  EXPECT_EQ(generator_.NextDeadline(), now_);
}

TEST_F(TransportFeedbackTest, IsAsManyTimesAsSeldomAsItIsTold) {
  generator_ = TransportFeedbackGenerator(5);
  generator_.OnPacket(0, now_);
  EXPECT_EQ(generator_.NextDeadline(), now_ + 500ms);
  for (std::uint16_t s = 1; s < 30; ++s) generator_.OnPacket(s, now_);
  EXPECT_EQ(generator_.NextDeadline(), now_ + 250ms);
}

TEST_F(TransportFeedbackTest, TellsWhichCameAndWhen) {
  generator_.OnPacket(65'534, now_);
  generator_.OnPacket(65'535, now_ + 10ms);
  generator_.OnPacket(2, now_ + 30ms);
  generator_.OnPacket(1, now_ + 35ms);  // reordered
  now_ += 100ms;
  const Report report = Take();
  ASSERT_EQ(report.statuses.size(), 5U);
  EXPECT_EQ(report.statuses[2].sequence, 0);
  EXPECT_FALSE(report.statuses[2].received) << "lost";
  const std::int64_t first = report.statuses[0].arrival_us;
  EXPECT_NEAR(static_cast<double>(report.statuses[1].arrival_us - first), 10'000, 500);
  EXPECT_NEAR(static_cast<double>(report.statuses[3].arrival_us - first), 35'000, 500);
  EXPECT_NEAR(static_cast<double>(report.statuses[4].arrival_us - first), 30'000, 500);
}

TEST_F(TransportFeedbackTest, TheNextReportBeginsWhereTheLastEnded) {
  generator_.OnPacket(10, now_);
  now_ += 100ms;
  Take();
  generator_.OnPacket(13, now_);
  now_ += 100ms;
  const Report report = Take();
  ASSERT_EQ(report.statuses.size(), 3U) << "11 and 12 are lost, 13 came";
  EXPECT_EQ(report.statuses[0].sequence, 11);
  EXPECT_EQ(report.counts, std::vector<std::uint8_t>{1});
}

TEST_F(TransportFeedbackTest, APacketThatCameAfterItsLossWasReportedIsReportedAgain) {
  generator_.OnPacket(10, now_);
  generator_.OnPacket(12, now_);
  now_ += 100ms;
  Take();
  generator_.OnPacket(11, now_);
  generator_.OnPacket(11, now_ + 1ms);
  now_ += 100ms;
  const Report report = Take();
  ASSERT_FALSE(report.statuses.empty());
  EXPECT_EQ(report.statuses[0].sequence, 11);
  EXPECT_TRUE(report.statuses[0].received);
}

TEST_F(TransportFeedbackTest, AHundredThousandPacketsOverALossyLinkAreAllAccountedFor) {
  SeededEntropy entropy{42};
  std::map<std::int64_t, Timestamp> arrived;
  std::set<std::int64_t> told;
  std::int64_t next = 0;
  std::int64_t read = -1;  // highest number read from reports
  const auto read_reports = [&] {
    const Report report = Take();
    for (const auto& status : report.statuses) {
      const std::int64_t number =
          read + static_cast<std::int16_t>(status.sequence - static_cast<std::uint16_t>(read));
      read = std::max(read, number);
      if (!status.received) continue;
      ASSERT_TRUE(arrived.contains(number)) << number;
      told.insert(number);
    }
  };
  for (int burst = 0; burst < 4000; ++burst) {
    now_ += Duration{1000 + entropy.Below(20'000)};
    const std::uint32_t size = 1 + entropy.Below(60);
    for (std::uint32_t i = 0; i < size; ++i, ++next) {
      if (next > 0 && entropy.Below(10) == 0) continue;
      arrived[next] = now_;
      generator_.OnPacket(static_cast<std::uint16_t>(next), now_);
    }
    if (generator_.NextDeadline() <= now_) read_reports();
    ASSERT_FALSE(HasFatalFailure());
  }
  now_ += 1s;
  read_reports();
  EXPECT_EQ(told.size(), arrived.size());
}

TEST_F(TransportFeedbackTest, AFloodIsSplitIntoPacketsThatFitThePath) {
  SeededEntropy entropy{1};
  for (std::uint16_t s = 0; s < 1900; ++s) {
    if (entropy.Below(2) == 0) generator_.OnPacket(s, now_ + s * 100us + Duration{entropy.Below(60'000)});
  }
  now_ += 1s;
  const Report report = Take();
  EXPECT_GE(report.packets, 2U);
  EXPECT_GE(report.statuses.size(), 1890U);
}

TEST_F(TransportFeedbackTest, MemoryIsBoundedWhenTheSenderJumps) {
  generator_.OnPacket(0, now_);
  generator_.OnPacket(20'000, now_);
  generator_.OnPacket(52'000, now_);
  generator_.OnPacket(10'000, now_);
  now_ += 100ms;
  const Report report = Take();
  EXPECT_LE(report.statuses.size(), TransportFeedbackGenerator::kMaxPackets);
  EXPECT_FALSE(report.statuses.empty());
}

TEST_F(TransportFeedbackTest, WhatIsTooMuchToKeepIsForgottenNotInvented) {
  for (std::uint16_t s = 0; s < 5000; ++s) {
    if (s < 3000 || s % 2 == 0) generator_.OnPacket(s, now_);
  }
  const Report report = Take();
  EXPECT_LE(report.statuses.size(), TransportFeedbackGenerator::kMaxPackets);
  EXPECT_EQ(report.statuses.back().sequence, 4998);
  for (const auto& status : report.statuses) {
    EXPECT_EQ(status.received, status.sequence < 3000 || status.sequence % 2 == 0) << status.sequence;
  }
}

TEST_F(TransportFeedbackTest, ALongSilenceIsNoTrouble) {
  generator_.OnPacket(0, now_);
  generator_.OnPacket(1, now_ + 60s);
  generator_.OnPacket(2, now_ + 3600s);
  now_ += 3601s;
  EXPECT_EQ(Take().statuses.size(), 3U);
}

}  // namespace
}  // namespace kcs::congestion
