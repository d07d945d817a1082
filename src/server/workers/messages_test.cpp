#include "server/workers/messages.h"

#include <gtest/gtest.h>

#include "proto/worker.pb.h"

namespace kcs::workers {
namespace {

using meeting::MediaId;

template <typename T>
T NoticeOf(const worker::Notification& notification) {
  const auto notice = ToNotice(notification);
  EXPECT_TRUE(notice.has_value());
  return std::get<T>(*notice);
}

TEST(Messages, CarriesPrioritiesAndViewports) {
  using Action = meeting::ConsumerCommand::Action;
  worker::Request request;
  Fill(
      meeting::ConsumerCommand{
          .router = {}, .consumer = MediaId{7}, .action = Action::kSetPriority, .priority = 200},
      request);
  EXPECT_EQ(request.consumer_command().action(), worker::ConsumerCommand::SET_PRIORITY);
  EXPECT_EQ(request.consumer_command().priority(), 200U);
  request.Clear();
  Fill(meeting::ConsumerCommand{.router = {},
                                .consumer = MediaId{7},
                                .action = Action::kSetViewport,
                                .viewport = {.width = 640, .height = 360, .visible = false}},
       request);
  EXPECT_EQ(request.consumer_command().action(), worker::ConsumerCommand::SET_VIEWPORT);
  EXPECT_EQ(request.consumer_command().width(), 640U);
  EXPECT_EQ(request.consumer_command().height(), 360U);
  EXPECT_FALSE(request.consumer_command().visible());
}

TEST(Messages, ReadsLayersThatAreWantedOrSent) {
  worker::Notification notification;
  notification.mutable_producer_layers_wanted()->set_producer_id(3);
  EXPECT_EQ(NoticeOf<meeting::ProducerLayersWanted>(notification).max_spatial_layer, std::nullopt);
  notification.mutable_producer_layers_wanted()->set_max_spatial_layer(0);
  const auto wanted = NoticeOf<meeting::ProducerLayersWanted>(notification);
  EXPECT_EQ(wanted.producer, MediaId{3});
  EXPECT_EQ(wanted.max_spatial_layer, 0U);

  auto& layers = *notification.mutable_consumer_layers();
  layers.set_consumer_id(4);
  layers.set_reason(worker::ConsumerLayers::BANDWIDTH);
  EXPECT_EQ(NoticeOf<meeting::ConsumerLayersChanged>(notification).spatial_layer, std::nullopt);
  layers.set_spatial_layer(2);
  layers.set_temporal_layer(1);
  const auto sent = NoticeOf<meeting::ConsumerLayersChanged>(notification);
  EXPECT_EQ(sent.consumer, MediaId{4});
  EXPECT_EQ(sent.spatial_layer, 2U);
  EXPECT_EQ(sent.temporal_layer, 1U);
  EXPECT_EQ(sent.reason, meeting::LayersReason::kBandwidth);
}

TEST(Messages, ReadsWhoSpeaks) {
  worker::Notification notification;
  notification.mutable_active_speaker()->set_router_id(1);
  EXPECT_EQ(NoticeOf<meeting::ActiveSpeakerChanged>(notification).producer, std::nullopt);
  notification.mutable_active_speaker()->set_producer_id(9);
  EXPECT_EQ(NoticeOf<meeting::ActiveSpeakerChanged>(notification).producer, MediaId{9});

  auto& level = *notification.mutable_audio_levels()->add_levels();
  level.set_producer_id(9);
  level.set_level(4000);
  const auto levels = NoticeOf<meeting::AudioLevels>(notification);
  ASSERT_EQ(levels.levels.size(), 1U);
  EXPECT_EQ(levels.levels[0].producer, MediaId{9});
  EXPECT_EQ(levels.levels[0].level, 127U);
}

TEST(Messages, ReadsScoresAndQualityWithinTheirBounds) {
  worker::Notification notification;
  notification.mutable_producer_score()->set_score(70);
  EXPECT_EQ(NoticeOf<meeting::ProducerScoreChanged>(notification).score, 10U);
  notification.mutable_consumer_score()->set_score(7);
  EXPECT_EQ(NoticeOf<meeting::ConsumerScoreChanged>(notification).score, 7U);

  auto& quality = *notification.mutable_transport_quality();
  quality.set_transport_id(5);
  quality.set_score(0.5);
  quality.set_rtt_ms(-1);
  quality.set_loss(7);
  quality.set_available_bitrate(123);
  const auto read = NoticeOf<meeting::TransportQuality>(notification);
  EXPECT_EQ(read.transport, MediaId{5});
  EXPECT_EQ(read.score, 0.5);
  EXPECT_EQ(read.rtt_ms, -1);
  EXPECT_EQ(read.loss, 1);
  EXPECT_EQ(read.available_bitrate, 123U);
  EXPECT_FALSE(ToNotice(worker::Notification{}).has_value());
}

}  // namespace
}  // namespace kcs::workers
