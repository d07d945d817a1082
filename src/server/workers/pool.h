#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/event_loop.h"
#include "server/meeting/media_plane.h"
#include "server/workers/candidates.h"
#include "server/workers/worker_process.h"

namespace kcs::workers {

struct PoolOptions {
  std::vector<WorkerOptions> workers;
  Announcement announcement;
  Duration stats_interval = 2s;
};

// The media workers of this machine. Routers are placed on them in turn.
class WorkerPool final : public meeting::MediaPlane {
 public:
  // Starts them at once. Everything happens on the loop's thread.
  WorkerPool(io::EventLoop& loop, PoolOptions options);
  ~WorkerPool() override;

  void SetListener(Listener* listener) override { listener_ = listener; }
  void Execute(const meeting::MediaCommand& command, Completion done) override;
  void GetRouterStats(const meeting::StatsQuery& query, StatsAnswered done) override;
  std::vector<meeting::WorkerStatus> Workers() const override;

  // `done` is called once, as soon as each worker has come up or failed for the first time; with an error
  // when none is up.
  void WhenSettled(std::function<void(Result<void>)> done);
  // Ends the workers; `done` is called once they are gone, or killed after `grace`.
  void Stop(Duration grace, std::function<void()> done);

  // As of the last poll; nothing for a worker that is down. In the order of the workers.
  const std::vector<std::optional<meeting::WorkerCounters>>& counters() const { return counters_; }

 private:
  struct Placement {
    std::size_t worker = 0;
    std::uint64_t life = 0;  // of the worker
  };

  void AskRouterStats(const meeting::StatsQuery& query, std::uint32_t offset,
                      std::shared_ptr<meeting::RouterStats> stats, StatsAnswered done);
  WorkerProcess* WorkerOf(meeting::MediaId router);
  std::optional<std::size_t> Place();
  void OnUp(std::size_t worker);
  void OnLost(std::size_t worker);
  void CheckSettled();
  void PollStats();
  void CheckStopped();

  io::EventLoop& loop_;
  PoolOptions options_;
  Listener* listener_ = nullptr;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::vector<std::optional<meeting::WorkerCounters>> counters_;
  std::unordered_map<meeting::MediaId, Placement> placed_;  // by router
  std::size_t next_ = 0;
  std::vector<bool> tried_;  // came up or failed once
  std::function<void(Result<void>)> when_settled_;
  std::function<void()> when_stopped_;
  io::Timer stats_timer_;
  io::Timer stop_timer_;
};

}  // namespace kcs::workers
