#include "io/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "io/test_util.h"
#include "io/unique_fd.h"

namespace kcs::io {
namespace {

using testing::Await;
using ::testing::ElementsAre;

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    a = UniqueFd(fds[0]);
    b = UniqueFd(fds[1]);
  }
  UniqueFd a;
  UniqueFd b;
};

TEST(EventLoop, ClockIsMonotonicInMicroseconds) {
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  const Timestamp now = EventLoop::Now();
  const auto after = std::chrono::steady_clock::now().time_since_epoch();
  EXPECT_LE(std::chrono::duration_cast<Duration>(before), now.time_since_epoch());
  EXPECT_GE(std::chrono::duration_cast<Duration>(after), now.time_since_epoch());
}

TEST(EventLoop, RunUntilReturnsAtTheDeadline) {
  EventLoop loop;
  const Timestamp deadline = EventLoop::Now() + 2ms;
  EXPECT_FALSE(loop.RunUntil(deadline));
  EXPECT_GE(EventLoop::Now(), deadline);
}

TEST(EventLoop, StopEndsRun) {
  EventLoop loop;
  loop.Post([&] { loop.Stop(); });
  EXPECT_TRUE(loop.RunUntil(EventLoop::Now() + 5s));
}

TEST(EventLoop, PostDoesNotCallFromWithin) {
  EventLoop loop;
  std::vector<int> order;
  loop.Post([&] {
    loop.Post([&] { order.push_back(2); });
    order.push_back(1);
  });
  EXPECT_TRUE(Await(loop, [&] { return order.size() == 2; }));
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(EventLoop, PostFromAnotherThreadWakesTheLoop) {
  EventLoop loop;
  std::thread other([&] { loop.Post([&] { loop.Stop(); }); });
  EXPECT_TRUE(loop.RunUntil(EventLoop::Now() + 5s));
  other.join();
}

TEST(EventLoop, TellsSignals) {
  EventLoop loop;
  std::vector<int> seen;
  loop.OnSignals({SIGUSR1, SIGUSR2}, [&](int number) { seen.push_back(number); });
  ::raise(SIGUSR1);
  ASSERT_TRUE(Await(loop, [&] { return seen.size() == 1; }));
  ::raise(SIGUSR2);
  ASSERT_TRUE(Await(loop, [&] { return seen.size() == 2; }));
  EXPECT_THAT(seen, ElementsAre(SIGUSR1, SIGUSR2));
}

TEST(EventLoop, WorksAroundAContextThatSomebodyElseRuns) {
  boost::asio::io_context context;
  EventLoop loop(context);
  bool fired = false;
  Timer timer(loop, [&] { fired = true; });
  timer.Set(EventLoop::Now());
  context.run();
  EXPECT_TRUE(fired);
}

TEST(Timer, FiresOnceAndNeverEarly) {
  EventLoop loop;
  std::vector<Timestamp> fired;
  Timer timer(loop, [&] { fired.push_back(EventLoop::Now()); });
  const Timestamp deadline = EventLoop::Now() + 3ms;
  timer.Set(deadline);
  EXPECT_EQ(timer.deadline(), deadline);
  loop.RunUntil(deadline + 5ms);
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_GE(fired[0], deadline);
  EXPECT_EQ(timer.deadline(), kNever);
}

TEST(Timer, FollowsItsDeadlineInBothDirections) {
  EventLoop loop;
  Timestamp fired;
  Timer timer(loop, [&] { fired = EventLoop::Now(); });
  const Timestamp start = EventLoop::Now();
  timer.Set(start + 2ms);
  timer.Set(start + 6ms);
  ASSERT_TRUE(Await(loop, [&] { return fired != Timestamp(); }));
  EXPECT_GE(fired, start + 6ms);  // and not at the first deadline

  fired = Timestamp();
  timer.Set(EventLoop::Now() + 1h);
  timer.Set(EventLoop::Now() + 1ms);
  EXPECT_TRUE(Await(loop, [&] { return fired != Timestamp(); }));
}

TEST(Timer, IsSilentWhenCancelledOrDestroyed) {
  EventLoop loop;
  int fired = 0;
  Timer cancelled(loop, [&] { ++fired; });
  auto destroyed = std::make_unique<Timer>(loop, [&] { ++fired; });
  cancelled.Set(EventLoop::Now());
  destroyed->Set(EventLoop::Now());
  cancelled.Cancel();
  destroyed.reset();
  loop.RunUntil(EventLoop::Now() + 5ms);
  EXPECT_EQ(fired, 0);
}

TEST(Timer, HandlerMaySetItAgainOrDestroyIt) {
  EventLoop loop;
  int fired = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] {
    if (++fired == 3) {
      timer.reset();
    } else {
      timer->Set(EventLoop::Now() + 1ms);
    }
  });
  timer->Set(EventLoop::Now());
  EXPECT_TRUE(Await(loop, [&] { return timer == nullptr; }));
  EXPECT_EQ(fired, 3);
}

