#include "load/run.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "io/network_interfaces.h"
#include "io/system_entropy.h"
#include "load/course.h"
#include "load/meetings.h"
#include "load/socketio_participant.h"
#include "load/worker_check.h"

namespace kcs::load {
namespace {

int Complain(const std::string& problem) {
  std::fprintf(stderr, "kcs-meet load: %s\n", problem.c_str());
  return 2;
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

  const SignalingServer signaling{server.url, server.address};
  const Report report =
      Course(loop, interruption, options, entropy, *std::move(cast), watch,
             [&signaling](Stage& stage, Participant::Role role) {
               return std::make_unique<SocketIoParticipant>(stage, std::move(role), signaling);
             });
  meetings.Delete();
  return Tell(report);
}

}  // namespace kcs::load
