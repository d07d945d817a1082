#include "engine/congestion/testing/bottleneck.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kcs::congestion::testing {
namespace {

constexpr Timestamp kStart{10s};

std::vector<Bottleneck::Delivery> Drain(Bottleneck& link, Timestamp until = kStart + 1h) {
  link.Advance(until);
  return link.TakeDeliveries(until);
}

TEST(Bottleneck, APacketTakesItsTransmissionAndThePropagation) {
  Bottleneck link({.capacity = {{0s, 1'000'000}}, .delay = 40ms}, kStart, 1);
  link.Send(7, 1250, kStart);
  link.Send(8, 1250, kStart);
  const auto deliveries = Drain(link);
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].tag, 7U);
  EXPECT_EQ(deliveries[0].at, kStart + 50ms);
  EXPECT_EQ(deliveries[0].queued, 0ms);
  EXPECT_EQ(deliveries[1].at, kStart + 60ms);
  EXPECT_EQ(deliveries[1].queued, 10ms);
}

TEST(Bottleneck, CapacityChangesInTheMiddleOfAPacket) {
  Bottleneck link({.capacity = {{0s, 1'000'000}, {5ms, 0}, {1s, 500'000}}, .delay = 0ms}, kStart, 1);
  link.Send(1, 1250, kStart);  // half of it, an outage, then the rest at half the rate
  const auto deliveries = Drain(link);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].at, kStart + 1010ms);
}

TEST(Bottleneck, DropTailKeepsItsLimit) {
  Bottleneck link({.capacity = {{0s, 1'000'000}}, .delay = 0ms, .queue = 100ms}, kStart, 1);
  for (std::uint64_t i = 0; i < 100; ++i) link.Send(i, 1250, kStart);
  const auto drops = link.TakeDrops();
  EXPECT_GT(drops.size(), 80U);
  EXPECT_TRUE(drops.front().queue_full);
  EXPECT_LE(link.queue(kStart), 120ms);
  EXPECT_EQ(Drain(link).size() + drops.size(), 100U);
}

TEST(Bottleneck, CoDelKeepsAnOverloadedQueueShorterThanDropTail) {
  Duration waits[2];
  for (const auto discipline : {LinkModel::Discipline::kDropTail, LinkModel::Discipline::kCoDel}) {
    Bottleneck link({.capacity = {{0s, 1'000'000}}, .delay = 0ms, .discipline = discipline}, kStart, 1);
    for (int i = 0; i < 3000; ++i) link.Send(0, 1250, kStart + i * 9500us);  // five percent too much
    const auto deliveries = Drain(link);
    waits[static_cast<int>(discipline)] = deliveries[deliveries.size() - 10].queued;
  }
  EXPECT_LT(waits[1] * 2, waits[0]);
}

TEST(Bottleneck, LosesAsItIsTold) {
  Bottleneck random({.loss = 0.1}, kStart, 1);
  Bottleneck bursty({.bursts = LinkModel::Bursts{.begin = 0.01, .end = 0.2, .loss = 1}}, kStart, 1);
  for (int i = 0; i < 10'000; ++i) {
    random.Send(0, 100, kStart + i * 1ms);
    bursty.Send(static_cast<std::uint64_t>(i), 100, kStart + i * 1ms);
  }
  Drain(random);
  Drain(bursty);
  EXPECT_NEAR(static_cast<double>(random.TakeDrops().size()), 1000, 100);
  const auto drops = bursty.TakeDrops();
  EXPECT_NEAR(static_cast<double>(drops.size()), 476, 150);
  const auto in_a_row = std::adjacent_find(drops.begin(), drops.end(),
                                           [](const auto& a, const auto& b) { return b.tag == a.tag + 1; });
  EXPECT_NE(in_a_row, drops.end());
}

TEST(Bottleneck, JitterDoesNotReorder) {
  Bottleneck link({.jitter = 30ms}, kStart, 1);
  for (std::uint64_t i = 0; i < 1000; ++i) link.Send(i, 100, kStart + static_cast<int>(i) * 1ms);
  const auto deliveries = Drain(link);
  ASSERT_EQ(deliveries.size(), 1000U);
  for (std::size_t i = 0; i < deliveries.size(); ++i) EXPECT_EQ(deliveries[i].tag, i);
}

TEST(Bottleneck, IsRepeatable) {
  std::vector<Timestamp> runs[2];
  for (auto& run : runs) {
    Bottleneck link({.jitter = 10ms, .loss = 0.2, .cross = {CrossTraffic{}}}, kStart, 42);
    for (int i = 0; i < 500; ++i) link.Send(0, 1000, kStart + i * 2ms);
    for (const auto& delivery : Drain(link, kStart + 2s)) run.push_back(delivery.at);
  }
  EXPECT_EQ(runs[0], runs[1]);
}

TEST(CrossTraffic, TcpFillsALinkAndSharesItWithAnother) {
  LinkModel model{.capacity = {{0s, 5'000'000}}, .delay = 20ms, .queue = 100ms};
  model.cross = {CrossTraffic{.rtt = 60ms}, CrossTraffic{.rtt = 60ms}};
  Bottleneck link(model, kStart, 1);
  link.Advance(kStart + 60s);
  const double first = static_cast<double>(link.cross()[0].delivered_bytes()) * 8 / 60;
  const double second = static_cast<double>(link.cross()[1].delivered_bytes()) * 8 / 60;
  EXPECT_GT(first + second, 4.3e6);
  EXPECT_LE(first + second, 5e6);
  EXPECT_GT(std::min(first, second), 1e6);
}

// Which of two is dropped by a full queue must be chance, not who is in step with the link.
TEST(CrossTraffic, TcpLeavesOthersTheirPlacesInAFullQueue) {
  LinkModel model{.capacity = {{0s, 2'000'000}}, .delay = 0ms};
  model.cross = {CrossTraffic{.rtt = 30ms}};
  Bottleneck link(model, kStart, 1);
  constexpr int kPackets = 6000;
  constexpr int kFirst = 500;  // slow start has ended
  for (int i = 0; i < kPackets; ++i) link.Send(static_cast<std::uint64_t>(i), 120, kStart + i * 20ms);
  std::size_t lost = 0;
  for (const auto& drop : link.TakeDrops()) lost += drop.tag >= kFirst ? 1U : 0U;
  EXPECT_LT(static_cast<double>(lost), 0.02 * (kPackets - kFirst));
}

TEST(CrossTraffic, ShortTransfersEndAndBeginAgain) {
  LinkModel model{.capacity = {{0s, 10'000'000}}};
  model.cross = {CrossTraffic{.transfer = 120'000, .pause = 1s}};
  Bottleneck link(model, kStart, 1);
  link.Advance(kStart + 20s);
  const std::uint64_t bytes = link.cross()[0].delivered_bytes();
  EXPECT_GT(bytes, 10U * 120'000);
  EXPECT_LT(bytes, 20U * 120'000);
}

TEST(CrossTraffic, ConstantFlowIsConstant) {
  LinkModel model{.capacity = {{0s, 10'000'000}}};
  model.cross = {
      CrossTraffic{.kind = CrossTraffic::Kind::kConstant, .from = 1s, .until = 11s, .bps = 960'000}};
  Bottleneck link(model, kStart, 1);
  link.Advance(kStart + 60s);
  EXPECT_NEAR(static_cast<double>(link.cross()[0].delivered_bytes()), 1.2e6, 2000);
}

}  // namespace
}  // namespace kcs::congestion::testing
