#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/wire/hex_for_test.h"
#include "engine/wire/rtcp_bye.h"
#include "engine/wire/rtcp_fir.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_remb.h"
#include "engine/wire/rtcp_sdes.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtcp_xr.h"

// The packet types of RTCP: known bytes in, the same bytes out, and no life in truncated ones.
namespace kcs::wire {
namespace {

// Reads `text` as one RTCP packet, checks its type, and gives it to the parser of T. The bytes live on in
// `storage`.
template <typename T>
std::optional<T> ParseOne(std::string_view text, RtcpType type, std::vector<std::uint8_t>& storage) {
  storage = Hex(text);
  RtcpCompoundReader reader(storage);
  const auto packet = reader.Next();
  EXPECT_TRUE(packet);
  if (!packet) return std::nullopt;
  EXPECT_EQ(packet->type, type);
  // No shorter body may be read beyond its end (the sanitizers watch).
  for (std::size_t n = 0; n < packet->body.size(); ++n) {
    const std::vector<std::uint8_t> cut(packet->body.begin(),
                                        packet->body.begin() + static_cast<std::ptrdiff_t>(n));
    static_cast<void>(T::Parse(packet->count, cut));
  }
  return T::Parse(packet->count, packet->body);
}

template <typename T>
std::vector<std::uint8_t> Written(const T& packet) {
  std::vector<std::uint8_t> out(1500);
  ByteWriter writer(out);
  packet.Write(writer);
  EXPECT_TRUE(writer.ok());
  out.resize(writer.size());
  return out;
}

constexpr std::string_view kBlock = "00000002 40fffffe 00011234 00000064 89abcdef 00010000";

TEST(SenderReport, KnownBytes) {
  const std::string text =
      "81 c8 000c 00000001 83aa7e80 80000000 00015f90 00000010 00004000" + std::string(kBlock);
  std::vector<std::uint8_t> bytes;
  const auto report = ParseOne<SenderReport>(text, RtcpType::kSenderReport, bytes);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sender_ssrc, Ssrc(1));
  EXPECT_EQ(report->ntp, 0x83aa7e8080000000U);
  EXPECT_EQ(report->compact_ntp(), 0x7e808000U);
  EXPECT_EQ(report->rtp_timestamp, 90000U);
  EXPECT_EQ(report->packet_count, 16U);
  EXPECT_EQ(report->octet_count, 16384U);
  ASSERT_EQ(report->blocks.size(), 1U);
  EXPECT_EQ(report->blocks[0].ssrc, Ssrc(2));
  EXPECT_EQ(report->blocks[0].fraction_lost, 64);
  EXPECT_EQ(report->blocks[0].cumulative_lost, -2);
  EXPECT_EQ(report->blocks[0].extended_highest_seq, 0x11234U);
  EXPECT_EQ(report->blocks[0].jitter, 100U);
  EXPECT_EQ(report->blocks[0].last_sr, 0x89abcdefU);
  EXPECT_EQ(report->blocks[0].delay_since_last_sr, 65536U);
  EXPECT_EQ(Written(*report), bytes);
}

TEST(SenderReport, NeedsTheBlocksItPromises) {
  EXPECT_FALSE(SenderReport::Parse(1, Hex("00000001 83aa7e80 80000000 00015f90 00000010 00004000")));
  EXPECT_TRUE(SenderReport::Parse(0, Hex("00000001 83aa7e80 80000000 00015f90 00000010 00004000")));
}

TEST(ReceiverReport, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  const std::string text = "82 c9 000d 00000001" + std::string(kBlock) + std::string(kBlock);
  const auto report = ParseOne<ReceiverReport>(text, RtcpType::kReceiverReport, bytes);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->blocks.size(), 2U);
  EXPECT_EQ(Written(*report), bytes);
  EXPECT_FALSE(ReceiverReport::Parse(3, Bytes(bytes).subspan(4)));
}

TEST(ReceiverReport, CumulativeLossIsClampedTo24Bits) {
  ReceiverReport report;
  report.blocks.PushBack(ReportBlock{.ssrc = Ssrc(2), .cumulative_lost = 0x7fffffff});
  report.blocks.PushBack(ReportBlock{.ssrc = Ssrc(3), .cumulative_lost = -0x7fffffff});
  const auto bytes = Written(report);
  const auto back = ReceiverReport::Parse(2, Bytes(bytes).subspan(4));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->blocks[0].cumulative_lost, 0x7fffff);
  EXPECT_EQ(back->blocks[1].cumulative_lost, -0x800000);
}

