#pragma once

#include <boost/json.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "server/auth/token.h"
#include "server/http/manual_runtime.h"
#include "server/meeting/media_plane.h"
#include "server/meeting/meetings.h"
#include "server/signaling/hub.h"
#include "server/socketio/server.h"
#include "server/socketio/test_client.h"

// A hub with sockets, records and workers of its own, in virtual time. Only tests include this.
namespace kcs::signaling::testing {

// Workers that answer when they are told to.
class FakeMedia final : public meeting::MediaPlane {
 public:
  explicit FakeMedia(http::Runtime& runtime) : runtime_(runtime) {}

  void SetListener(Listener* l) override { listener = l; }
  void Execute(const meeting::MediaCommand& command, Completion done) override {
    commands.push_back(command);
    if (!done) return;
    if (hold) {
      waiting.push_back(std::move(done));
    } else {
      runtime_.Post([done = std::move(done), outcome = Outcome()] { done(outcome); });
    }
  }
  void GetRouterStats(const meeting::StatsQuery& query, StatsAnswered done) override {
    queries.push_back(query);
    runtime_.Post([done = std::move(done), answer = stats] { done(answer); });
  }
  std::vector<meeting::WorkerStatus> Workers() const override { return workers; }

  void AnswerOne() {
    const Completion done = std::move(waiting.front());
    waiting.pop_front();
    done(Outcome());
  }

  meeting::MediaOutcome Outcome() const {
    if (broken) return Fail(meeting::Error{meeting::ErrorCode::kUnavailable, "no media worker is available"});
    meeting::TransportOffer offer{{"ufrag", "pwd"}, {}, {{"sha-256", "AB:CD"}}};
    offer.candidates.push_back({"udpcandidate", 2130706431, "192.0.2.1", "udp", 10000, ""});
    offer.candidates.push_back({"tcpcandidate", 2124414975, "192.0.2.1", "tcp", 10000, "passive"});
    return offer;
  }

  Listener* listener = nullptr;
  std::vector<meeting::MediaCommand> commands;
  std::vector<meeting::StatsQuery> queries;
  std::deque<Completion> waiting;
  Result<meeting::RouterStats, meeting::Error> stats;
  std::vector<meeting::WorkerStatus> workers;
  bool hold = false;
  bool broken = false;

 private:
  http::Runtime& runtime_;
};

class FakeDirectory final : public meeting::MeetingDirectory {
 public:
  explicit FakeDirectory(http::Runtime& runtime) : runtime_(runtime) {}

  void Find(const std::string& meeting_id, Found found) override {
    ++asked;
    Result<meeting::MeetingRecord, meeting::Error> answer =
        Fail(meeting::Error{meeting::ErrorCode::kNotFound, "there is no such meeting"});
    if (const auto it = records.find(meeting_id); it != records.end()) answer = it->second;
    runtime_.Post([found = std::move(found), answer = std::move(answer)] { found(answer); });
  }

  std::map<std::string, meeting::MeetingRecord> records;
  std::size_t asked = 0;

 private:
  http::Runtime& runtime_;
};

class TestHub {
 public:
  explicit TestHub(Settings settings = {}, meeting::Limits limits = {})
      : media(runtime),
        directory(runtime),
        meetings(limits, 10, entropy_),
        verifier_(*auth::TokenVerifier::FromSecret(kSecret)),
        server(runtime, entropy_, socketio::ServerConfig()),
        hub({runtime, server.Of("/"), meetings, media, directory, verifier_, IceServers}, settings) {
    AddMeeting("room");
  }

  meeting::MeetingRecord& AddMeeting(const std::string& id) {
    meeting::MeetingRecord record;
    record.id = id;
    record.title = "Team";
    record.host_id = "alice";
    return directory.records[id] = record;
  }

