#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/meeting/error.h"
#include "server/meeting/ids.h"
#include "server/meeting/media_command.h"
#include "server/meeting/stats.h"

namespace kcs::meeting {

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
  // Of DTLS.
  struct Handshakes {
    std::uint64_t started = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t deferred_datagrams = 0;
  };
  Handshakes handshakes;
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
  virtual void GetRouterStats(const StatsQuery& query, StatsAnswered done) = 0;

  virtual std::vector<WorkerStatus> Workers() const = 0;
};

}  // namespace kcs::meeting
