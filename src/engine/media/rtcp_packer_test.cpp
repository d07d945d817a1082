#include "engine/media/rtcp_packer.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_sdes.h"

namespace kcs::media {
namespace {

constexpr wire::Ssrc kLocal{1};

struct Seen {
  std::vector<wire::RtcpType> first;  // of each compound
  std::vector<wire::SenderReport> sender_reports;
  std::vector<wire::ReportBlock> blocks;
  std::vector<std::string> cnames;
  std::vector<std::uint16_t> nacked;
  int plis = 0;
  int firs = 0;
  std::vector<std::uint64_t> rembs;
};

void Read(const wire::RtcpPacket& packet, Seen& seen) {
  switch (packet.type) {
    case wire::RtcpType::kSenderReport:
      seen.sender_reports.push_back(wire::SenderReport::Parse(packet.count, packet.body).value());
      break;
    case wire::RtcpType::kReceiverReport: {
      const auto report = wire::ReceiverReport::Parse(packet.count, packet.body).value();
      EXPECT_EQ(report.sender_ssrc, kLocal);
      for (const auto& block : report.blocks) seen.blocks.push_back(block);
      break;
    }
    case wire::RtcpType::kSdes: {
      const auto sdes = wire::Sdes::Parse(packet.count, packet.body).value();
      for (const auto& chunk : sdes.chunks) seen.cnames.emplace_back(chunk.cname);
      break;
    }
    case wire::RtcpType::kTransportFeedback: {
      std::array<std::uint16_t, 1000> out{};
      const std::size_t n = wire::Nack::Parse(packet.count, packet.body).value().SequenceNumbers(out);
      seen.nacked.insert(seen.nacked.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n));
      break;
    }
    case wire::RtcpType::kPayloadFeedback:
      if (packet.count == wire::Pli::kFormat) ++seen.plis;
      if (packet.count == wire::Fir::kFormat) ++seen.firs;
      if (const auto remb = wire::Remb::Parse(packet.count, packet.body))
        seen.rembs.push_back(remb->bitrate_bps);
      break;
    default:
      ADD_FAILURE() << "unexpected packet";
  }
}

Seen ReadAll(const RtcpPacker& packer) {
  Seen seen;
  for (std::size_t i = 0; i < packer.count(); ++i) {
    EXPECT_LE(packer.compound(i).size(), RtcpPacker::kMaxCompound);
    wire::RtcpCompoundReader reader(packer.compound(i));
    bool first = true;
    while (const auto packet = reader.Next()) {
      if (std::exchange(first, false)) seen.first.push_back(packet->type);
      Read(*packet, seen);
    }
    EXPECT_TRUE(reader.ok());
  }
  return seen;
}

class RtcpPackerTest : public testing::Test {
 protected:
  std::array<std::uint8_t, 8192> memory_{};
  RtcpPacker packer_{kLocal, memory_};
};

TEST_F(RtcpPackerTest, NothingAddedIsNothingToSend) {
  EXPECT_TRUE(packer_.Finish());
  EXPECT_EQ(packer_.count(), 0U);
}

TEST_F(RtcpPackerTest, EverythingForASenderTravelsTogetherBehindAReport) {
  wire::ReportBlock block;
  block.ssrc = wire::Ssrc{5};
  EXPECT_TRUE(packer_.AddReportBlock(block));
  block.ssrc = wire::Ssrc{6};
  EXPECT_TRUE(packer_.AddReportBlock(block));
  EXPECT_TRUE(packer_.AddNack(wire::Ssrc{5}, std::array<std::uint16_t, 3>{65'535, 0, 20}));
  EXPECT_TRUE(packer_.AddPli(wire::Ssrc{5}));
  EXPECT_TRUE(packer_.AddFir(wire::Ssrc{6}, 3));
  EXPECT_TRUE(packer_.AddRemb(1 << 20, std::array{wire::Ssrc{5}}));
  EXPECT_TRUE(packer_.Finish());
  ASSERT_EQ(packer_.count(), 1U);
  const Seen seen = ReadAll(packer_);
  EXPECT_EQ(seen.first, std::vector{wire::RtcpType::kReceiverReport});
  EXPECT_EQ(seen.blocks.size(), 2U);
  EXPECT_EQ(seen.nacked, (std::vector<std::uint16_t>{65'535, 0, 20}));
  EXPECT_EQ(seen.plis, 1);
  EXPECT_EQ(seen.firs, 1);
  EXPECT_EQ(seen.rembs, std::vector<std::uint64_t>{1 << 20});
}

TEST_F(RtcpPackerTest, ALonelyPliGetsAnEmptyReportInFront) {
  EXPECT_TRUE(packer_.AddPli(wire::Ssrc{5}));
  EXPECT_TRUE(packer_.Finish());
  const Seen seen = ReadAll(packer_);
  EXPECT_EQ(seen.first, std::vector{wire::RtcpType::kReceiverReport});
  EXPECT_EQ(seen.plis, 1);
}

TEST_F(RtcpPackerTest, ManySenderReportsAreSplitIntoDatagrams) {
  for (std::uint32_t i = 0; i < 80; ++i) {
    wire::SenderReport report;
    report.sender_ssrc = wire::Ssrc{100 + i};
    EXPECT_TRUE(packer_.AddSenderReport(report, "cname-" + std::to_string(i)));
  }
  EXPECT_TRUE(packer_.Finish());
  EXPECT_GE(packer_.count(), 4U);
  const Seen seen = ReadAll(packer_);
  ASSERT_EQ(seen.sender_reports.size(), 80U);
  EXPECT_EQ(seen.sender_reports[79].sender_ssrc, wire::Ssrc{179});
  EXPECT_EQ(seen.cnames[79], "cname-79");
  for (const wire::RtcpType type : seen.first) EXPECT_EQ(type, wire::RtcpType::kSenderReport);
}

TEST_F(RtcpPackerTest, ACnameIsCutToWhatTheFormatCanCarry) {
  EXPECT_TRUE(packer_.AddSenderReport({}, std::string(400, 'x')));
  packer_.Finish();
  EXPECT_EQ(ReadAll(packer_).cnames, std::vector{std::string(255, 'x')});
}

TEST_F(RtcpPackerTest, FortyReportBlocksAreTwoReports) {
  for (std::uint32_t i = 0; i < 40; ++i) {
    wire::ReportBlock block;
    block.ssrc = wire::Ssrc{i};
    EXPECT_TRUE(packer_.AddReportBlock(block));
  }
  EXPECT_TRUE(packer_.Finish());
  const Seen seen = ReadAll(packer_);
  ASSERT_EQ(seen.blocks.size(), 40U);
  EXPECT_EQ(seen.blocks[39].ssrc, wire::Ssrc{39});
}

TEST_F(RtcpPackerTest, ALongNackIsSplit) {
  std::vector<std::uint16_t> wanted;
  for (std::uint16_t s = 0; s < 900; ++s) wanted.push_back(static_cast<std::uint16_t>(65'000 + s * 20));
  EXPECT_TRUE(packer_.AddNack(wire::Ssrc{5}, wanted));
  packer_.Finish();
  EXPECT_GE(packer_.count(), 3U);
  EXPECT_EQ(ReadAll(packer_).nacked, wanted);
}

TEST_F(RtcpPackerTest, SaysWhenTheMemoryIsUsedUp) {
  RtcpPacker small{kLocal, MutableBytes{memory_}.first(100)};
  EXPECT_TRUE(small.AddSenderReport({}, "a"));
  EXPECT_TRUE(small.AddSenderReport({}, "b"));
  EXPECT_FALSE(small.AddSenderReport({}, "c"));
  small.Finish();
  EXPECT_EQ(ReadAll(small).cnames, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace kcs::media
