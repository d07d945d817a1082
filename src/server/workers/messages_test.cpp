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

TEST(Messages, CarriesSpeakerPlaces) {
  worker::Request request;
  Fill(meeting::OpenRouter{MediaId{1}, {MediaId{2}, MediaId{3}}}, request);
  ASSERT_EQ(request.create_router().speaker_places_size(), 2);
  EXPECT_EQ(request.create_router().speaker_places(1), 3U);
  Fill(meeting::CreateTransport{MediaId{1}, MediaId{4}, meeting::ClientId{5}}, request);
  EXPECT_EQ(request.create_transport().participant_id(), 5U);
  meeting::CreateProducer producer;
  producer.waiting = true;
  Fill(producer, request);
  EXPECT_TRUE(request.create_producer().waiting());
  Fill(meeting::ProducerCommand{MediaId{1}, MediaId{6}, meeting::ProducerCommand::Action::kAdmit}, request);
  EXPECT_EQ(request.producer_command().action(), worker::ProducerCommand::ADMIT);

  worker::Notification notification;
  notification.mutable_speaker_places()->set_router_id(1);
  notification.mutable_speaker_places()->add_producer_ids(0);
  notification.mutable_speaker_places()->add_producer_ids(6);
  const auto places = NoticeOf<meeting::SpeakerPlacesChanged>(notification);
  EXPECT_EQ(places.router, MediaId{1});
  EXPECT_EQ(places.producers, (std::vector<std::optional<MediaId>>{std::nullopt, MediaId{6}}));
}

TEST(Messages, ReadsWhatStatisticsSayOfLayersAndLinks) {
  worker::RouterStats stats;
  stats.add_transports()->set_available_bitrate(900'000);
  stats.mutable_transports(0)->set_allocated_bitrate(700'000);
  worker::ConsumerStats& video = *stats.add_consumers();
  video.set_spatial_layer(2);
  video.set_temporal_layer(1);
  video.set_layers_reason(worker::ConsumerLayers::BANDWIDTH);
  stats.add_consumers();
  meeting::RouterStats read;
  Append(stats, read);
  EXPECT_EQ(read.transports.at(0).available_bitrate, 900'000U);
  EXPECT_EQ(read.transports.at(0).allocated_bitrate, 700'000U);
  EXPECT_EQ(read.consumers.at(0).spatial_layer, 2);
  EXPECT_EQ(read.consumers.at(0).temporal_layer, 1);
  EXPECT_EQ(read.consumers.at(0).layers_reason, meeting::LayersReason::kBandwidth);
  EXPECT_EQ(read.consumers.at(1).layers_reason, std::nullopt) << "sound has no layers";
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
