#include "server/workers/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

// The pool with real child processes: testing/fake_worker.cpp.
namespace kcs::workers {
namespace {

using meeting::MediaId;
using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;

constexpr MediaId kRouter{1ULL << 32};
constexpr MediaId kOther{2ULL << 32};

constexpr MediaId In(MediaId router, std::uint64_t object) { return MediaId{router.value() + object}; }

class Pool : public testing::Test, public meeting::MediaPlane::Listener {
 protected:
  void OnNotice(const meeting::MediaNotice& notice) override { notices_.push_back(notice); }
  void OnRouterLost(MediaId router) override { lost_.push_back(router); }

  static WorkerOptions Worker(std::uint16_t min_port, const std::string& mode = "") {
    WorkerOptions worker;
    worker.executable = KCS_FAKE_WORKER;
    if (!mode.empty()) worker.arguments = {mode};
    worker.listen_ips = {"198.51.100.7"};
    worker.min_port = min_port;
    worker.max_port = static_cast<std::uint16_t>(min_port + 1);
    return worker;
  }

  void Start(std::vector<WorkerOptions> workers) {
    pool_.emplace(loop_, PoolOptions{std::move(workers), {}, 10ms});
    pool_->SetListener(this);
    pool_->WhenSettled([this](Result<void> settled) { settled_ = std::move(settled); });
    ASSERT_TRUE(Until([this] { return settled_.has_value(); }));
  }
  // Runs the loop until it is so; false when it does not come to that.
  template <typename Condition>
  bool Until(Condition condition) {
    const Timestamp deadline = io::EventLoop::Now() + 20s;
    while (!condition() && io::EventLoop::Now() < deadline) loop_.RunUntil(io::EventLoop::Now() + 2ms);
    return condition();
  }
  meeting::MediaOutcome Do(const meeting::MediaCommand& command) {
    std::optional<meeting::MediaOutcome> outcome;
    pool_->Execute(command, [&](const meeting::MediaOutcome& o) { outcome = o; });
    EXPECT_FALSE(outcome.has_value()) << "answered from inside";
    EXPECT_TRUE(Until([&] { return outcome.has_value(); }));
    return *outcome;
  }
  // The process that answers for a router.
  std::string ProcessOf(MediaId router) {
    const auto outcome = Do(meeting::CreateTransport{router, In(router, 1)});
    return outcome ? outcome->ice.password : outcome.error().message;
  }
  std::string Process(std::size_t worker) { return "pid " + std::to_string(pool_->Workers().at(worker).pid); }

