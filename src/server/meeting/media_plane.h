#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/meeting/error.h"
#include "server/meeting/ids.h"
#include "server/meeting/media_command.h"

namespace kcs::meeting {

// --- statistics, as the workers count them ---

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

struct WorkerCounters {
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::vector<std::pair<std::string, std::uint64_t>> drops;  // by reason
  std::uint32_t routers = 0;
  std::uint32_t transports = 0;
  std::uint32_t producers = 0;
  std::uint32_t consumers = 0;
  std::uint64_t padding_sent = 0;  // bytes of bytes_sent
  // What was sent over UDP: messages of one datagram, or of a run of them.
  struct Udp {
    std::uint64_t send_calls = 0;
    std::uint64_t messages = 0;
    std::uint64_t datagrams = 0;
    std::uint64_t runs = 0;
    std::uint64_t run_datagrams = 0;
    std::uint64_t split_runs = 0;
    bool segmentation = false;
  };
  Udp udp;
};
struct WorkerStatus {
  int pid = 0;  // 0 when it is down
  bool up = false;
  std::uint64_t restarts = 0;
};

// What meetings need of the media workers. The pool of workers is one, tests have another. All on the
// server's thread; callbacks are never called from inside the call that takes them, and always exactly once.
class MediaPlane {
 public:
  using Completion = std::function<void(const MediaOutcome&)>;
  using StatsAnswered = std::function<void(Result<RouterStats, Error>)>;

  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnNotice(const MediaNotice& notice) = 0;
    // Everything in the router is gone. Its commands under way have been completed with kUnavailable.
    virtual void OnRouterLost(MediaId router) = 0;
  };

  virtual ~MediaPlane() = default;
  virtual void SetListener(Listener* listener) = 0;

  // Commands for one router are carried out in order. `done` may be empty. kUnavailable: no worker.
  virtual void Execute(const MediaCommand& command, Completion done) = 0;
  virtual void GetRouterStats(MediaId router, StatsAnswered done) = 0;

  virtual std::vector<WorkerStatus> Workers() const = 0;
};

}  // namespace kcs::meeting
