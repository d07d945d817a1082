#include "engine/wire/rtcp_transport_feedback.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/entropy.h"
#include "engine/wire/hex_for_test.h"
#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

using Status = TransportFeedbackStatus;

std::vector<Status> ReadAll(const TransportFeedback& feedback) {
  std::vector<Status> out;
  TransportFeedbackReader reader(feedback);
  while (const auto status = reader.Next()) out.push_back(*status);
  return out;
}

std::vector<std::uint8_t> Written(const TransportFeedbackBuilder& builder) {
  std::vector<std::uint8_t> out(1500);
  ByteWriter writer(out);
  builder.Write(Ssrc(1), Ssrc(2), 9, writer);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.size(), builder.size());
  out.resize(writer.size());
  return out;
}

// Parses a whole RTCP packet.
std::optional<TransportFeedback> ParsePacket(Bytes bytes) {
  RtcpCompoundReader reader(bytes);
  const auto packet = reader.Next();
  if (!packet || packet->type != RtcpType::kTransportFeedback) return std::nullopt;
  return TransportFeedback::Parse(packet->count, packet->body);
}

TEST(TransportFeedback, ReadsARunLengthChunk) {
  // Base 10, three packets, reference time 2 * 64 ms; a run of three small deltas of 1 ms, 0 and 63.75 ms.
  const auto body = Hex("00000001 00000002 000a 0003 000002 09 2003 04 00 ff 000000");
  const auto feedback = TransportFeedback::Parse(15, body);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->sender_ssrc, Ssrc(1));
  EXPECT_EQ(feedback->media_ssrc, Ssrc(2));
  EXPECT_EQ(feedback->feedback_count, 9);
  EXPECT_EQ(
      ReadAll(*feedback),
      (std::vector<Status>{{10, true, 1000, 129'000}, {11, true, 0, 129'000}, {12, true, 63'750, 192'750}}));
}

TEST(TransportFeedback, ReadsAOneBitVector) {
  // 14 one-bit symbols 1 0 1 0..., of which five count; sequence numbers wrap.
  const auto body = Hex("00000001 00000002 fffe 0005 000000 00 aa00 04 08 0c 00");
  const auto feedback = TransportFeedback::Parse(15, body);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(ReadAll(*feedback), (std::vector<Status>{{65534, true, 1000, 1000},
                                                     {65535, false, 0, 0},
                                                     {0, true, 2000, 3000},
                                                     {1, false, 0, 0},
                                                     {2, true, 3000, 6000}}));
}

TEST(TransportFeedback, ReadsATwoBitVectorWithANegativeDelta) {
  // 7 two-bit symbols: large, none, small, none...
  const auto body = Hex("00000001 00000002 0001 0003 000001 00 e100 fffc 04 00");
  const auto feedback = TransportFeedback::Parse(15, body);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(ReadAll(*feedback),
            (std::vector<Status>{{1, true, -1000, 63'000}, {2, false, 0, 0}, {3, true, 1000, 64'000}}));
}

TEST(TransportFeedback, RejectsWhatContradictsItself) {
  const auto parse = [](std::string_view text) {
    return TransportFeedback::Parse(15, Hex(text)).has_value();
  };
  EXPECT_FALSE(parse("00000001 00000002 0001 0000 000001 00 2001 0400"));  // no statuses
  EXPECT_FALSE(parse("00000001 00000002 0001 0003 000001 00 2003 0400"));  // a delta is missing
  EXPECT_FALSE(parse("00000001 00000002 0001 0009 000001 00 2001 0004"));  // a chunk is missing
  EXPECT_FALSE(parse("00000001 00000002 0001 0001 000001 00 6001 0400"));  // reserved symbol in a run
  EXPECT_FALSE(parse("00000001 00000002 0001 0001 000001 00 f000 0400"));  // reserved symbol in a vector
  EXPECT_FALSE(parse("00000001 00000002 0001 0001 000001 00 2000 2001 04 00"));  // an empty run
  EXPECT_FALSE(parse("00000001 00000002 0001 0001 000001 00"));
  EXPECT_FALSE(TransportFeedback::Parse(1, Hex("00000001 00000002 0001 0001 000001 00 2001 0400")));
}

TEST(TransportFeedback, ARunMayPromiseMoreThanTheCount) {
  const auto body = Hex("00000001 00000002 0001 0002 000000 00 2fff 0101");
  const auto feedback = TransportFeedback::Parse(15, body);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(ReadAll(*feedback).size(), 2U);
}

TEST(TransportFeedbackBuilder, CodesASteadyStreamAsOneRun) {
  TransportFeedbackBuilder builder(100, Timestamp(1s));
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(builder.Add(static_cast<std::uint16_t>(100 + i), Timestamp(1s + i * 1ms)));
  // 1 s = 15 * 64 ms + 40 ms; the first delta is 160 ticks.
  const auto bytes = Written(builder);
  EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + 24),
            Hex("8f cd 000a 00000001 00000002 0064 0014 00000f 09 2014 a0 04"));
  EXPECT_EQ(bytes.size(), 44U);
}

