#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/meeting/ids.h"
#include "server/meeting/media_command.h"

// What is counted: by the workers of the streams, by a meeting of what it has.
namespace kcs::meeting {

// --- as the workers count it ---

struct TransportStats {
  MediaId transport;
  TransportStateChanged::Ice ice{};
  TransportStateChanged::Dtls dtls{};
  std::string protocol;  // "udp", "tcp" or "" before a path is selected
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint32_t bitrate_in = 0;  // bits per second
  std::uint32_t bitrate_out = 0;
  double rtt_ms = -1;                   // -1: unknown
  std::uint32_t available_bitrate = 0;  // towards the client, for pictures; 0: unknown
  std::uint32_t allocated_bitrate = 0;  // of that, what the layers need that are sent
};
// Of a producer's or a consumer's stream.
struct StreamStats {
  MediaId media;
  MediaId transport;
  MediaId producer;  // of a consumer
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint32_t bitrate = 0;
  double loss = 0;  // fraction over the last report interval
  double jitter_ms = 0;
  double rtt_ms = -1;
  std::uint64_t nacks = 0;  // sent for a producer, received for a consumer
  std::uint64_t plis = 0;
  std::uint64_t retransmitted = 0;
  std::uint32_t score = 0;  // 0...10
  int spatial_layer = -1;   // of a consumer of video: what is forwarded; -1: nothing is sent now
  int temporal_layer = -1;
  std::optional<LayersReason> layers_reason = {};  // ... and why it is not more
};
struct RouterStats {
  std::vector<TransportStats> transports;
  std::vector<StreamStats> producers;
  std::vector<StreamStats> consumers;
};

struct StatsQuery {
  MediaId router;
  std::vector<MediaId> transports = {};  // only these, with what they carry; none: all of the router
};

// --- as a meeting knows it ---

// What the world knows of a meeting at a moment.
struct Census {
  std::size_t participants = 0;
  std::size_t waiting = 0;
  std::size_t producers = 0;
  std::size_t consumers = 0;
};

// Whose objects these are: a joined participant's transports, producers and consumers.
struct MediaOf {
  std::string participant_id;
  std::string user_name;
  struct Named {
    MediaId media;
    std::string id;
    std::string detail;  // transports: "send" or "recv"; producers: source; consumers: producer id
  };
  std::vector<Named> transports;
  std::vector<Named> producers;
  std::vector<Named> consumers;
};

}  // namespace kcs::meeting