TEST(Sdes, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  // CNAMEs of two lengths: one chunk needs four zeros, one only one.
  const auto sdes = ParseOne<Sdes>("82 ca 0006 00000001 01 02 6162 00000000  00000002 01 05 6162636465 00",
                                   RtcpType::kSdes, bytes);
  ASSERT_TRUE(sdes);
  ASSERT_EQ(sdes->chunks.size(), 2U);
  EXPECT_EQ(sdes->chunks[0], (SdesChunk{Ssrc(1), "ab"}));
  EXPECT_EQ(sdes->chunks[1], (SdesChunk{Ssrc(2), "abcde"}));
  EXPECT_EQ(Written(*sdes), bytes);
}

TEST(Sdes, SkipsOtherItems) {
  const auto bytes = Hex("00000001 02 01 78 01 01 79 00 00");
  const auto sdes = Sdes::Parse(1, bytes);
  ASSERT_TRUE(sdes);
  EXPECT_EQ(sdes->chunks[0].cname, "y");
}

TEST(Sdes, RejectsAnItemBeyondTheEnd) {
  EXPECT_FALSE(Sdes::Parse(1, Hex("00000001 01 09 6162 0000 0000")));
  EXPECT_FALSE(Sdes::Parse(2, Hex("00000001 01 01 61 00")));
}

TEST(Bye, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  const auto bye = ParseOne<Bye>("82 cb 0004 00000001 00000002 05 6c65617665 0000", RtcpType::kBye, bytes);
  ASSERT_TRUE(bye);
  EXPECT_EQ(bye->sources, (BoundedList<Ssrc, 31>{Ssrc(1), Ssrc(2)}));
  EXPECT_EQ(bye->reason, "leave");
  EXPECT_EQ(Written(*bye), bytes);
  const auto silent = ParseOne<Bye>("81 cb 0001 00000001", RtcpType::kBye, bytes);
  ASSERT_TRUE(silent);
  EXPECT_TRUE(silent->reason.empty());
  EXPECT_EQ(Written(*silent), bytes);
}

TEST(Pli, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  const auto pli = ParseOne<Pli>("81 ce 0002 00000001 00000002", RtcpType::kPayloadFeedback, bytes);
  ASSERT_TRUE(pli);
  EXPECT_EQ(pli->sender_ssrc, Ssrc(1));
  EXPECT_EQ(pli->media_ssrc, Ssrc(2));
  EXPECT_EQ(Written(*pli), bytes);
  EXPECT_FALSE(Pli::Parse(4, Bytes(bytes).subspan(4)));
}

TEST(Fir, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  const auto fir = ParseOne<Fir>("84 ce 0006 00000001 00000000 00000002 07000000 00000003 08000000",
                                 RtcpType::kPayloadFeedback, bytes);
  ASSERT_TRUE(fir);
  ASSERT_EQ(fir->entries.size(), 2U);
  EXPECT_EQ(fir->entries[1], (Fir::Entry{Ssrc(3), 8}));
  EXPECT_EQ(Written(*fir), bytes);
}

TEST(Remb, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  // 0x3fffb * 2^1 = 524,278 bit/s.
  const auto remb = ParseOne<Remb>("8f ce 0005 00000001 00000000 52454d42 01 07fffb 00000002",
                                   RtcpType::kPayloadFeedback, bytes);
  ASSERT_TRUE(remb);
  EXPECT_EQ(remb->bitrate_bps, 0x3fffbU * 2);
  EXPECT_EQ(remb->sources[0], Ssrc(2));
  EXPECT_EQ(Written(*remb), bytes);
}

