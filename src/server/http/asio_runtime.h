#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>

#include "server/http/runtime.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace kcs::http {

// The Runtime of a real process: one io_context, run by the thread that calls Run(), and a pool of threads
// for what blocks.
class AsioRuntime final : public Runtime {
 public:
  struct Config {
    std::size_t blocking_threads = 2;
    std::size_t max_blocking_queue = 10'000;  // work waiting for a thread of the pool
  };

  AsioRuntime();
  explicit AsioRuntime(Config config);
  ~AsioRuntime() override;

  Timestamp Now() const override;
  std::int64_t UnixMillis() const override;
  void Post(std::function<void()> work) override;
  [[nodiscard]] Timer After(Duration delay, std::function<void()> work) override;
  bool Blocking(std::function<void()> work, std::function<void()> then) override;

  // Runs until Stop(). An exception that leaves a handler is counted and swallowed here: one request's
  // mistake must not end the process.
  void Run();
  // Ends Run() after the handler that is running now. From any thread.
  void Stop();
  // Calls `handler` on the runtime's thread each time one of the signals arrives (replaces earlier ones).
  void OnSignals(std::initializer_list<int> signals, std::function<void(int)> handler);

  // How many handlers ended with an exception.
  std::uint64_t failed_handlers() const;

  // For those who speak Asio themselves (server/workers).
  boost::asio::io_context& io_context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kcs::http
