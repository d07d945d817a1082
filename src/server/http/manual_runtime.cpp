#include "server/http/manual_runtime.h"

#include <utility>

namespace kcs::http {

struct ManualRuntime::Queue {
  using Key = std::pair<Timestamp, std::uint64_t>;
  std::map<Key, std::function<void()>> entries;
  std::uint64_t next = 0;
};

struct ManualRuntime::Handle final : Timer::State {
  Handle(std::shared_ptr<Queue> queue_in, Queue::Key key_in) : queue(std::move(queue_in)), key(key_in) {}
  ~Handle() override { queue->entries.erase(key); }
  std::shared_ptr<Queue> queue;
  Queue::Key key;
};

ManualRuntime::ManualRuntime() : timers_(std::make_shared<Queue>()) {}
ManualRuntime::~ManualRuntime() = default;

Timer ManualRuntime::After(Duration delay, std::function<void()> work) {
  const Queue::Key key{now_ + delay, timers_->next++};
  timers_->entries.emplace(key, std::move(work));
  return Timer(std::make_unique<Handle>(timers_, key));
}

bool ManualRuntime::Blocking(std::function<void()> work, std::function<void()> then) {
  work();
  Post(std::move(then));
  return true;
}

void ManualRuntime::RunPosted() {
  while (!posted_.empty()) {
    const std::function<void()> work = std::move(posted_.front());
    posted_.pop_front();
    work();
  }
}

void ManualRuntime::Advance(Duration step) {
  RunPosted();
  const Timestamp end = now_ + step;
  while (!timers_->entries.empty() && timers_->entries.begin()->first.first <= end) {
    const auto first = timers_->entries.begin();
    now_ = first->first.first;
    const std::function<void()> work = std::move(first->second);
    timers_->entries.erase(first);
    work();
    RunPosted();
  }
  now_ = end;
}

std::size_t ManualRuntime::pending_timers() const { return timers_->entries.size(); }

}  // namespace kcs::http
