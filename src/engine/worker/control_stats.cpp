#include "engine/worker/control_stats.h"

#include "engine/worker/control.h"

namespace kcs::worker_process {
namespace {

// Well below the channel's 64 KiB, whatever an envelope adds.
constexpr std::size_t kMaxBytes = 60 * 1024;

void Write(const sfu::TransportStats& stats, worker::TransportStats& out) {
  out.set_transport_id(stats.id.value());
  out.set_ice(ToProto(stats.ice));
  out.set_dtls(ToProto(stats.dtls));
  if (stats.tuple) {
    out.set_protocol(stats.tuple->protocol == Protocol::kUdp ? "udp" : "tcp");
    out.set_remote(stats.tuple->remote.ToString());
  }
  out.set_bytes_received(stats.bytes_received);
  out.set_bytes_sent(stats.bytes_sent);
  out.set_bitrate_in(stats.bitrate_in);
  out.set_bitrate_out(stats.bitrate_out);
  out.set_rtt_ms(stats.rtt_ms.value_or(-1));
  out.set_available_bitrate(stats.available_bitrate.value_or(0));
  out.set_allocated_bitrate(stats.allocated_bitrate);
}

void Write(const sfu::ProducerStats& stats, worker::ProducerStats& out) {
  out.set_producer_id(stats.id.value());
  out.set_transport_id(stats.transport.value());
  out.set_packets(stats.packets);
  out.set_bytes(stats.bytes);
  out.set_bitrate(stats.bitrate);
  out.set_loss(stats.loss);
  out.set_jitter_ms(stats.jitter_ms);
  out.set_rtt_ms(-1);
  out.set_nacks_sent(stats.nacks_sent);
  out.set_plis_sent(stats.plis_sent);
  out.set_retransmitted(stats.retransmitted);
  out.set_score(stats.score);
}

void Write(const sfu::ConsumerStats& stats, worker::ConsumerStats& out) {
  out.set_consumer_id(stats.id.value());
  out.set_transport_id(stats.transport.value());
  out.set_producer_id(stats.producer.value());
  out.set_packets(stats.packets);
  out.set_bytes(stats.bytes);
  out.set_bitrate(stats.bitrate);
  out.set_loss(stats.loss);
  out.set_jitter_ms(stats.jitter_ms);
  out.set_rtt_ms(stats.rtt_ms.value_or(-1));
  out.set_nacks_received(stats.nacks_received);
  out.set_plis_received(stats.plis_received);
  out.set_retransmitted(stats.retransmitted);
  out.set_score(stats.score);
  out.set_spatial_layer(stats.spatial_layer ? *stats.spatial_layer : -1);
  out.set_temporal_layer(stats.temporal_layer ? *stats.temporal_layer : -1);
  if (stats.layers_reason) out.set_layers_reason(ToProto(*stats.layers_reason));
}

// Writes entries of one kind until the message is full; false then.
class Pager {
 public:
  Pager(std::uint32_t offset, worker::RouterStats& out) : skip_(offset), out_(out) {}

  template <typename List, typename Add>
  bool Take(const List& list, Add add) {
    for (const auto& entry : list) {
      if (position_++ < skip_) continue;
      auto* message = add();
      Write(entry, *message);
      bytes_ += message->ByteSizeLong() + 4;
      if (bytes_ < kMaxBytes) continue;
      out_.set_next_offset(position_);
      return false;
    }
    return true;
  }

