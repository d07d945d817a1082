#include "engine/sfu/stats.h"

#include <algorithm>
#include <utility>

#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

std::optional<double> Millis(std::optional<Duration> d) {
  return d ? std::optional<double>(static_cast<double>(d->count()) / 1000.0) : std::nullopt;
}

ProducerStats StatsOf(const Producer& producer, Timestamp now) {
  ProducerStats stats{.id = producer.id(),
                      .transport = producer.transport()->id(),
                      .nacks_sent = producer.counters.nacks_sent,
                      .plis_sent = producer.counters.plis_sent,
                      .score = producer.score(now)};
  for (const ProducerStream& stream : producer.streams()) {
    const media::ReceiveStream* receive = stream.receive();
    if (receive == nullptr) continue;
    stats.packets += receive->packets();
    stats.bytes += receive->bytes();
    stats.bitrate += receive->BitsPerSecond(now);
    stats.loss = std::max(stats.loss, receive->loss());
    stats.jitter_ms = std::max(stats.jitter_ms, receive->jitter_ms());
    stats.retransmitted += receive->recovered();
  }
  return stats;
}

ConsumerStats StatsOf(const Consumer& consumer, Timestamp now) {
  const media::SendStream& send = consumer.send();
  const bool is_video = consumer.is_video();
  const auto layers = is_video ? consumer.current_layers() : std::nullopt;
  return {.id = consumer.id(),
          .transport = consumer.receiver().id(),
          .producer = consumer.of(),
          .packets = send.packets(),
          .bytes = send.bytes(),
          .bitrate = send.BitsPerSecond(now),
          .loss = send.loss(),
          .jitter_ms = send.jitter_ms(),
          .rtt_ms = Millis(send.rtt()),
          .nacks_received = consumer.counters.nacks_received,
          .plis_received = consumer.counters.plis_received,
          .retransmitted = send.retransmitted(),
          .score = send.score(),
          .spatial_layer = layers ? std::optional(layers->spatial) : std::nullopt,
          .temporal_layer = layers ? std::optional(layers->temporal) : std::nullopt,
          .layers_reason = is_video ? std::optional(consumer.share().reason) : std::nullopt};
}

void Add(const WebRtcTransport& transport, Timestamp now, RouterStats& stats) {
  const transport::PeerTransport& peer = transport.peer();
  TransportStats t{.id = transport.id(),
                   .ice = peer.ice_state(),
                   .dtls = peer.dtls_state(),
                   .tuple = {},
                   .rtt_ms = {},
                   .available_bitrate = transport.downlink().available(),
                   .allocated_bitrate = transport.downlink().allocated(),
                   .estimator = transport.downlink().state()};
  if (peer.selected_tuple() != nullptr) t.tuple = *peer.selected_tuple();
  t.bytes_received = peer.counters().bytes_received;
  t.bytes_sent = peer.counters().bytes_sent;
  for (const auto& producer : transport.producers()) {
    stats.producers.push_back(StatsOf(std::as_const(*producer), now));
    t.bitrate_in += stats.producers.back().bitrate;
  }
  for (const auto& consumer : transport.consumers()) {
    stats.consumers.push_back(StatsOf(std::as_const(*consumer), now));
    const ConsumerStats& c = stats.consumers.back();
    t.bitrate_out += c.bitrate;
    if (c.rtt_ms && (!t.rtt_ms || *c.rtt_ms < *t.rtt_ms)) t.rtt_ms = c.rtt_ms;
  }
  stats.transports.push_back(t);
}

}  // namespace

RouterStats StatsOf(const Router& router, const std::vector<TransportId>& only, Timestamp now) {
  RouterStats stats;
  for (const WebRtcTransport* transport : router.transports()) {
    if (only.empty() || std::find(only.begin(), only.end(), transport->id()) != only.end()) {
      Add(*transport, now, stats);
    }
  }
  return stats;
}

}  // namespace kcs::sfu