TEST(TransportFeedbackBuilder, ReportsLeftOutPacketsAsLost) {
  TransportFeedbackBuilder builder(100, Timestamp(64ms));
  ASSERT_TRUE(builder.Add(102, Timestamp(64ms)));
  ASSERT_TRUE(builder.Add(103, Timestamp(65ms)));
  EXPECT_EQ(builder.status_count(), 4U);
  EXPECT_EQ(builder.next_sequence(), 104);
  const auto bytes = Written(builder);
  const auto feedback = ParsePacket(bytes);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(ReadAll(*feedback),
            (std::vector<Status>{
                {100, false, 0, 0}, {101, false, 0, 0}, {102, true, 0, 64'000}, {103, true, 1000, 65'000}}));
}

TEST(TransportFeedbackBuilder, RefusesWhatCannotBeSaid) {
  TransportFeedbackBuilder builder(100, Timestamp(1s));
  ASSERT_TRUE(builder.Add(100, Timestamp(1s)));
  EXPECT_FALSE(builder.Add(100, Timestamp(1s)));            // again
  EXPECT_FALSE(builder.Add(99, Timestamp(1s)));             // before
  EXPECT_FALSE(builder.Add(9000, Timestamp(1s)));           // too far
  EXPECT_FALSE(builder.Add(101, Timestamp(1s + 8'192ms)));  // delta beyond 16 bits
  EXPECT_TRUE(builder.Add(101, Timestamp(1s + 8'191ms)));
  EXPECT_EQ(builder.status_count(), 2U);
}

TEST(TransportFeedbackBuilder, ARefusedPacketLeavesNoTrace) {
  TransportFeedbackBuilder builder(0, Timestamp(1s), 28);
  std::uint16_t sequence = 0;
  while (builder.Add(sequence, Timestamp(1s))) ++sequence;
  const auto before = Written(builder);
  EXPECT_LE(before.size(), 28U);
  EXPECT_FALSE(builder.Add(static_cast<std::uint16_t>(sequence + 500), Timestamp(2s)));
  EXPECT_EQ(Written(builder), before);
}

TEST(TransportFeedbackBuilder, ReferenceTimeWrapsAfterTwentyFourBits) {
  const Timestamp late = Timestamp(64ms * (1LL << 24) + 64ms * 5 + 1ms);
  TransportFeedbackBuilder builder(0, late);
  ASSERT_TRUE(builder.Add(0, late));
  const auto bytes = Written(builder);
  const auto feedback = ParsePacket(bytes);
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->reference_time, 5U);
  EXPECT_EQ(ReadAll(*feedback)[0].arrival_us, 5 * 64'000 + 1000);
}

// Arrivals of every temper: what the builder took must come back exactly, in ticks of 250 us, within the
// bound.
TEST(TransportFeedbackBuilder, WhatIsWrittenIsRead) {
  SeededEntropy entropy(7);
  for (int round = 0; round < 300; ++round) {
    const std::uint16_t base = static_cast<std::uint16_t>(entropy.NextU32());
    const std::size_t max_size = 24 + entropy.Below(1200);
    Timestamp now(1s * entropy.Below(1000) + 1us * entropy.Below(1'000'000));
    TransportFeedbackBuilder builder(base, now, max_size);
    std::map<std::uint16_t, Timestamp> added;
    std::uint16_t sequence = base;
    const std::uint32_t loss = entropy.Below(101);
    const std::uint32_t wild = entropy.Below(30);
    for (int i = 0; i < 400; ++i, ++sequence) {
      if (entropy.Below(100) < loss) {
        if (entropy.Below(50) == 0) sequence = static_cast<std::uint16_t>(sequence + entropy.Below(7000));
        continue;
      }
      now += 1us * entropy.Below(3000);
      if (entropy.Below(100) < wild) now += 1us * (static_cast<int>(entropy.Below(400'000)) - 200'000);
      if (!builder.Add(sequence, now)) break;
      added.emplace(sequence, now);
    }
    if (builder.empty()) continue;
    const auto bytes = Written(builder);
    ASSERT_LE(bytes.size(), max_size);
    const auto feedback = ParsePacket(bytes);
    ASSERT_TRUE(feedback) << round;
    const auto statuses = ReadAll(*feedback);
    ASSERT_EQ(statuses.size(), builder.status_count());
    for (const Status& status : statuses) {
      const auto it = added.find(status.sequence);
      ASSERT_EQ(status.received, it != added.end()) << round;
      if (!status.received) continue;
      ASSERT_EQ(status.arrival_us, ToMicros(it->second) / 250 * 250) << round;
    }
  }
}

}  // namespace
}  // namespace kcs::wire
