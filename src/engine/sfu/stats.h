#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/congestion/send_side_estimator.h"
#include "engine/crypto/dtls.h"
#include "engine/sfu/commands.h"
#include "engine/sfu/consumer.h"
#include "engine/transport/ice_lite.h"

namespace kcs::sfu {

class Router;

// Bit rates in bits per second, losses as fractions 0...1, times in milliseconds.
struct TransportStats {
  TransportId id;
  transport::IceState ice = transport::IceState::kNew;
  crypto::DtlsState dtls = crypto::DtlsState::kNew;
  std::optional<Tuple> tuple;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint32_t bitrate_in = 0;  // of media and its retransmissions
  std::uint32_t bitrate_out = 0;
  std::optional<double> rtt_ms;
  std::optional<std::uint32_t> available_bitrate;  // towards the peer, for pictures; unknown without reports
  std::uint32_t allocated_bitrate = 0;             // of that, what the pictures' layers need
  congestion::SendSideEstimator::State estimator;
};

struct ProducerStats {
  ProducerId id;
  TransportId transport;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint32_t bitrate = 0;
  double loss = 0;
  double jitter_ms = 0;
  std::uint64_t nacks_sent = 0;
  std::uint64_t plis_sent = 0;
  std::uint64_t retransmitted = 0;
  std::uint8_t score = 0;
};

struct ConsumerStats {
  ConsumerId id;
  TransportId transport;
  ProducerId producer;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint32_t bitrate = 0;
  double loss = 0;
  double jitter_ms = 0;
  std::optional<double> rtt_ms;
  std::uint64_t nacks_received = 0;
  std::uint64_t plis_received = 0;
  std::uint64_t retransmitted = 0;
  std::uint8_t score = 0;
  std::optional<std::uint8_t> spatial_layer;                  // that is forwarded; of simulcast: the stream
  std::optional<std::uint8_t> temporal_layer;                 // that is forwarded
  std::optional<congestion::AllocationReason> layers_reason;  // of video: why it is not more
};

struct RouterStats {
  std::vector<TransportStats> transports;
  std::vector<ProducerStats> producers;
  std::vector<ConsumerStats> consumers;
};

struct WorkerStats {
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t padding_sent = 0;  // bytes of these that are RTP padding behind media
  DropCounters drops;
  std::uint32_t routers = 0;
  std::uint32_t transports = 0;
  std::uint32_t producers = 0;
  std::uint32_t consumers = 0;
  std::uint32_t packet_slots_in_use = 0;
  // DTLS handshakes: begun (the remote's fingerprint is known), completed, and failed.
  struct Handshakes {
    std::uint64_t started = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t deferred = 0;  // datagrams of theirs that had to wait (HandshakePacer)
  };
  Handshakes handshakes;
};

// Of these transports, or of all when there are none named.
RouterStats StatsOf(const Router& router, const std::vector<TransportId>& only, Timestamp now);

}  // namespace kcs::sfu
