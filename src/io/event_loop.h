#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

// One thread waiting for descriptors, deadlines and signals. Asio stays behind this header, because many
// include it. Everything here belongs to the thread that runs the loop, except EventLoop::Post and
// EventLoop::Stop.
namespace kcs::io {

class EventLoop {
 public:
  using Handler = std::function<void()>;

  // With a context of its own (a worker), or around the one that somebody else runs (the server).
  EventLoop();
  explicit EventLoop(boost::asio::io_context& context);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // CLOCK_MONOTONIC in microseconds: the only clock of a worker.
  static Timestamp Now();

  // Handles events until Stop. A loop without anything to wait for still waits.
  void Run();
  // Handles events until Stop or `deadline`; true when it was stopped.
  bool RunUntil(Timestamp deadline);
  void Stop();
  // Calls `handler` from the loop, not from within Post. From any thread.
  void Post(Handler handler);
  // Calls `handler` with the number of each of these signals that arrives, for as long as the loop lives.
  void OnSignals(std::initializer_list<int> signals, std::function<void(int)> handler);

  boost::asio::io_context& context();

 private:
  friend class FdWatch;
  friend class Timer;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Tells when a descriptor can be read or written. Level semantics: a handler is called again for as long as
// the condition holds, so it may leave data for the next turn. Does not own the descriptor; destroy the watch
// before closing it, and keep at most one watch on a descriptor. A handler may destroy its own watch.
class FdWatch {
 public:
  FdWatch() = default;
  FdWatch(EventLoop& loop, int fd);
  FdWatch(FdWatch&&) noexcept;
  FdWatch& operator=(FdWatch&&) noexcept;
  ~FdWatch();

  // An error or a hang-up counts as readable and writable: the read or write then tells. An empty handler
  // ends the interest.
  void OnReadable(EventLoop::Handler handler);
  void OnWritable(EventLoop::Handler handler);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Calls its handler once each time a deadline is set and reached. Moving the deadline is cheap: a later one
// costs no system call. The handler may set the next deadline or destroy the timer.
class Timer {
 public:
  Timer(EventLoop& loop, EventLoop::Handler handler);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  // kNever is Cancel. A deadline of the past fires at the next turn of the loop, never within Set.
  void Set(Timestamp deadline);
  void Cancel() { Set(kNever); }
  Timestamp deadline() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kcs::io
