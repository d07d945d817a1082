#include "engine/worker/control_notifications.h"

#include "engine/worker/control_stats.h"
#include "proto/worker.pb.h"

namespace kcs::worker_process {

void NotificationWriter::operator()(const sfu::TransportStateChanged& n) const {
  worker::TransportState& message = *out.mutable_transport_state();
  message.set_transport_id(n.transport.value());
  message.set_ice(worker_process::ToProto(n.ice));
  message.set_dtls(worker_process::ToProto(n.dtls));
}

void NotificationWriter::operator()(const sfu::ProducerLayersWanted& n) const {
  worker::ProducerLayersWanted& message = *out.mutable_producer_layers_wanted();
  message.set_producer_id(n.producer.value());
  if (n.max_spatial_layer) message.set_max_spatial_layer(*n.max_spatial_layer);
}

void NotificationWriter::operator()(const sfu::ConsumerLayersChanged& n) const {
  worker::ConsumerLayers& message = *out.mutable_consumer_layers();
  message.set_consumer_id(n.consumer.value());
  if (n.layers) {
    message.set_spatial_layer(n.layers->spatial);
    message.set_temporal_layer(n.layers->temporal);
  }
  message.set_reason(worker_process::ToProto(n.reason));
}

void NotificationWriter::operator()(const sfu::ProducerScoreChanged& n) const {
  out.mutable_producer_score()->set_producer_id(n.producer.value());
  out.mutable_producer_score()->set_score(n.score);
}

void NotificationWriter::operator()(const sfu::ConsumerScoreChanged& n) const {
  out.mutable_consumer_score()->set_consumer_id(n.consumer.value());
  out.mutable_consumer_score()->set_score(n.score);
}

void NotificationWriter::operator()(const sfu::TransportQuality& n) const {
  worker::TransportQuality& message = *out.mutable_transport_quality();
  message.set_transport_id(n.transport.value());
  message.set_score(n.score);
  message.set_rtt_ms(n.rtt_ms.value_or(-1));
  message.set_jitter_ms(n.jitter_ms);
  message.set_loss(n.loss);
  message.set_available_bitrate(n.available_bitrate);
}

void NotificationWriter::operator()(const sfu::ActiveSpeakerChanged& n) const {
  out.mutable_active_speaker()->set_router_id(n.router.value());
  if (n.producer) out.mutable_active_speaker()->set_producer_id(n.producer->value());
}

void NotificationWriter::operator()(const sfu::AudioLevels& n) const {
  worker::AudioLevels& message = *out.mutable_audio_levels();
  message.set_router_id(n.router.value());
  for (const sfu::AudioLevels::Level& level : n.levels) {
    worker::AudioLevels::Level& item = *message.add_levels();
    item.set_producer_id(level.producer.value());
    item.set_level(level.level);
  }
}

void NotificationWriter::operator()(const sfu::SpeakerPlacesChanged& n) const {
  worker::SpeakerPlaces& message = *out.mutable_speaker_places();
  message.set_router_id(n.router.value());
  for (const auto& speaker : n.speakers) message.add_producer_ids(speaker ? speaker->value() : 0);
}

}  // namespace kcs::worker_process
