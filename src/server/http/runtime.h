#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.h"

// The control plane's one thread, as an interface: everything that needs a clock, a timer or "later" takes a
// Runtime&. The server passes an AsioRuntime, tests pass a ManualRuntime and move its time by hand.
namespace kcs::http {

// A started timer. Destroying or assigning over it cancels it; its function then never runs.
class Timer {
 public:
  // What a runtime keeps for one timer; destroying it cancels.
  struct State {
    virtual ~State() = default;
  };

  Timer() = default;
  explicit Timer(std::unique_ptr<State> state) : state_(std::move(state)) {}

  void Cancel() { state_.reset(); }
  // Whether it was started and not cancelled (it may have fired).
  bool started() const { return state_ != nullptr; }

 private:
  std::unique_ptr<State> state_;
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  // Monotonic time, for deadlines.
  virtual Timestamp Now() const = 0;
  // Milliseconds since 1970-01-01 UTC, for what people and tokens see.
  virtual std::int64_t UnixMillis() const = 0;

  // Runs `work` soon on the runtime's thread, never inside the call. From any thread.
  virtual void Post(std::function<void()> work) = 0;
  // Runs `work` on the runtime's thread once `delay` has passed. Keep the Timer: without it nothing runs.
  // The function may destroy its own Timer. Runtime thread only.
  [[nodiscard]] virtual Timer After(Duration delay, std::function<void()> work) = 0;
  // Runs `work` on a thread of a small pool (databases, password hashes), then `then` on the runtime's
  // thread. False, and neither runs, when the pool's bounded queue is full. From any thread.
  virtual bool Blocking(std::function<void()> work, std::function<void()> then) = 0;
};

}  // namespace kcs::http
