#include "engine/worker/control.h"

#include <gtest/gtest.h>

#include "proto/worker.pb.h"

namespace kcs::worker_process {
namespace {

using sfu::ConsumerAction;

worker::Request ConsumerRequest(worker::ConsumerCommand::Action action) {
  worker::Request request;
  request.mutable_consumer_command()->set_consumer_id(7);
  request.mutable_consumer_command()->set_action(action);
  return request;
}

worker::Notification Written(const sfu::Notification& notification) {
  worker::Notification out;
  WriteNotification(notification, out);
  return out;
}

TEST(Control, ReadsPriorities) {
  worker::Request request = ConsumerRequest(worker::ConsumerCommand::SET_PRIORITY);
  EXPECT_FALSE(ToCommand(request).has_value());
  request.mutable_consumer_command()->set_priority(256);
  EXPECT_FALSE(ToCommand(request).has_value());
  request.mutable_consumer_command()->set_priority(255);
  const auto command = ToCommand(request);
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(std::get<sfu::ConsumerCommand>(*command).action, ConsumerAction::kSetPriority);
  EXPECT_EQ(std::get<sfu::ConsumerCommand>(*command).priority, 255);
}

TEST(Control, ReadsViewports) {
  worker::Request request = ConsumerRequest(worker::ConsumerCommand::SET_VIEWPORT);
  request.mutable_consumer_command()->set_width(640);
  request.mutable_consumer_command()->set_height(360);
  const auto command = ToCommand(request);
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(std::get<sfu::ConsumerCommand>(*command).viewport,
            (congestion::Viewport{.width = 640, .height = 360, .visible = false}));
  request.mutable_consumer_command()->set_height(70'000);
  EXPECT_FALSE(ToCommand(request).has_value());
}

TEST(Control, KnowsAScreen) {
  worker::Request request;
  request.mutable_create_producer()->set_screen(true);
  EXPECT_TRUE(std::get<sfu::CreateProducer>(*ToCommand(request)).screen);
}

TEST(Control, ReadsAndWritesSpeakerPlaces) {
  worker::Request request;
  request.mutable_create_router()->add_speaker_places(7);
  EXPECT_EQ(std::get<sfu::CreateRouter>(*ToCommand(request)).speaker_places,
            std::vector<sfu::ProducerId>{sfu::ProducerId(7)});
  for (int i = 0; i < 64; ++i) request.mutable_create_router()->add_speaker_places(8);
  EXPECT_FALSE(ToCommand(request).has_value());
  request.mutable_create_transport()->set_participant_id(9);
  EXPECT_EQ(std::get<sfu::CreateTransport>(*ToCommand(request)).participant, sfu::ParticipantId(9));
  request.mutable_create_producer()->set_waiting(true);
  EXPECT_TRUE(std::get<sfu::CreateProducer>(*ToCommand(request)).waiting);
  request.mutable_producer_command()->set_action(worker::ProducerCommand::ADMIT);
  EXPECT_EQ(std::get<sfu::ProducerCommand>(*ToCommand(request)).action, sfu::ProducerAction::kAdmit);

  const auto told = Written(sfu::SpeakerPlacesChanged{sfu::RouterId(1), {std::nullopt, sfu::ProducerId(5)}});
  ASSERT_EQ(told.speaker_places().producer_ids_size(), 2);
  EXPECT_EQ(told.speaker_places().producer_ids(0), 0U);
  EXPECT_EQ(told.speaker_places().producer_ids(1), 5U);
}

TEST(Control, ReadsWhoseStatisticsAreAskedFor) {
  worker::Request request;
  request.mutable_get_router_stats()->set_router_id(1);
  EXPECT_TRUE(std::get<sfu::GetRouterStats>(*ToCommand(request)).transports.empty());
  request.mutable_get_router_stats()->add_transport_ids(5);
  EXPECT_EQ(std::get<sfu::GetRouterStats>(*ToCommand(request)).transports,
            std::vector<sfu::TransportId>{sfu::TransportId(5)});
  for (int i = 0; i < 1000; ++i) request.mutable_get_router_stats()->add_transport_ids(6);
  EXPECT_FALSE(ToCommand(request).has_value());
}

TEST(Control, WritesWhichLayersAreWantedAndSent) {
  auto wanted = Written(sfu::ProducerLayersWanted{sfu::ProducerId(3), std::nullopt});
  EXPECT_EQ(wanted.producer_layers_wanted().producer_id(), 3U);
  EXPECT_FALSE(wanted.producer_layers_wanted().has_max_spatial_layer());
  wanted = Written(sfu::ProducerLayersWanted{sfu::ProducerId(3), 0});
  EXPECT_TRUE(wanted.producer_layers_wanted().has_max_spatial_layer());

  auto sent = Written(sfu::ConsumerLayersChanged{sfu::ConsumerId(4), congestion::Layers{2, 1},
                                                 congestion::AllocationReason::kViewport});
  EXPECT_EQ(sent.consumer_layers().consumer_id(), 4U);
  EXPECT_EQ(sent.consumer_layers().spatial_layer(), 2U);
  EXPECT_EQ(sent.consumer_layers().temporal_layer(), 1U);
  EXPECT_EQ(sent.consumer_layers().reason(), worker::ConsumerLayers::VIEWPORT);
  sent = Written(
      sfu::ConsumerLayersChanged{sfu::ConsumerId(4), std::nullopt, congestion::AllocationReason::kBandwidth});
  EXPECT_FALSE(sent.consumer_layers().has_spatial_layer());
  EXPECT_FALSE(sent.consumer_layers().has_temporal_layer());
  EXPECT_EQ(sent.consumer_layers().reason(), worker::ConsumerLayers::BANDWIDTH);
}

TEST(Control, WritesScoresAndQuality) {
  EXPECT_EQ(Written(sfu::ProducerScoreChanged{sfu::ProducerId(3), 9}).producer_score().score(), 9U);
  EXPECT_EQ(Written(sfu::ConsumerScoreChanged{sfu::ConsumerId(4), 8}).consumer_score().consumer_id(), 4U);
  const auto quality = Written(sfu::TransportQuality{.transport = sfu::TransportId(5),
                                                     .score = 0.7,
                                                     .rtt_ms = std::nullopt,
                                                     .jitter_ms = 3,
                                                     .loss = 0.2,
                                                     .available_bitrate = 1000});
  EXPECT_EQ(quality.transport_quality().transport_id(), 5U);
  EXPECT_EQ(quality.transport_quality().score(), 0.7);
  EXPECT_EQ(quality.transport_quality().rtt_ms(), -1);
  EXPECT_EQ(quality.transport_quality().jitter_ms(), 3);
  EXPECT_EQ(quality.transport_quality().loss(), 0.2);
  EXPECT_EQ(quality.transport_quality().available_bitrate(), 1000U);
}

TEST(Control, WritesWhoSpeaks) {
  const auto nobody = Written(sfu::ActiveSpeakerChanged{sfu::RouterId(1), std::nullopt});
  EXPECT_EQ(nobody.active_speaker().router_id(), 1U);
  EXPECT_FALSE(nobody.active_speaker().has_producer_id());
  const auto speaker = Written(sfu::ActiveSpeakerChanged{sfu::RouterId(1), sfu::ProducerId(3)});
  EXPECT_EQ(speaker.active_speaker().producer_id(), 3U);
  const auto levels = Written(sfu::AudioLevels{sfu::RouterId(1), {{sfu::ProducerId(3), 30}}});
  ASSERT_EQ(levels.audio_levels().levels_size(), 1);
  EXPECT_EQ(levels.audio_levels().levels(0).producer_id(), 3U);
  EXPECT_EQ(levels.audio_levels().levels(0).level(), 30U);
}

TEST(Control, WritesHowItWasSentIntoTheWorkersStatisticsOnly) {
  const io::SendCounters counters{
      .calls = 1, .messages = 2, .datagrams = 3, .runs = 4, .run_datagrams = 5, .split_runs = 6};
  worker::Response response;
  WriteSendStats(counters, true, response);
  EXPECT_FALSE(response.has_worker_stats());
  sfu::WorkerStats core;
  core.padding_sent = 7;
  core.handshakes = {.started = 11, .completed = 8, .failed = 2, .deferred = 3};
  WriteReply(core, 0, response);
  WriteSendStats(counters, true, response);
  const worker::WorkerStats& stats = response.worker_stats();
  EXPECT_EQ(stats.udp_send_calls(), 1U);
  EXPECT_EQ(stats.udp_messages_sent(), 2U);
  EXPECT_EQ(stats.udp_datagrams_sent(), 3U);
  EXPECT_EQ(stats.udp_runs_sent(), 4U);
  EXPECT_EQ(stats.udp_run_datagrams_sent(), 5U);
  EXPECT_EQ(stats.udp_runs_split(), 6U);
  EXPECT_TRUE(stats.udp_segmentation());
  EXPECT_EQ(stats.padding_sent(), 7U);
  EXPECT_EQ(stats.handshakes_started(), 11U);
  EXPECT_EQ(stats.handshakes_completed(), 8U);
  EXPECT_EQ(stats.handshakes_failed(), 2U);
  EXPECT_EQ(stats.handshake_datagrams_deferred(), 3U);
}

TEST(Control, WritesTheStateOfATransport) {
  const auto state = Written(sfu::TransportStateChanged{.transport = sfu::TransportId(5),
                                                        .ice = transport::IceState::kCompleted,
                                                        .dtls = crypto::DtlsState::kFailed});
  EXPECT_EQ(state.transport_state().transport_id(), 5U);
  EXPECT_EQ(state.transport_state().ice(), worker::TransportState::ICE_COMPLETED);
  EXPECT_EQ(state.transport_state().dtls(), worker::TransportState::DTLS_FAILED);
}

}  // namespace
}  // namespace kcs::worker_process