  io::EventLoop loop_;
  std::optional<WorkerPool> pool_;
  std::optional<Result<void>> settled_;
  std::vector<meeting::MediaNotice> notices_;
  std::vector<MediaId> lost_;
};

TEST_F(Pool, OffersWhereItsWorkerListens) {
  Start({Worker(10000)});
  EXPECT_TRUE(settled_->has_value());
  ASSERT_TRUE(Do(meeting::OpenRouter{kRouter}).has_value());
  const auto outcome = Do(meeting::CreateTransport{kRouter, In(kRouter, 1)});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->ice.username_fragment, "ufrag");
  ASSERT_THAT(outcome->candidates, SizeIs(2));
  EXPECT_EQ(outcome->candidates[0].ip, "198.51.100.7");
  EXPECT_EQ(outcome->candidates[0].port, 10000);
  EXPECT_EQ(outcome->candidates[1].port, 10001);
  ASSERT_THAT(outcome->fingerprints, SizeIs(1));
  EXPECT_EQ(outcome->fingerprints[0].value, "AB:CD");
}

TEST_F(Pool, PlacesRoutersInTurn) {
  Start({Worker(10000), Worker(11000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  pool_->Execute(meeting::OpenRouter{kOther}, {});
  EXPECT_EQ(ProcessOf(kRouter), Process(0));
  EXPECT_EQ(ProcessOf(kOther), Process(1));
}

TEST_F(Pool, PassesErrorsAndNoticesOn) {
  Start({Worker(10000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  const auto refused = Do(meeting::CreateTransport{kRouter, In(kRouter, 0x404)});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, meeting::ErrorCode::kNotFound);
  EXPECT_EQ(refused.error().message, "no such router");
  Do(meeting::ConnectTransport{kRouter, In(kRouter, 1), meeting::DtlsRole::kAuto, {}});
  ASSERT_TRUE(Until([&] { return notices_.size() == 1; }));
  const auto& state = std::get<meeting::TransportStateChanged>(notices_[0]);
  EXPECT_EQ(state.transport, In(kRouter, 1));
  EXPECT_EQ(state.dtls, meeting::TransportStateChanged::Dtls::kConnected);
}

TEST_F(Pool, KnowsNothingOfRoutersThatWereClosedOrNeverOpened) {
  Start({Worker(10000)});
  EXPECT_EQ(ProcessOf(kRouter), "no media worker is available");
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  Do(meeting::CloseRouter{kRouter});
  EXPECT_EQ(ProcessOf(kRouter), "no media worker is available");
}

TEST_F(Pool, GathersStatisticsOfSeveralParts) {
  Start({Worker(10000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  std::optional<Result<meeting::RouterStats, meeting::Error>> stats;
  pool_->GetRouterStats({kRouter}, [&](auto answer) { stats = std::move(answer); });
  ASSERT_TRUE(Until([&] { return stats.has_value(); }));
  ASSERT_TRUE(stats->has_value());
  ASSERT_THAT((*stats)->transports, SizeIs(2));
  EXPECT_EQ((*stats)->transports[1].transport, MediaId{2});
}

TEST_F(Pool, AsksForTheStatisticsOfSomeTransportsOnly) {
  Start({Worker(10000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  std::optional<Result<meeting::RouterStats, meeting::Error>> stats;
  pool_->GetRouterStats({kRouter, {In(kRouter, 7), In(kRouter, 9)}},
                        [&](auto answer) { stats = std::move(answer); });
  ASSERT_TRUE(Until([&] { return stats.has_value(); }));
  ASSERT_TRUE(stats->has_value());
  ASSERT_THAT((*stats)->transports, SizeIs(2));
  EXPECT_EQ((*stats)->transports[0].transport, In(kRouter, 7));
  EXPECT_EQ((*stats)->transports[1].transport, In(kRouter, 9));
}

TEST_F(Pool, PollsTheCountersOfItsWorkers) {
  Start({Worker(10000)});
  ASSERT_TRUE(Until([&] { return pool_->counters().at(0).has_value(); }));
  EXPECT_EQ(pool_->counters()[0]->packets_received, 7U);
}

TEST_F(Pool, RestartsAWorkerThatDiesAtOnceAndTellsWhatIsLost) {
  Start({Worker(10000), Worker(11000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  pool_->Execute(meeting::OpenRouter{kOther}, {});
  const std::string survivor = ProcessOf(kOther);
  const int first = pool_->Workers()[0].pid;

  const auto outcome = Do(meeting::CreateTransport{kRouter, In(kRouter, 0xdead)});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, meeting::ErrorCode::kUnavailable);
  EXPECT_THAT(lost_, ElementsAre(kRouter));
  EXPECT_EQ(ProcessOf(kRouter), "no media worker is available");
  EXPECT_EQ(ProcessOf(kOther), survivor);

  // The successor is starting already and takes requests.
  const auto status = pool_->Workers()[0];
  EXPECT_NE(status.pid, 0);
  EXPECT_NE(status.pid, first);
  EXPECT_EQ(status.restarts, 1U);
  ASSERT_TRUE(Until([&] { return pool_->Workers()[0].up; }));
}

TEST_F(Pool, PlacesOnAWorkerThatIsJustComingBack) {
  Start({Worker(10000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  Do(meeting::CreateTransport{kRouter, In(kRouter, 0xdead)});
  pool_->Execute(meeting::OpenRouter{kOther}, {});
  EXPECT_THAT(ProcessOf(kOther), StartsWith("pid "));
  EXPECT_THAT(lost_, ElementsAre(kRouter));
}

TEST_F(Pool, ReplacesAWorkerThatWasKilledFromOutside) {
  Start({Worker(10000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  ASSERT_THAT(ProcessOf(kRouter), StartsWith("pid "));
  kill(pool_->Workers()[0].pid, SIGKILL);
  ASSERT_TRUE(Until([&] { return !lost_.empty() && pool_->Workers()[0].up; }));
  pool_->Execute(meeting::OpenRouter{kOther}, {});
  EXPECT_EQ(ProcessOf(kOther), Process(0));
}

TEST_F(Pool, KillsAWorkerThatDoesNotAnswer) {
  WorkerOptions slow = Worker(10000);
  slow.request_timeout = 50ms;
  Start({slow});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  const auto outcome = Do(meeting::CreateTransport{kRouter, In(kRouter, 0xbeef)});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, meeting::ErrorCode::kUnavailable);
  EXPECT_THAT(lost_, ElementsAre(kRouter));
}

TEST_F(Pool, LetsAWorkerBeThatIsBehindWithItsAnswersAndIsHeardOf) {
  WorkerOptions slow = Worker(10000);
  slow.request_timeout = 400ms;
  Start({slow});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  std::optional<bool> answered;
  pool_->Execute(meeting::CreateTransport{kRouter, In(kRouter, 0xbe41)},
                 [&](const meeting::MediaOutcome& outcome) { answered = outcome.has_value(); });
  // The polls of its counters go on, and to each it has something else to say.
  const Timestamp start = io::EventLoop::Now();
  loop_.RunUntil(start + 3 * slow.request_timeout);
  EXPECT_FALSE(answered.has_value());
  EXPECT_EQ(pool_->Workers()[0].restarts, 0U);
  EXPECT_TRUE(Do(meeting::CreateTransport{kRouter, In(kRouter, 0xca7c)}).has_value());
  EXPECT_EQ(answered, true);
  EXPECT_THAT(lost_, SizeIs(0));
}

TEST_F(Pool, AServerThatListensLateDoesNotBlameItsWorker) {
  WorkerOptions worker = Worker(10000);
  worker.request_timeout = 300ms;
  Start({worker});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  std::optional<bool> answered;
  pool_->Execute(meeting::CreateTransport{kRouter, In(kRouter, 1)},
                 [&](const meeting::MediaOutcome& outcome) { answered = outcome.has_value(); });
  const Timestamp busy_until = io::EventLoop::Now() + worker.request_timeout + 100ms;
  while (io::EventLoop::Now() < busy_until) {
  }
  ASSERT_TRUE(Until([&] { return answered.has_value(); }));
  EXPECT_TRUE(*answered);
}

TEST_F(Pool, KillsAWorkerThatSpeaksNonsense) {
  Start({Worker(10000)});
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  EXPECT_FALSE(Do(meeting::CreateTransport{kRouter, In(kRouter, 0xbabb)}).has_value());
  EXPECT_TRUE(Until([&] { return pool_->Workers()[0].up; }));
  EXPECT_EQ(pool_->Workers()[0].restarts, 1U);
}

TEST_F(Pool, TakesOnlySoManyRequestsAtATime) {
  WorkerOptions narrow = Worker(10000);
  narrow.max_outstanding = 2;
  Start({narrow});
  int unavailable = 0;
  int answered = 0;
  for (int i = 0; i < 10; ++i) {
    pool_->Execute(meeting::OpenRouter{kRouter}, [&](const meeting::MediaOutcome& outcome) {
      ++answered;
      if (!outcome && outcome.error().code == meeting::ErrorCode::kUnavailable) ++unavailable;
    });
  }
  ASSERT_TRUE(Until([&] { return answered == 10; }));
  EXPECT_GE(unavailable, 8);
}

TEST_F(Pool, SaysThatNoWorkerComesUp) {
  Start({Worker(10000, "cannot-listen"), Worker(11000, "dies-at-once")});
  ASSERT_FALSE(settled_->has_value());
  EXPECT_EQ(settled_->error(), "the ports are taken");
  pool_->Execute(meeting::OpenRouter{kRouter}, {});
  EXPECT_FALSE(Do(meeting::CreateTransport{kRouter, In(kRouter, 1)}).has_value());
}

TEST_F(Pool, WaitsLongerAndLongerForAWorkerThatKeepsDying) {
  Start({Worker(10000, "dies-at-once")});
  ASSERT_TRUE(Until([&] { return pool_->Workers()[0].restarts >= 3; }));
  // At once, then after 100 ms, then after 200 ms: many restarts cannot have happened.
  const Timestamp start = io::EventLoop::Now();
  loop_.RunUntil(start + 150ms);
  EXPECT_LE(pool_->Workers()[0].restarts, 4U);
}

TEST_F(Pool, EndsItsWorkers) {
  Start({Worker(10000), Worker(11000)});
  bool stopped = false;
  pool_->Stop(10s, [&] { stopped = true; });
  EXPECT_TRUE(Until([&] { return stopped; }));
  EXPECT_EQ(pool_->Workers()[0].pid, 0);
  EXPECT_THAT(lost_, SizeIs(0));
}

}  // namespace
}  // namespace kcs::workers