 private:
  std::uint32_t skip_;
  std::uint32_t position_ = 0;
  std::size_t bytes_ = 0;
  worker::RouterStats& out_;
};

}  // namespace

worker::TransportState::Ice ToProto(transport::IceState state) {
  switch (state) {
    case transport::IceState::kNew:
      return worker::TransportState::ICE_NEW;
    case transport::IceState::kConnected:
      return worker::TransportState::ICE_CONNECTED;
    case transport::IceState::kCompleted:
      return worker::TransportState::ICE_COMPLETED;
    case transport::IceState::kDisconnected:
      return worker::TransportState::ICE_DISCONNECTED;
  }
  return worker::TransportState::ICE_NEW;
}

worker::TransportState::Dtls ToProto(crypto::DtlsState state) {
  switch (state) {
    case crypto::DtlsState::kNew:
      return worker::TransportState::DTLS_NEW;
    case crypto::DtlsState::kConnecting:
      return worker::TransportState::DTLS_CONNECTING;
    case crypto::DtlsState::kConnected:
      return worker::TransportState::DTLS_CONNECTED;
    case crypto::DtlsState::kFailed:
      return worker::TransportState::DTLS_FAILED;
    case crypto::DtlsState::kClosed:
      return worker::TransportState::DTLS_CLOSED;
  }
  return worker::TransportState::DTLS_NEW;
}

worker::ConsumerLayers::Reason ToProto(congestion::AllocationReason reason) {
  switch (reason) {
    case congestion::AllocationReason::kPreferred:
      return worker::ConsumerLayers::PREFERRED;
    case congestion::AllocationReason::kBandwidth:
      return worker::ConsumerLayers::BANDWIDTH;
    case congestion::AllocationReason::kUnavailable:
      return worker::ConsumerLayers::UNAVAILABLE;
    case congestion::AllocationReason::kViewport:
      return worker::ConsumerLayers::VIEWPORT;
  }
  return worker::ConsumerLayers::PREFERRED;
}

void WriteRouterStats(const sfu::RouterStats& stats, std::uint32_t offset, worker::RouterStats& out) {
  Pager pager(offset, out);
  const bool all = pager.Take(stats.transports, [&] { return out.add_transports(); }) &&
                   pager.Take(stats.producers, [&] { return out.add_producers(); }) &&
                   pager.Take(stats.consumers, [&] { return out.add_consumers(); });
  const std::size_t count = stats.transports.size() + stats.producers.size() + stats.consumers.size();
  if (all || out.next_offset() >= count) out.set_next_offset(0);
}

void WriteWorkerStats(const sfu::WorkerStats& stats, worker::WorkerStats& out) {
  out.set_packets_received(stats.packets_received);
  out.set_bytes_received(stats.bytes_received);
  out.set_packets_sent(stats.packets_sent);
  out.set_bytes_sent(stats.bytes_sent);
  out.set_padding_sent(stats.padding_sent);
  for (std::size_t i = 0; i < sfu::DropCounters::kSize; ++i) {
    const auto reason = static_cast<wire::DropReason>(i);
    if (stats.drops[reason] == 0) continue;
    worker::WorkerStats::Drop& drop = *out.add_drops();
    drop.set_reason(wire::ToString(reason));
    drop.set_count(stats.drops[reason]);
  }
  out.set_routers(stats.routers);
  out.set_transports(stats.transports);
  out.set_producers(stats.producers);
  out.set_consumers(stats.consumers);
  out.set_packet_slots_in_use(stats.packet_slots_in_use);
  out.set_handshakes_started(stats.handshakes.started);
  out.set_handshakes_completed(stats.handshakes.completed);
  out.set_handshakes_failed(stats.handshakes.failed);
  out.set_handshake_datagrams_deferred(stats.handshakes.deferred);
}

void WriteSendStats(const io::SendCounters& counters, bool segmentation, worker::Response& response) {
  if (!response.has_worker_stats()) return;
  worker::WorkerStats& out = *response.mutable_worker_stats();
  out.set_udp_send_calls(counters.calls);
  out.set_udp_messages_sent(counters.messages);
  out.set_udp_datagrams_sent(counters.datagrams);
  out.set_udp_runs_sent(counters.runs);
  out.set_udp_run_datagrams_sent(counters.run_datagrams);
  out.set_udp_runs_split(counters.split_runs);
  out.set_udp_segmentation(segmentation);
}

}  // namespace kcs::worker_process
