#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "server/http/runtime.h"

namespace kcs::http {

// A Runtime for tests: time stands still until the test moves it, and nothing runs until the test asks.
class ManualRuntime final : public Runtime {
 public:
  ManualRuntime();
  ~ManualRuntime() override;

  Timestamp Now() const override { return now_; }
  std::int64_t UnixMillis() const override { return kStartMillis + ToMillis(now_.time_since_epoch()); }
  void Post(std::function<void()> work) override { posted_.push_back(std::move(work)); }
  [[nodiscard]] Timer After(Duration delay, std::function<void()> work) override;
  // Runs `work` at once and posts `then`.
  bool Blocking(std::function<void()> work, std::function<void()> then) override;

  // Runs what was posted, and what that posts, until nothing is left.
  void RunPosted();
  // RunPosted(), then moves time forward by `step`, firing timers in order of their deadline.
  void Advance(Duration step);
  std::size_t pending_timers() const;

  static constexpr std::int64_t kStartMillis = 1'700'000'000'000;

 private:
  struct Queue;
  struct Handle;

  Timestamp now_{};
  std::deque<std::function<void()>> posted_;
  std::shared_ptr<Queue> timers_;
};

}  // namespace kcs::http
