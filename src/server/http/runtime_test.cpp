#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "server/http/asio_runtime.h"
#include "server/http/manual_runtime.h"

namespace kcs::http {
namespace {

using ::testing::ElementsAre;

TEST(ManualRuntime, FiresTimersInOrderOfTheirDeadline) {
  ManualRuntime runtime;
  std::vector<int> fired;
  Timer second = runtime.After(2s, [&] { fired.push_back(2); });
  Timer first = runtime.After(1s, [&] {
    fired.push_back(1);
    second = runtime.After(500ms, [&] { fired.push_back(3); });
  });
  Timer cancelled = runtime.After(1s, [&] { fired.push_back(4); });
  cancelled.Cancel();
  runtime.Advance(999ms);
  EXPECT_TRUE(fired.empty());
  runtime.Advance(5s);
  EXPECT_THAT(fired, ElementsAre(1, 3));
  EXPECT_EQ(runtime.UnixMillis(), ManualRuntime::kStartMillis + 5'999);
}

TEST(ManualRuntime, RunsWhatWasPosted) {
  ManualRuntime runtime;
  std::vector<int> order;
  runtime.Blocking([&] { order.push_back(1); }, [&] { order.push_back(3); });
  order.push_back(2);
  runtime.RunPosted();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(AsioRuntime, RunsPostsTimersAndBlockingWork) {
  AsioRuntime runtime;
  std::vector<int> order;
  std::thread::id worker;
  Timer late;
  Timer never = runtime.After(1ms, [&] { order.push_back(99); });
  runtime.Post([&] {
    never.Cancel();
    order.push_back(1);
    late = runtime.After(2ms, [&] {
      order.push_back(2);
      late.Cancel();
      runtime.Blocking([&] { worker = std::this_thread::get_id(); },
                       [&] {
                         order.push_back(3);
                         runtime.Stop();
                       });
    });
  });
  runtime.Run();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
  EXPECT_NE(worker, std::this_thread::get_id());
}

TEST(AsioRuntime, GoesOnAfterAHandlerThatThrows) {
  AsioRuntime runtime;
  runtime.Post([] { throw std::runtime_error("oops"); });
  runtime.Post([&] { runtime.Stop(); });
  runtime.Run();
  EXPECT_EQ(runtime.failed_handlers(), 1U);
}

TEST(AsioRuntime, RefusesWorkWhenItsQueueIsFull) {
  AsioRuntime::Config config;
  config.max_blocking_queue = 0;
  AsioRuntime runtime(config);
  EXPECT_FALSE(runtime.Blocking([] {}, [] {}));
}

TEST(AsioRuntime, HandsSignalsToItsThread) {
  AsioRuntime runtime;
  int seen = 0;
  runtime.OnSignals({SIGUSR1}, [&](int number) {
    seen = number;
    runtime.Stop();
  });
  runtime.Post([] { std::raise(SIGUSR1); });
  runtime.Run();
  EXPECT_EQ(seen, SIGUSR1);
}

}  // namespace
}  // namespace kcs::http
