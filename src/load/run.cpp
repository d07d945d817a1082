#include "load/run.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "io/file_limit.h"
#include "io/network_interfaces.h"
#include "io/system_entropy.h"
#include "load/fleet.h"
#include "load/meetings.h"
#include "load/worker_check.h"

namespace kcs::load {
namespace {

int Complain(const std::string& problem) {
  std::fprintf(stderr, "kcs-meet load: %s\n", problem.c_str());
  return 2;
}

// Three descriptors a participant, and some for everything else.
Result<void> RaiseFileLimit(std::uint64_t participants) {
  const std::uint64_t wanted = 3 * participants + 100;
  const std::uint64_t limit = io::RaiseFileLimit(wanted);
  if (limit >= wanted) return {};
  return Fail("this needs " + std::to_string(wanted) + " open files, and only " + std::to_string(limit) +
              " are allowed: raise `ulimit -n`, or use fewer participants");
}

bool IsThisMachine(const SocketAddress& address) {
  if (address.is_loopback()) return true;
  const auto own = io::MachineAddresses();
  return std::any_of(own.begin(), own.end(), [&](const io::InterfaceAddress& interface) {
    return interface.address.ip == address.ip;
  });
}

std::vector<int> PidsOf(const Options& options, const RestServer& server, const TokenMaker& make_token) {
  if (!options.pids.empty()) return options.pids;
  if (!IsThisMachine(server.address)) return {};
  const auto token = make_token("load-admin", true);
  auto pids = token ? WorkerPids(server, *token) : Result<std::vector<int>>(Fail(token.error()));
  auto problem = pids ? CheckWorkers(*pids) : Result<void>(Fail(pids.error()));
  if (problem) return *std::move(pids);
  std::fprintf(stderr, "kcs-meet load: the server's CPU time is not measured: %s\n", problem.error().c_str());
  return {};
}

// The meetings of this test, which end with it, however it ends.
class TestMeetings {
 public:
  explicit TestMeetings(const RestServer& server) : server_(server) {}
  TestMeetings(const TestMeetings&) = delete;
  TestMeetings& operator=(const TestMeetings&) = delete;
  ~TestMeetings() { Delete(); }

  Result<std::string> Make(const std::string& host_token, std::uint32_t participants) {
    host_token_ = host_token;
    auto id = CreateMeeting(server_, host_token_, participants);
    if (id) ids_.push_back(*id);
    return id;
  }
  // What cannot be deleted is said. Of a server that does not answer not every one is asked for.
  void Delete() {
    std::size_t left = 0;
    std::string problem;
    for (const std::string& id : std::exchange(ids_, {})) {
      const auto deleted =
          left < kMostFailures ? DeleteMeeting(server_, host_token_, id) : Result<void>(Fail(problem));
      if (deleted) continue;
      ++left;
      problem = deleted.error();
    }
    if (left == 0) return;
    std::fprintf(stderr, "kcs-meet load: %zu meetings of this test stay on the server: %s\n", left,
                 problem.c_str());
  }

 private:
  static constexpr std::size_t kMostFailures = 3;

  const RestServer& server_;
  std::string host_token_;
  std::vector<std::string> ids_;
};

// Signals that ask for the end, from the first meeting that is made to the last one that is deleted.
class Interruption {
 public:
  explicit Interruption(io::EventLoop& loop) : loop_(loop) {
    const auto handler = [this](int) {
      requested_ = true;
      if (fleet_ != nullptr) fleet_->Interrupt();
    };
    loop.OnSignals({SIGINT, SIGTERM}, handler);
    // Under nohup the end of the terminal is none of the test.
    struct sigaction hangup {};
    if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
      loop.OnSignals({SIGHUP}, handler);
  }
  // Since the beginning; between blocking requests.
  bool Requested() {
    loop_.context().poll();
    return requested_;
  }
  void Ends(Fleet& fleet) { fleet_ = &fleet; }

 private:
  io::EventLoop& loop_;
  bool requested_ = false;
  Fleet* fleet_ = nullptr;
};

// Meetings, tokens, and who joins when: all meetings fill at the same time, each beginning with those who
// publish.
Result<std::vector<Fleet::Member>> MakeCast(const Options& options, const TokenMaker& make_token,
                                            Entropy& entropy, TestMeetings& meetings,
                                            Interruption& interruption) {
  const std::string run = "load-" + entropy.Token(6);
  const auto host = make_token(run + "-host", false);
  if (!host) return Fail(host.error());
  std::vector<std::string> ids;
  for (std::uint32_t m = 0; m < options.meetings; ++m) {
    if (interruption.Requested()) return Fail("interrupted before it began");
    auto id = meetings.Make(*host, options.participants);
    if (!id) return Fail(id.error());
    ids.push_back(*std::move(id));
  }
  std::vector<Fleet::Member> members;
  for (std::uint32_t p = 0; p < options.participants; ++p) {
    for (std::uint32_t m = 0; m < options.meetings; ++m) {
      Fleet::Member member;
      member.user_id = run + "-" + std::to_string(m + 1) + "-" + std::to_string(p + 1);
      auto token = make_token(member.user_id, false);
      if (!token) return Fail(token.error());
      member.token = *std::move(token);
      member.meeting_id = ids[m];
      member.publishes = p < options.publishing();
      members.push_back(std::move(member));
    }
  }
  return members;
}

}  // namespace

int RunLoad(const Options& options, const TokenMaker& make_token) {
  if (const auto valid = Validate(options); !valid) return Complain(valid.error());
  const auto url = ServerUrl::Parse(options.url);
  if (!url) return Complain(url.error());
  // Whoever read the progress may go: that ends no test.
  std::signal(SIGPIPE, SIG_IGN);
  const auto limit = RaiseFileLimit(std::uint64_t{options.meetings} * options.participants);
  if (!limit) return Complain(limit.error());
  const auto addresses = io::Resolve(url->host, url->port);
  if (!addresses) return Complain(options.url + ": " + addresses.error());
  const RestServer server{*url, addresses->front()};
  io::SystemEntropy entropy;
  io::EventLoop loop;
  Interruption interruption(loop);
  TestMeetings meetings(server);  // ends before the loop, which holds the signals back
  auto cast = MakeCast(options, make_token, entropy, meetings, interruption);
  if (!cast) return Complain(cast.error());
  ProcessWatch watch(PidsOf(options, server, make_token));
  if (interruption.Requested()) return Complain("interrupted before it began");

  Fleet fleet(loop, entropy, options, *url, server.address, *std::move(cast), watch);
  interruption.Ends(fleet);
  std::unique_ptr<io::Timer> progress;
  progress = std::make_unique<io::Timer>(loop, [&] {
    std::fprintf(stderr, "%s\n", fleet.Progress().c_str());
    progress->Set(io::EventLoop::Now() + 1s);
  });
  progress->Set(io::EventLoop::Now() + 1s);
  fleet.Start([&loop] { loop.Stop(); });
  loop.Run();
  progress.reset();

  meetings.Delete();
  const Report report = fleet.MakeReport();
  std::fputs(options.json ? (ReportJson(report) + "\n").c_str() : ReportTable(report).c_str(), stdout);
  return report.ok() ? 0 : 1;
}

}  // namespace kcs::load
