#include "server/http/asio_runtime.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/log.h"

namespace kcs::http {
namespace asio = boost::asio;
namespace {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;

struct Pending {
  Pending(asio::io_context& context, std::function<void()> work_in)
      : timer(context), work(std::move(work_in)) {}
  SteadyTimer timer;
  std::function<void()> work;
};

struct Handle final : Timer::State {
  explicit Handle(std::shared_ptr<Pending> pending_in) : pending(std::move(pending_in)) {}
  ~Handle() override {
    // The handler may already be queued; without its work it does nothing.
    pending->work = nullptr;
    pending->timer.cancel();
  }
  std::shared_ptr<Pending> pending;
};

}  // namespace

struct AsioRuntime::Impl {
  explicit Impl(Config config_in)
      : config(config_in),
        context(1),
        keep_running(asio::make_work_guard(context)),
        signals(context),
        pool(config.blocking_threads) {}

  void WaitForSignal() {
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      // Re-armed first: the handler may throw or replace itself.
      WaitForSignal();
      const std::function<void(int)> handler = on_signal;
      if (handler) handler(number);
    });
  }

  Config config;
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> keep_running;
  asio::signal_set signals;
  std::function<void(int)> on_signal;
  std::atomic<std::size_t> queued{0};
  std::atomic<std::uint64_t> failed{0};
  asio::thread_pool pool;
};

AsioRuntime::AsioRuntime() : AsioRuntime(Config()) {}
AsioRuntime::AsioRuntime(Config config) : impl_(std::make_unique<Impl>(config)) {}

AsioRuntime::~AsioRuntime() {
  impl_->pool.stop();
  impl_->pool.join();
}

Timestamp AsioRuntime::Now() const {
  return Timestamp(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::int64_t AsioRuntime::UnixMillis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void AsioRuntime::Post(std::function<void()> work) { asio::post(impl_->context, std::move(work)); }

Timer AsioRuntime::After(Duration delay, std::function<void()> work) {
  auto pending = std::make_shared<Pending>(impl_->context, std::move(work));
  pending->timer.expires_after(delay);
  pending->timer.async_wait([pending](const boost::system::error_code&) {
    const std::function<void()> run = std::exchange(pending->work, nullptr);
    if (run) run();
  });
  return Timer(std::make_unique<Handle>(std::move(pending)));
}

bool AsioRuntime::Blocking(std::function<void()> work, std::function<void()> then) {
  if (impl_->queued.fetch_add(1) >= impl_->config.max_blocking_queue) {
    impl_->queued.fetch_sub(1);
    return false;
  }
  asio::post(impl_->pool, [impl = impl_.get(), work = std::move(work), then = std::move(then)]() mutable {
    try {
      work();
    } catch (const std::exception& error) {
      impl->failed.fetch_add(1);
      log::error("blocking work failed: {}", error.what());
    }
    work = nullptr;
    impl->queued.fetch_sub(1);
    asio::post(impl->context, std::move(then));
  });
  return true;
}

void AsioRuntime::Run() {
  for (;;) {
    try {
      impl_->context.run();
      return;
    } catch (const std::exception& error) {
      impl_->failed.fetch_add(1);
      log::error("handler failed: {}", error.what());
    }
  }
}

void AsioRuntime::Stop() { impl_->context.stop(); }

void AsioRuntime::OnSignals(std::initializer_list<int> signals, std::function<void(int)> handler) {
  impl_->signals.cancel();
  impl_->signals.clear();
  for (const int number : signals) impl_->signals.add(number);
  impl_->on_signal = std::move(handler);
  impl_->WaitForSignal();
}

std::uint64_t AsioRuntime::failed_handlers() const { return impl_->failed.load(); }

boost::asio::io_context& AsioRuntime::io_context() { return impl_->context; }

}  // namespace kcs::http
