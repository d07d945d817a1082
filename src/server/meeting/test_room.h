#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "server/meeting/meeting.h"

namespace kcs::meeting {

// A meeting with sockets for tests. What comes out of it is written down like a protocol trace, with short
// names for ids: transports T1..., producers P1..., consumers C1..., in the order in which anybody hears of
// them.
//   "alice <- produced P1 video"                    the answer to a request
//   "bob,carol << new-producer alice P1 video"      an event
//   "media: create-consumer paused"                 a command
class TestRoom {
 public:
  using Trace = std::vector<std::string>;

  explicit TestRoom(MeetingRecord record = Record(), Limits limits = {});

  static MeetingRecord Record();

  // Another socket of `user`, attached but not joined.
  ClientId Socket(const std::string& user);
  // The socket that was made first under that user's name.
  ClientId Of(const std::string& user) const { return clients_.at(user); }

  // A request; the workers answer at once, unless they are told to Hold().
  Trace Do(ClientId client, Request::Body body);
  Trace Do(const std::string& user, Request::Body body) { return Do(Of(user), std::move(body)); }
  Trace Leave(ClientId client, LeaveReason reason = LeaveReason::kDisconnected);
  Trace Note(Effects effects);

  // From now on the workers' answers wait for Release() (all good) or Fail() (all kUnavailable).
  void Hold() { hold_ = true; }
  Trace Release();
  Trace Fail();
  // The first statistics that were asked for come.
  Trace ReleaseStats(Result<RouterStats, Error> stats);
  const std::vector<AskStats>& asked() const { return asked_; }

  // Shorthands for what most tests need.
  Trace Join(const std::string& user);  // a socket that joins
  std::string Transport(const std::string& user, Direction direction);
  std::string Produce(const std::string& user, ortc::MediaKind kind, std::optional<Source> source = {});
  std::string Consume(const std::string& user, const std::string& from, ortc::MediaKind kind);

  // The real id behind a short name.
  std::string Id(const std::string& name) const;

  Meeting& meeting() { return meeting_; }
  UnixMillis now{1'700'000'000'000};

  // What browsers send.
  static ortc::RtpParameters OpusParameters(std::uint32_t ssrc);
  static ortc::RtpParameters Vp8Parameters(std::uint32_t ssrc);

 private:
  void Write(const Effects& effects, Trace& trace);
  std::string Name(ClientId client) const;
  std::string Short(char kind, const std::string& id);
  std::string Describe(const Event& event);
  std::string Describe(const Reply::Answer& answer);
  void CompleteAll(bool good, Trace& trace);

  SeededEntropy entropy_{7};
  RouterIdSource ids_;
  Meeting meeting_;
  std::map<std::string, ClientId> clients_;
  std::map<ClientId, std::string> names_;
  std::map<std::string, std::string> short_;  // id -> short name
  std::map<char, int> counts_;
  std::vector<OperationId> waiting_;
  std::vector<AskStats> asked_;
  bool hold_ = false;
  std::uint64_t last_client_ = 0;
  std::uint64_t last_request_ = 0;
  std::uint32_t last_ssrc_ = 1000;
};

}  // namespace kcs::meeting
