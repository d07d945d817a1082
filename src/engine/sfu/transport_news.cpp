// What a transport tells the control plane on its own: layers, scores, and how its path is doing.
#include <algorithm>
#include <utility>

#include "base/leisure.h"
#include "engine/media/connection_score.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

// How often a change of layers that was decided is looked for, and how often scores are.
constexpr Duration kLayersCheck = 100ms;
constexpr Duration kScoresCheck = 1s;
// What the server is told at intervals: a message to another process costs more than what is in it.
constexpr Duration kNewsLeisure = 100ms;

// What the receiver could have of a picture if its link carried more.
std::uint32_t Withheld(const Consumer& consumer, Timestamp now) {
  if (!consumer.is_video() || consumer.share().reason != congestion::AllocationReason::kBandwidth) return 0;
  std::uint32_t best = 0;
  for (const auto& row : consumer.producer().layers(now).bps)
    best = std::max(best, *std::ranges::max_element(row));
  return best - std::min(best, consumer.share().bps);
}

}  // namespace

void WebRtcTransport::Settle(Timestamp now, std::vector<Notification>& news) {
  pacer_.SetLink(downlink_.available().value_or(0), downlink_.drains());
  pacer_.SetPortion(downlink_.Portion(now));
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
    if (consumer->paused() || !consumer->is_video()) continue;
    if (consumer->has_begun_anew()) downlink_.Reconsider(now);
    if (auto changed = consumer->TakeLayersChanged()) news.push_back(*changed);
    if (consumer->is_switching()) next_layers_check_ = now + kLayersCheck;
  }
}

void WebRtcTransport::TellScores(Timestamp now, std::vector<Notification>& news) {
  // (`now` is a little after such a moment.)
  next_scores_ = AtLeisure(now + kScoresCheck - kNewsLeisure / 2, kNewsLeisure);
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
  next_quality_ = now + TransportQuality::kInterval - kNewsLeisure / 2;
  if (peer_.sealer() != nullptr && !(producers_.empty() && consumers_.empty())) news.push_back(Quality(now));
  if (std::exchange(moved_, false) || HasRemainder()) return;
  rests_ = true;
  next_scores_ = kNever;
  next_sender_reports_ = kNever;
}

void WebRtcTransport::Wake(Timestamp now) {
  rests_ = false;
  next_scores_ = now;
  if (!consumers_.empty()) next_sender_reports_ = now + kReportInterval;
  Touch();
}

bool WebRtcTransport::HasRemainder() const {
  return std::ranges::any_of(producers_, [](const auto& p) { return p->alive_streams() != 0; }) ||
         std::ranges::any_of(consumers_, [](const auto& c) { return c->send().HasNews(); });
}

TransportQuality WebRtcTransport::Quality(Timestamp now) const {
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
  double withheld = 0;
  for (const auto& consumer : consumers_) {
    const media::SendStream& send = consumer->send();
    if (consumer->paused()) continue;
    withheld += Withheld(*consumer, now);
    if (send.packets() == 0) continue;
    ++sent;
    lost += send.loss();
    quality.jitter_ms = std::max(quality.jitter_ms, send.jitter_ms());
    if (const auto rtt = send.rtt()) {
      const double ms = static_cast<double>(rtt->count()) / 1000;
      quality.rtt_ms = std::min(quality.rtt_ms.value_or(ms), ms);
    }
  }
  if (sent > 0) quality.loss = std::max(quality.loss, lost / sent);
  quality.available_bitrate = downlink_.available().value_or(0);
  const double allocated = downlink_.allocated();
  quality.score = media::ConnectionScore({.loss = quality.loss,
                                          .rtt_ms = quality.rtt_ms.value_or(0),
                                          .jitter_ms = quality.jitter_ms,
                                          .served = withheld > 0 ? allocated / (allocated + withheld) : 1});
  return quality;
}

}  // namespace kcs::sfu
