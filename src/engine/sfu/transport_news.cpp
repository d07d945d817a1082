// What a transport tells the control plane on its own: layers, scores, and how its path is doing.
#include <algorithm>

#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

// How often a change of layers that was decided is looked for, and how often scores are.
constexpr Duration kLayersCheck = 100ms;
constexpr Duration kScoresCheck = 1s;

// 1 is perfect. Up to 1 % loss, 150 ms (ITU-T G.114) and 30 ms of jitter nobody notices anything.
double PathScore(double loss, std::optional<double> rtt_ms, double jitter_ms) {
  double score = 1;
  score -= std::clamp(6 * (loss - 0.01), 0.0, 0.6);
  score -= std::clamp((rtt_ms.value_or(0) - 150) / 1000, 0.0, 0.3);
  score -= std::clamp((jitter_ms - 30) / 300, 0.0, 0.2);
  return std::clamp(score, 0.0, 1.0);
}

// A picture that does not fit is noticed, whatever else is well.
constexpr double kScoreWithoutPicture = 0.5;

}  // namespace

void WebRtcTransport::Settle(Timestamp now, std::vector<Notification>& news) {
  if (downlink_.Settle(consumers_, sharing_, now)) next_layers_check_ = now;
  for (const auto& producer : producers_) {
    if (const auto wanted = producer->TakeLayersWanted(now)) {
      news.push_back(ProducerLayersWanted{.producer = producer->id(), .max_spatial_layer = wanted->spatial});
    }
  }
  router_.talk().TakeNews(router_.id(), now, news);
  if (next_layers_check_ <= now) TellLayers(now, news);
  if (next_scores_ <= now) TellScores(now, news);
}

void WebRtcTransport::TellLayers(Timestamp now, std::vector<Notification>& news) {
  next_layers_check_ = kNever;
  for (const auto& consumer : consumers_) {
    if (consumer->paused() || consumer->producer().kind() != wire::MediaKind::kVideo) continue;
    if (auto changed = consumer->TakeLayersChanged()) news.push_back(*changed);
    if (consumer->is_switching()) next_layers_check_ = now + kLayersCheck;
  }
}

void WebRtcTransport::TellScores(Timestamp now, std::vector<Notification>& news) {
  next_scores_ = now + kScoresCheck;
  for (const auto& producer : producers_) {
    if (const auto score = producer->TakeScoreChanged(now)) {
      news.push_back(ProducerScoreChanged{.producer = producer->id(), .score = *score});
    }
  }
  for (const auto& consumer : consumers_) {
    if (const auto score = consumer->TakeScoreChanged()) {
      news.push_back(ConsumerScoreChanged{.consumer = consumer->id(), .score = *score});
    }
  }
  if (now < next_quality_) return;
  next_quality_ = now + TransportQuality::kInterval;
  if (peer_.sealer() != nullptr && !(producers_.empty() && consumers_.empty())) news.push_back(Quality(now));
}

TransportQuality WebRtcTransport::Quality(Timestamp) const {
  TransportQuality quality{.transport = id_, .rtt_ms = {}};
  for (const auto& producer : producers_) {
    for (const ProducerStream& stream : std::as_const(*producer).streams()) {
      if (stream.receive() == nullptr) continue;
      quality.loss = std::max(quality.loss, stream.receive()->loss());
      quality.jitter_ms = std::max(quality.jitter_ms, stream.receive()->jitter_ms());
    }
  }
  double lost = 0;
  int sent = 0;
  bool without_picture = false;
  for (const auto& consumer : consumers_) {
    const media::SendStream& send = consumer->send();
    if (consumer->paused() || send.packets() == 0) continue;
    ++sent;
    lost += send.loss();
    quality.jitter_ms = std::max(quality.jitter_ms, send.jitter_ms());
    if (const auto rtt = send.rtt()) {
      const double ms = static_cast<double>(rtt->count()) / 1000;
      quality.rtt_ms = std::min(quality.rtt_ms.value_or(ms), ms);
    }
    const congestion::VideoShare& share = consumer->share();
    without_picture |= !share.layers && share.reason == congestion::AllocationReason::kBandwidth;
  }
  if (sent > 0) quality.loss = std::max(quality.loss, lost / sent);
  quality.available_bitrate = downlink_.available().value_or(0);
  quality.score = PathScore(quality.loss, quality.rtt_ms, quality.jitter_ms);
  if (without_picture) quality.score = std::min(quality.score, kScoreWithoutPicture);
  return quality;
}

}  // namespace kcs::sfu
