#pragma once

#include "engine/sfu/notifications.h"

namespace kcs::worker {
class Notification;
}  // namespace kcs::worker

namespace kcs::worker_process {

// Each kind of news into its message of proto/worker.proto.
struct NotificationWriter {
  worker::Notification& out;

  void operator()(const sfu::TransportStateChanged& n) const;
  void operator()(const sfu::ProducerLayersWanted& n) const;
  void operator()(const sfu::ConsumerLayersChanged& n) const;
  void operator()(const sfu::ProducerScoreChanged& n) const;
  void operator()(const sfu::ConsumerScoreChanged& n) const;
  void operator()(const sfu::TransportQuality& n) const;
  void operator()(const sfu::ActiveSpeakerChanged& n) const;
  void operator()(const sfu::AudioLevels& n) const;
  void operator()(const sfu::SpeakerPlacesChanged& n) const;
};

}  // namespace kcs::worker_process