  static std::string Token(const std::string& user, std::int64_t lifetime = 3600) {
    const std::int64_t now = http::ManualRuntime::kStartMillis / 1000;
    return *auth::IssueToken({user, user + "-name", auth::Role::kUser, now + lifetime}, kSecret, now);
  }
  static std::vector<turn::IceServer> IceServers(const std::string& user) {
    return {{{"turn:example.org"}, "123:" + user, "secret", "password"}};
  }

  http::ManualRuntime runtime;

 private:
  static constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";
  SeededEntropy entropy_{3};

 public:
  FakeMedia media;
  FakeDirectory directory;
  meeting::Meetings meetings;

 private:
  auth::TokenVerifier verifier_;

 public:
  socketio::Server server;
  Hub hub;
};

// A browser's socket, connected as `user`.
class TestUser {
 public:
  TestUser(TestHub& test, const std::string& user)
      : test_(test), client_(test.server.engine(), R"(40{"token":")" + TestHub::Token(user) + "\"}") {
    test_.runtime.RunPosted();
    client_.Take();
  }

  // Emits without waiting for anything.
  void Emit(std::string_view event, const std::string& payload) {
    client_.Send("2[\"" + std::string(event) + "\"," + payload + "]");
  }
  void EmitWithAck(std::string_view event, const std::string& payload) {
    client_.Send("21[\"" + std::string(event) + "\"," + payload + "]");
  }
  // Everything that has come since, as "event {payload}" or "ack {payload}".
  std::vector<std::string> Take() {
    test_.runtime.RunPosted();
    std::vector<std::string> all;
    for (const std::string& packet : client_.Take()) {
      if (packet.starts_with("31[")) {
        all.push_back("ack " + packet.substr(3, packet.size() - 4));
      } else if (packet.starts_with("2[")) {
        const boost::json::array list = boost::json::parse(packet.substr(1)).as_array();
        all.push_back(std::string(list.at(0).as_string()) + " " + boost::json::serialize(list.at(1)));
      } else {
        all.push_back(packet);
      }
    }
    return all;
  }
  std::vector<std::string> Do(std::string_view event, const std::string& payload) {
    Emit(event, payload);
    return Take();
  }
  // The acknowledgement's payload.
  boost::json::object Ask(std::string_view event, const std::string& payload) {
    EmitWithAck(event, payload);
    for (const std::string& text : Take()) {
      if (text.starts_with("ack ")) return boost::json::parse(text.substr(4)).as_object();
    }
    return {};
  }
  std::string CodeOf(std::string_view event, const std::string& payload) {
    const boost::json::object answer = Ask(event, payload);
    if (answer.empty()) return "(no acknowledgement)";
    if (answer.at("ok").as_bool()) return "ok";
    return std::string(answer.at("error").at("code").as_string());
  }
  void Join(const std::string& meeting = "room") {
    Emit("join-meeting", R"({"meetingId":")" + meeting + "\"}");
    Take();
  }
  std::string Transport(const std::string& direction) {
    const auto answer = Ask("create-transport", R"({"meetingId":"room","direction":")" + direction + "\"}");
    return std::string(answer.at("params").at("id").as_string());
  }
  void Drop() { client_.connection.Drop(); }
  // The buffer of what was sent last, as it is shared with others; before Take().
  http::SharedText LastSent() const { return client_.connection.socket->sent.back().first; }
  bool is_open() const { return client_.connection.is_open(); }

 private:
  TestHub& test_;
  socketio::testing::TestClient client_;
};

inline constexpr std::string_view kOpusProduce =
    R"({"meetingId":"room","kind":"audio","rtpParameters":{"mid":"0","codecs":[{"mimeType":"audio/opus",)"
    R"("payloadType":111,"clockRate":48000,"channels":2,"parameters":{}}],"headerExtensions":[],)"
    R"("encodings":[{"ssrc":12345}],"rtcp":{"cname":"x"}}})";
inline constexpr std::string_view kOpusCapabilities =
    R"({"codecs":[{"mimeType":"audio/opus","kind":"audio","clockRate":48000,"channels":2,)"
    R"("preferredPayloadType":100}],"headerExtensions":[]})";

}  // namespace kcs::signaling::testing
