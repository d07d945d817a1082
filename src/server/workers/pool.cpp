#include "server/workers/pool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "proto/worker.pb.h"
#include "server/workers/messages.h"

namespace kcs::workers {
namespace {

meeting::MediaId RouterIn(const meeting::MediaCommand& command) {
  return std::visit([](const auto& c) { return c.router; }, command);
}

meeting::Error NoWorker() { return {meeting::ErrorCode::kUnavailable, "no media worker is available"}; }

}  // namespace

WorkerPool::WorkerPool(io::EventLoop& loop, PoolOptions options)
    : loop_(loop),
      options_(std::move(options)),
      counters_(options_.workers.size()),
      tried_(options_.workers.size(), false),
      stats_timer_(loop, [this] { PollStats(); }),
      stop_timer_(loop, [this] {
        for (const auto& worker : workers_) worker->Stop();
        CheckStopped();
      }) {
  for (std::size_t i = 0; i < options_.workers.size(); ++i) {
    workers_.push_back(std::make_unique<WorkerProcess>(
        loop_, "worker " + std::to_string(i), options_.workers[i],
        WorkerProcess::Handlers{.on_up = [this, i] { OnUp(i); },
                                .on_lost = [this, i] { OnLost(i); },
                                .on_notification =
                                    [this](const worker::Notification& notification) {
                                      const auto notice = ToNotice(notification);
                                      if (notice && listener_ != nullptr) listener_->OnNotice(*notice);
                                    }}));
  }
  for (const auto& worker : workers_) worker->Start();
  PollStats();
}

WorkerPool::~WorkerPool() = default;

void WorkerPool::Execute(const meeting::MediaCommand& command, Completion done) {
  const meeting::MediaId router = RouterIn(command);
  if (std::holds_alternative<meeting::OpenRouter>(command)) {
    if (const auto worker = Place()) placed_[router] = {*worker, workers_[*worker]->life()};
  }
  WorkerProcess* const worker = WorkerOf(router);
  if (std::holds_alternative<meeting::CloseRouter>(command)) placed_.erase(router);
  if (worker == nullptr) {
    if (done) loop_.Post([done = std::move(done)] { done(Fail(NoWorker())); });
    return;
  }
  worker::Request request;
  Fill(command, request);
  if (!done) {
    worker->Send(request, {});
    return;
  }
  worker->Send(request, [this, worker, done = std::move(done)](const auto& response) {
    if (!response) {
      done(Fail(meeting::Error(response.error())));
      return;
    }
    meeting::TransportOffer offer;
    if ((*response)->has_transport_created()) {
      const worker::TransportCreated& created = (*response)->transport_created();
      offer.ice = {created.username_fragment(), created.password()};
      offer.candidates = MakeCandidates(worker->listeners(), options_.announcement);
      offer.fingerprints = {worker->fingerprint()};
    }
    done(std::move(offer));
  });
}

void WorkerPool::GetRouterStats(const meeting::StatsQuery& query, StatsAnswered done) {
  if (WorkerOf(query.router) == nullptr) {
    loop_.Post([done = std::move(done)] { done(Fail(NoWorker())); });
    return;
  }
  AskRouterStats(query, 0, std::make_shared<meeting::RouterStats>(), std::move(done));
}

// A large meeting's statistics come in several parts.
void WorkerPool::AskRouterStats(const meeting::StatsQuery& query, std::uint32_t offset,
                                std::shared_ptr<meeting::RouterStats> stats, StatsAnswered done) {
  WorkerProcess* const worker = WorkerOf(query.router);
  if (worker == nullptr) {
    done(Fail(NoWorker()));
    return;
  }
  worker::Request request;
  request.mutable_get_router_stats()->set_router_id(query.router.value());
  request.mutable_get_router_stats()->set_offset(offset);
  for (const meeting::MediaId transport : query.transports) {
    request.mutable_get_router_stats()->add_transport_ids(transport.value());
  }
  worker->Send(request,
               [this, query, offset, stats = std::move(stats), done = std::move(done)](const auto& response) {
                 if (!response) {
                   done(Fail(meeting::Error(response.error())));
                   return;
                 }
                 const worker::RouterStats& part = (*response)->router_stats();
                 Append(part, *stats);
                 if (part.next_offset() > offset) {
                   AskRouterStats(query, part.next_offset(), stats, done);
                 } else {
                   done(std::move(*stats));
                 }
               });
}

std::vector<meeting::WorkerStatus> WorkerPool::Workers() const {
  std::vector<meeting::WorkerStatus> all;
  for (const auto& worker : workers_) all.push_back({worker->pid(), worker->up(), worker->restarts()});
  return all;
}

void WorkerPool::WhenSettled(std::function<void(Result<void>)> done) {
  when_settled_ = std::move(done);
  loop_.Post([this] { CheckSettled(); });
}

void WorkerPool::CheckSettled() {
  if (!when_settled_ || std::count(tried_.begin(), tried_.end(), false) > 0) return;
  const auto done = std::exchange(when_settled_, nullptr);
  for (const auto& worker : workers_) {
    if (worker->up()) return done({});
  }
  done(Fail(workers_.empty() ? std::string("there are no media workers") : workers_.front()->last_error()));
}

void WorkerPool::Stop(Duration grace, std::function<void()> done) {
  when_stopped_ = std::move(done);
  stats_timer_.Cancel();
  for (const auto& worker : workers_) worker->Stop();
  stop_timer_.Set(io::EventLoop::Now() + grace);
  loop_.Post([this] { CheckStopped(); });
}

void WorkerPool::CheckStopped() {
  if (!when_stopped_) return;
  for (const auto& worker : workers_) {
    if (worker->pid() != 0) return;
  }
  stop_timer_.Cancel();
  std::exchange(when_stopped_, nullptr)();
}

WorkerProcess* WorkerPool::WorkerOf(meeting::MediaId router) {
  const auto found = placed_.find(router);
  if (found == placed_.end()) return nullptr;
  WorkerProcess* const worker = workers_[found->second.worker].get();
  return worker->life() == found->second.life ? worker : nullptr;
}

// The next in turn that is up; one that is just starting is better than none.
std::optional<std::size_t> WorkerPool::Place() {
  for (const bool must_be_up : {true, false}) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const std::size_t candidate = (next_ + i) % workers_.size();
      if (must_be_up ? workers_[candidate]->up() : workers_[candidate]->usable()) {
        next_ = candidate + 1;
        return candidate;
      }
    }
  }
  return std::nullopt;
}

void WorkerPool::OnUp(std::size_t worker) {
  tried_[worker] = true;
  CheckSettled();
}

void WorkerPool::OnLost(std::size_t worker) {
  tried_[worker] = true;
  counters_[worker].reset();
  std::vector<meeting::MediaId> lost;
  const WorkerProcess& process = *workers_[worker];
  for (const auto& [router, where] : placed_) {
    if (where.worker == worker && (where.life != process.life() || !process.usable())) lost.push_back(router);
  }
  for (const meeting::MediaId router : lost) placed_.erase(router);
  for (const meeting::MediaId router : lost) {
    if (listener_ != nullptr) listener_->OnRouterLost(router);
  }
  CheckSettled();
  CheckStopped();
}

void WorkerPool::PollStats() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (!workers_[i]->up()) continue;
    worker::Request request;
    request.mutable_get_worker_stats();
    workers_[i]->Send(request, [this, i](const auto& response) {
      if (response) counters_[i] = ToCounters((*response)->worker_stats());
    });
  }
  stats_timer_.Set(io::EventLoop::Now() + options_.stats_interval);
}

}  // namespace kcs::workers
