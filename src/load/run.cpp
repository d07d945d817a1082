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
  const auto pids = token ? WorkerPids(server, *token) : Result<std::vector<int>>(Fail(token.error()));
  if (pids) return *pids;
  std::fprintf(stderr, "kcs-meet load: the server's CPU time is not measured: %s\n", pids.error().c_str());
  return {};
}

// Meetings, tokens, and who joins when: all meetings fill at the same time, each beginning with those who
// publish.
struct Cast {
  std::string host_token;
  std::vector<std::string> meetings;
  std::vector<Fleet::Member> members;
};

Result<Cast> MakeCast(const Options& options, const RestServer& server, const TokenMaker& make_token,
                      Entropy& entropy) {
  const std::string run = "load-" + entropy.Token(6);
  Cast cast;
  auto host = make_token(run + "-host", false);
  if (!host) return Fail(host.error());
  cast.host_token = *std::move(host);
  for (std::uint32_t m = 0; m < options.meetings; ++m) {
    auto id = CreateMeeting(server, cast.host_token, options.participants);
    if (!id) {
      for (const std::string& made : cast.meetings) DeleteMeeting(server, cast.host_token, made);
      return Fail(id.error());
    }
    cast.meetings.push_back(*std::move(id));
  }
  for (std::uint32_t p = 0; p < options.participants; ++p) {
    for (std::uint32_t m = 0; m < options.meetings; ++m) {
      Fleet::Member member;
      member.user_id = run + "-" + std::to_string(m + 1) + "-" + std::to_string(p + 1);
      auto token = make_token(member.user_id, false);
      if (!token) return Fail(token.error());
      member.token = *std::move(token);
      member.meeting_id = cast.meetings[m];
      member.publishes = p < options.publishing();
      cast.members.push_back(std::move(member));
    }
  }
  return cast;
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
  auto cast = MakeCast(options, server, make_token, entropy);
  if (!cast) return Complain(cast.error());
  ProcessWatch watch(PidsOf(options, server, make_token));

  const SignalingServer signaling{server.url, server.address};
  const Report report = Course(
      options, entropy, std::move(cast->members), watch, [&signaling](Stage& stage, Participant::Role role) {
        return std::make_unique<SocketIoParticipant>(stage, std::move(role), signaling);
      });
  for (const std::string& id : cast->meetings) DeleteMeeting(server, cast->host_token, id);
  return Tell(report);
}

}  // namespace kcs::load
