#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "engine/congestion/bitrate_allocator.h"
#include "engine/crypto/dtls.h"
#include "engine/sfu/commands.h"
#include "engine/transport/ice_lite.h"

// What a worker tells the control plane on its own, as values; see proto/worker.proto for what each one
// means.
namespace kcs::sfu {

struct TransportStateChanged {
  TransportId transport;
  transport::IceState ice = transport::IceState::kNew;
  crypto::DtlsState dtls = crypto::DtlsState::kNew;
};

struct ProducerLayersWanted {
  ProducerId producer;
  std::optional<std::uint8_t> max_spatial_layer;
};

struct ConsumerLayersChanged {
  ConsumerId consumer;
  std::optional<congestion::Layers> layers;
  congestion::AllocationReason reason = congestion::AllocationReason::kPreferred;
};

struct ProducerScoreChanged {
  ProducerId producer;
  std::uint8_t score = 0;
};

struct ConsumerScoreChanged {
  ConsumerId consumer;
  std::uint8_t score = 0;
};

struct TransportQuality {
  static constexpr Duration kInterval = 2s;

  TransportId transport;
  double score = 1;
  std::optional<double> rtt_ms;
  double jitter_ms = 0;
  double loss = 0;
  std::uint32_t available_bitrate = 0;
};

struct ActiveSpeakerChanged {
  RouterId router;
  std::optional<ProducerId> producer;
};

struct AudioLevels {
  static constexpr Duration kInterval = 250ms;
  static constexpr std::size_t kMost = 64;

  struct Level {
    ProducerId producer;
    std::uint8_t level = 127;
  };
  RouterId router;
  std::vector<Level> levels;  // at most kMost
};

// Who is at which of a router's speaker places: all of them, in their order.
struct SpeakerPlacesChanged {
  static constexpr Duration kInterval = 200ms;  // at the least, between two

  RouterId router;
  std::vector<std::optional<ProducerId>> speakers;
};

using Notification = std::variant<TransportStateChanged, ProducerLayersWanted, ConsumerLayersChanged,
                                  ProducerScoreChanged, ConsumerScoreChanged, TransportQuality,
                                  ActiveSpeakerChanged, AudioLevels, SpeakerPlacesChanged>;

}  // namespace kcs::sfu
