#include "io/event_loop.h"

#include <time.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "base/check.h"

namespace kcs::io {

namespace asio = boost::asio;
using boost::system::error_code;

// --- EventLoop ---

struct EventLoop::Impl {
  std::unique_ptr<asio::io_context> own;
  asio::io_context& context;
  asio::signal_set signals;
  std::function<void(int)> on_signal;

  // One thread runs a worker's context: the hint spares Asio its wake-ups between threads.
  Impl() : own(std::make_unique<asio::io_context>(1)), context(*own), signals(context) {}
  explicit Impl(asio::io_context& theirs) : context(theirs), signals(context) {}

  void AwaitSignal() {
    signals.async_wait([this](error_code error, int number) {
      if (error) return;  // cancelled: the loop is going away
      const auto handler = on_signal;
      AwaitSignal();
      if (handler) handler(number);
    });
  }
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::EventLoop(asio::io_context& context) : impl_(std::make_unique<Impl>(context)) {}
EventLoop::~EventLoop() = default;

Timestamp EventLoop::Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Timestamp(Duration(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000));
}

void EventLoop::Run() {
  const auto guard = asio::make_work_guard(impl_->context);
  impl_->context.restart();
  impl_->context.run();
}

bool EventLoop::RunUntil(Timestamp deadline) {
  bool expired = false;
  Timer timer(*this, [this, &expired] {
    expired = true;
    impl_->context.stop();
  });
  timer.Set(deadline);
  Run();
  return !expired;
}

void EventLoop::Stop() { impl_->context.stop(); }

void EventLoop::Post(Handler handler) { asio::post(impl_->context, std::move(handler)); }

void EventLoop::OnSignals(std::initializer_list<int> signals, std::function<void(int)> handler) {
  const bool waiting = impl_->on_signal != nullptr;
  impl_->on_signal = std::move(handler);
  for (const int number : signals) impl_->signals.add(number);
  if (!waiting) impl_->AwaitSignal();
}

asio::io_context& EventLoop::context() { return impl_->context; }

// --- FdWatch ---

struct FdWatch::State : std::enable_shared_from_this<FdWatch::State> {
  using Wait = asio::posix::stream_descriptor::wait_type;
  struct Interest {
    EventLoop::Handler handler;
    bool waiting = false;
  };

  State(asio::io_context& context, int fd) : descriptor(context) {
    error_code error;
    descriptor.assign(fd, error);
    KCS_CHECK(!error);
  }

  void Change(Interest& interest, Wait wait, EventLoop::Handler handler) {
    interest.handler = std::move(handler);
    if (interest.handler && !interest.waiting) Await(interest, wait);
  }

  // Asio arms the descriptor anew for each wait, which makes its edge-triggered epoll level-triggered for us.
  void Await(Interest& interest, Wait wait) {
    interest.waiting = true;
    descriptor.async_wait(wait, [self = shared_from_this(), &interest, wait](error_code error) {
      interest.waiting = false;
      if (self->closed || error || !interest.handler) return;
      const EventLoop::Handler handler = interest.handler;  // it may replace itself or end the watch
      handler();
      if (!self->closed && interest.handler && !interest.waiting) self->Await(interest, wait);
    });
  }

  void Close() {
    closed = true;
    // Ends the waits and forgets the descriptor, which stays open: it is not ours.
    descriptor.release();
  }

  asio::posix::stream_descriptor descriptor;
  Interest read;
  Interest write;
  bool closed = false;
};

FdWatch::FdWatch(EventLoop& loop, int fd) : state_(std::make_shared<State>(loop.context(), fd)) {}
FdWatch::FdWatch(FdWatch&&) noexcept = default;

FdWatch& FdWatch::operator=(FdWatch&& other) noexcept {
  state_.swap(other.state_);
  return *this;
}

FdWatch::~FdWatch() {
  if (state_) state_->Close();
}

void FdWatch::OnReadable(EventLoop::Handler handler) {
  KCS_CHECK(state_ != nullptr);
  state_->Change(state_->read, State::Wait::wait_read, std::move(handler));
}

void FdWatch::OnWritable(EventLoop::Handler handler) {
  KCS_CHECK(state_ != nullptr);
  state_->Change(state_->write, State::Wait::wait_write, std::move(handler));
}

// --- Timer ---

struct Timer::State : std::enable_shared_from_this<Timer::State> {
  State(asio::io_context& context, EventLoop::Handler h) : timer(context), handler(std::move(h)) {}

  // An earlier alarm than needed is left alone: when it rings it sees that it is early and is set anew. A
  // deadline that moves on with every packet so costs nothing until it is due.
  void Set(Timestamp when) {
    deadline = when;
    if (when == kNever || (armed && armed_for <= when)) return;
    Arm();
  }

  void Arm() {
    armed = true;
    armed_for = deadline;
    timer.expires_at(std::chrono::steady_clock::time_point(deadline.time_since_epoch()));
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->closed) return;  // moved to an earlier time, or gone
      self->armed = false;
      if (self->deadline == kNever) return;
      if (EventLoop::Now() < self->deadline) return self->Arm();
      self->deadline = kNever;
      const EventLoop::Handler call = self->handler;
      call();
    });
  }

  asio::steady_timer timer;  // libstdc++'s steady_clock is CLOCK_MONOTONIC
  EventLoop::Handler handler;
  Timestamp deadline = kNever;
  Timestamp armed_for = kNever;
  bool armed = false;
  bool closed = false;
};

Timer::Timer(EventLoop& loop, EventLoop::Handler handler)
    : state_(std::make_shared<State>(loop.context(), std::move(handler))) {}

Timer::~Timer() {
  state_->closed = true;
  state_->timer.cancel();
}

void Timer::Set(Timestamp deadline) { state_->Set(deadline); }
Timestamp Timer::deadline() const { return state_->deadline; }

}  // namespace kcs::io
