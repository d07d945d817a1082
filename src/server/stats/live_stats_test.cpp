#include "server/stats/live_stats.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace kcs::stats {
namespace {

using meeting::MediaId;
using meeting::MediaOf;

MediaOf Sender(const std::string& user, std::uint64_t producer) {
  return {user, user, {}, {{MediaId{producer}, "p" + std::to_string(producer), "camera"}}, {}};
}

meeting::StreamStats Stream(std::uint64_t id, std::uint32_t score, std::uint32_t bitrate = 1000) {
  meeting::StreamStats stats;
  stats.media = MediaId{id};
  stats.score = score;
  stats.bitrate = bitrate;
  return stats;
}

TEST(Quality, IsTheShareOfParticipantsByTheirMeanScore) {
  meeting::RouterStats stats;
  stats.producers = {Stream(1, 10), Stream(2, 6), Stream(3, 2), Stream(4, 9)};
  const Quality quality = Judge({Sender("a", 1), Sender("b", 2), Sender("c", 3), Sender("d", 4)}, stats);
  EXPECT_DOUBLE_EQ(quality.average, (1.0 + 0.6 + 0.2 + 0.9) / 4);
  EXPECT_DOUBLE_EQ(quality.excellent, 0.5);
  EXPECT_DOUBLE_EQ(quality.good, 0.25);
  EXPECT_DOUBLE_EQ(quality.poor, 0.25);
}

TEST(Quality, CountsWhatAParticipantReceivesToo) {
  MediaOf both = Sender("a", 1);
  both.consumers.push_back({MediaId{2}, "c2", "p9"});
  meeting::RouterStats stats;
  stats.producers = {Stream(1, 10)};
  stats.consumers = {Stream(2, 4)};
  EXPECT_DOUBLE_EQ(Judge({both}, stats).average, 0.7);
}

TEST(Quality, DoesNotJudgeStreamsThatCarryNothing) {
  meeting::RouterStats stats;
  stats.producers = {Stream(1, 0, 0), Stream(2, 10)};
  const Quality quality = Judge({Sender("paused", 1), Sender("a", 2), Sender("unknown", 3)}, stats);
  EXPECT_DOUBLE_EQ(quality.average, 1);
  EXPECT_DOUBLE_EQ(quality.excellent, 1);
}

TEST(LiveStats, AddUpTheTransports) {
  meeting::RouterStats stats;
  stats.transports.resize(2);
  stats.transports[0].bitrate_in = 4'000'000'000;
  stats.transports[1].bitrate_in = 4'000'000'000;
  stats.transports[1].bitrate_out = 5;
  const auto live = LiveStats({2, 0, 3, 4}, {}, stats);
  EXPECT_EQ(live.at("participants"), 2);
  EXPECT_EQ(live.at("activeProducers"), 3);
  EXPECT_EQ(live.at("activeConsumers"), 4);
  EXPECT_EQ(live.at("bandwidth").at("incoming"), 8'000'000'000);
  EXPECT_EQ(live.at("bandwidth").at("outgoing"), 5);
}

TEST(ParticipantStats, NameStreamsAsClientsDo) {
  MediaOf alice = Sender("alice", 1);
  alice.consumers.push_back({MediaId{2}, "c2", "p9"});
  meeting::RouterStats stats;
  stats.producers = {Stream(1, 10)};
  stats.producers[0].jitter_ms = 1.5;
  stats.consumers = {Stream(2, 4)};
  stats.consumers[0].spatial_layer = 2;
  stats.consumers[0].temporal_layer = 1;
  stats.consumers[0].layers_reason = meeting::LayersReason::kBandwidth;
  const auto all = ParticipantStats({alice}, stats);
  ASSERT_EQ(all.size(), 1U);
  const auto producer = all.at(0).at("producers").at(0);
  EXPECT_EQ(producer.at("id").as_string(), "p1");
  EXPECT_EQ(producer.at("source").as_string(), "camera");
  EXPECT_EQ(producer.at("jitter"), 1.5);
  EXPECT_TRUE(producer.at("rtt").is_null());
  const auto consumer = all.at(0).at("consumers").at(0);
  EXPECT_EQ(consumer.at("producerId").as_string(), "p9");
  EXPECT_EQ(consumer.at("spatialLayer"), 2);
  EXPECT_EQ(consumer.at("temporalLayer"), 1);
  EXPECT_EQ(consumer.at("reason").as_string(), "bandwidth");
}

TEST(ParticipantStats, SayWhatALinkCarriesOnceThatIsKnown) {
  MediaOf alice = Sender("alice", 1);
  alice.transports.push_back({MediaId{5}, "t5", "recv"});
  meeting::RouterStats stats;
  stats.transports.resize(1);
  stats.transports[0].transport = MediaId{5};
  EXPECT_TRUE(
      ParticipantStats({alice}, stats).at(0).at("transports").at(0).at("availableOutgoingBitrate").is_null());
  stats.transports[0].available_bitrate = 900'000;
  stats.transports[0].allocated_bitrate = 700'000;
  const auto transport = ParticipantStats({alice}, stats).at(0).at("transports").at(0);
  EXPECT_EQ(transport.at("availableOutgoingBitrate"), 900'000);
  EXPECT_EQ(transport.at("allocatedBitrate"), 700'000);
}

}  // namespace
}  // namespace kcs::stats