TEST(FdWatch, CallsAgainWhileThereIsSomethingToRead) {
  EventLoop loop;
  Pair pair;
  ASSERT_EQ(::write(pair.b.get(), "abc", 3), 3);
  std::string read;
  FdWatch watch(loop, pair.a.get());
  watch.OnReadable([&] {
    char c = 0;
    if (::read(pair.a.get(), &c, 1) == 1) read.push_back(c);  // one byte a turn
  });
  EXPECT_TRUE(Await(loop, [&] { return read == "abc"; }));
}

TEST(FdWatch, TellsTheEndOfTheOtherSide) {
  EventLoop loop;
  Pair pair;
  bool readable = false;
  FdWatch watch(loop, pair.a.get());
  watch.OnReadable([&] {
    readable = true;
    watch.OnReadable(nullptr);
  });
  pair.b.Reset();
  EXPECT_TRUE(Await(loop, [&] { return readable; }));
}

TEST(FdWatch, WritableOnlyWhileThereIsRoom) {
  EventLoop loop;
  Pair pair;
  const std::vector<char> block(64 * 1024);
  while (::write(pair.a.get(), block.data(), block.size()) > 0) {
  }
  int writable = 0;
  FdWatch watch(loop, pair.a.get());
  watch.OnWritable([&] {
    ++writable;
    watch.OnWritable(nullptr);
  });
  loop.RunUntil(EventLoop::Now() + 3ms);
  EXPECT_EQ(writable, 0);
  std::vector<char> sink(block.size());
  while (::read(pair.b.get(), sink.data(), sink.size()) > 0) {
  }
  EXPECT_TRUE(Await(loop, [&] { return writable == 1; }));
  loop.RunUntil(EventLoop::Now() + 3ms);
  EXPECT_EQ(writable, 1);  // the interest was ended
}

TEST(FdWatch, HandlerMayDestroyItsWatchAndTheDescriptorStaysOpen) {
  EventLoop loop;
  Pair pair;
  auto watch = std::make_unique<FdWatch>(loop, pair.a.get());
  int calls = 0;
  watch->OnReadable([&] {
    ++calls;
    watch.reset();
  });
  ASSERT_EQ(::write(pair.b.get(), "x", 1), 1);
  EXPECT_TRUE(Await(loop, [&] { return calls == 1; }));
  loop.RunUntil(EventLoop::Now() + 3ms);
  EXPECT_EQ(calls, 1);
  char c = 0;
  EXPECT_EQ(::read(pair.a.get(), &c, 1), 1);
}

TEST(FdWatch, NothingIsToldOfADescriptorWhoseWatchIsGone) {
  EventLoop loop;
  Pair pair;
  int calls = 0;
  {
    FdWatch watch(loop, pair.a.get());
    watch.OnReadable([&] { ++calls; });
    ASSERT_EQ(::write(pair.b.get(), "x", 1), 1);
  }
  loop.RunUntil(EventLoop::Now() + 3ms);
  EXPECT_EQ(calls, 0);
  FdWatch again(loop, pair.a.get());  // the number may be watched anew
  again.OnReadable([&] {
    ++calls;
    again.OnReadable(nullptr);
  });
  EXPECT_TRUE(Await(loop, [&] { return calls == 1; }));
}

}  // namespace
}  // namespace kcs::io