TEST(Remb, KeepsEighteenSignificantBits) {
  for (const std::uint64_t rate : {0UL, 1UL, 262'143UL, 262'144UL, 2'500'000UL, 10'000'000'000UL, ~0UL}) {
    const auto bytes = Written(Remb{Ssrc(1), rate, {Ssrc(2)}});
    const auto back = Remb::Parse(15, Bytes(bytes).subspan(4));
    ASSERT_TRUE(back);
    EXPECT_LE(back->bitrate_bps, rate);
    EXPECT_LE(rate - back->bitrate_bps, rate >> 17);
  }
}

TEST(Remb, RejectsOtherApplicationFeedbackAndOverflow) {
  EXPECT_FALSE(Remb::Parse(15, Hex("00000001 00000000 52454d43 00000001")));
  EXPECT_FALSE(Remb::Parse(15, Hex("00000001 00000000 52454d42 02000001 00000001")));  // a source is missing
  EXPECT_FALSE(Remb::Parse(15, Hex("00000001 00000000 52454d42 00ffffff")));           // 2^63 * 2^18
}

TEST(ExtendedReport, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  const auto xr = ParseOne<ExtendedReport>(
      "80 cf 0008 00000001 04000002 0123456789abcdef 05000003 00000002 11223344 00010000",
      RtcpType::kExtendedReport, bytes);
  ASSERT_TRUE(xr);
  EXPECT_EQ(xr->reference_time, 0x0123456789abcdefU);
  ASSERT_EQ(xr->dlrr.size(), 1U);
  EXPECT_EQ(xr->dlrr[0], (DlrrItem{Ssrc(2), 0x11223344, 65536}));
  EXPECT_EQ(Written(*xr), bytes);
}

TEST(ExtendedReport, SkipsOtherBlocks) {
  const auto xr = ExtendedReport::Parse(0, Hex("00000001 2a000001 deadbeef 04000002 0000000000000007"));
  ASSERT_TRUE(xr);
  EXPECT_EQ(xr->reference_time, 7U);
  EXPECT_FALSE(ExtendedReport::Parse(0, Hex("00000001 2a000002 deadbeef")));
  EXPECT_FALSE(ExtendedReport::Parse(0, Hex("00000001 04000001 deadbeef")));
}

TEST(Nack, KnownBytes) {
  std::vector<std::uint8_t> bytes;
  const auto nack =
      ParseOne<Nack>("81 cd 0004 00000001 00000002 ffff 8001 0064 0000", RtcpType::kTransportFeedback, bytes);
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->media_ssrc, Ssrc(2));
  std::array<std::uint16_t, 8> out{};
  ASSERT_EQ(nack->SequenceNumbers(out), 4U);
  EXPECT_EQ(out[0], 65535);
  EXPECT_EQ(out[1], 0);
  EXPECT_EQ(out[2], 15);
  EXPECT_EQ(out[3], 100);
  EXPECT_EQ(nack->SequenceNumbers(std::span(out).first(2)), 2U);
}

TEST(Nack, WhatIsWrittenIsRead) {
  const std::vector<std::uint16_t> wanted = {65000, 65016, 65017, 65534, 65535, 0, 1, 14, 300};
  std::vector<std::uint8_t> memory(200);
  ByteWriter writer(memory);
  EXPECT_EQ(WriteNack(Ssrc(1), Ssrc(2), wanted, writer), wanted.size());
  RtcpCompoundReader reader(writer.written());
  const auto packet = reader.Next();
  ASSERT_TRUE(packet);
  const auto nack = Nack::Parse(packet->count, packet->body);
  ASSERT_TRUE(nack);
  EXPECT_EQ(nack->item_count(), 4U);
  std::vector<std::uint16_t> got(32);
  got.resize(nack->SequenceNumbers(got));
  EXPECT_EQ(got, wanted);
}

TEST(Nack, WritesAsManyAsFit) {
  const std::vector<std::uint16_t> wanted = {0, 100, 101, 200};
  std::vector<std::uint8_t> memory(20);  // two items
  ByteWriter writer(memory);
  EXPECT_EQ(WriteNack(Ssrc(1), Ssrc(2), wanted, writer), 3U);
  EXPECT_EQ(writer.size(), 20U);
  ByteWriter small(MutableBytes(memory).first(15));
  EXPECT_EQ(WriteNack(Ssrc(1), Ssrc(2), wanted, small), 0U);
  EXPECT_TRUE(small.ok());
  EXPECT_EQ(small.size(), 0U);
}

TEST(Nack, NeedsAnItem) {
  EXPECT_FALSE(Nack::Parse(1, Hex("00000001 00000002")));
  EXPECT_FALSE(Nack::Parse(15, Hex("00000001 00000002 00000000")));
}

}  // namespace
}  // namespace kcs::wire
