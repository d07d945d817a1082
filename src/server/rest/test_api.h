#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "server/http/manual_runtime.h"
#include "server/http/target.h"
#include "server/rest/api.h"

// The endpoints with everything around them faked, in virtual time. Only tests include this.
namespace kcs::rest::testing {

class FakeMedia final : public meeting::MediaPlane {
 public:
  explicit FakeMedia(http::Runtime& runtime) : runtime_(runtime) {}
  void SetListener(Listener*) override {}
  void Execute(const meeting::MediaCommand&, Completion) override {}
  void GetRouterStats(const meeting::StatsQuery&, StatsAnswered done) override {
    runtime_.Post([done = std::move(done), answer = stats] { done(answer); });
  }
  std::vector<meeting::WorkerStatus> Workers() const override { return workers; }

  Result<meeting::RouterStats, meeting::Error> stats;
  std::vector<meeting::WorkerStatus> workers{{101, true, 0}, {102, true, 0}};

 private:
  http::Runtime& runtime_;
};

class FakeCatalog final : public meeting::MeetingCatalog {
 public:
  explicit FakeCatalog(http::Runtime& runtime) : runtime_(runtime) {}

  void Find(const std::string& id, Found found) override {
    const auto it = records.find(id);
    Answer(std::move(found), it == records.end() ? Missing() : Record(it->second));
  }
  void Create(meeting::MeetingRecord record, Found done) override {
    records[record.id] = record;
    Answer(std::move(done), Record(record));
  }
  void List(std::optional<std::string> host, std::size_t limit, std::size_t offset, Listed done) override {
    meeting::MeetingPage page;
    for (const auto& [id, record] : records) {
      if (host && record.host_id != *host) continue;
      if (page.total++ >= offset && page.meetings.size() < limit) page.meetings.push_back(record);
    }
    runtime_.Post([done = std::move(done), page] { done(page); });
  }
  void Update(const std::string& id, meeting::MeetingChange change, Found done) override {
    meeting::MeetingRecord& record = records.at(id);
    if (change.title) record.title = *change.title;
    if (change.password_hash) record.password_hash = *change.password_hash;
    if (change.max_participants) record.max_participants = *change.max_participants;
    if (change.lobby) record.lobby = *change.lobby;
    Answer(std::move(done), Record(record));
  }
  void Remove(const std::string& id, Removed done) override {
    records.erase(id);
    runtime_.Post([done = std::move(done)] { done({}); });
  }

  std::map<std::string, meeting::MeetingRecord> records;

 private:
  using Outcome = Result<meeting::MeetingRecord, meeting::Error>;
  static Outcome Record(meeting::MeetingRecord record) { return record; }
  static Outcome Missing() {
    return Fail(meeting::Error{meeting::ErrorCode::kNotFound, "there is no such meeting"});
  }
  void Answer(Found found, Outcome outcome) {
    runtime_.Post([found = std::move(found), outcome = std::move(outcome)] { found(outcome); });
  }

  http::Runtime& runtime_;
};

class FakeRooms final : public meeting::RoomControl {
 public:
  void EndMeeting(const std::string& id, std::string_view reason) override {
    ended.push_back(id + " " + std::string(reason));
  }
  std::vector<std::string> ended;
};

class FakeResponder final : public http::Responder {
 public:
  void Send(http::Response response) override {
    if (!answer) answer = std::move(response);
  }
  bool gone() const override { return false; }
  void OnGone(std::function<void()>) override {}

  std::optional<http::Response> answer;
};

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;

  boost::json::value json() const { return boost::json::parse(body); }
  boost::json::value data() const { return json().at("data"); }
  std::string code() const { return std::string(json().at("error").at("code").as_string()); }
};

class TestApi {
 public:
  explicit TestApi(Settings settings = {}, StaticFiles files = {})
      : media(runtime),
        catalog(runtime),
        meetings({}, 10, entropy_),
        verifier_(*auth::TokenVerifier::FromSecret(kSecret)),
        api_({runtime, entropy_, verifier_, catalog, meetings, media, rooms, IceServers,
              [] { return "metrics\n"; }},
             std::move(settings), std::move(files)) {
    api_.Register(router_);
  }

  static std::string Token(const std::string& user, auth::Role role = auth::Role::kUser) {
    const std::int64_t now = http::ManualRuntime::kStartMillis / 1000;
    return *auth::IssueToken({user, user, role, now + 3600}, kSecret, now);
  }
  static std::vector<turn::IceServer> IceServers(const std::string& user) {
    return {{{"turn:example.org"}, "123:" + user, "secret", "password"}};
  }
  http::Request Request(const std::string& method, const std::string& target, const std::string& token = "",
                        std::string body = "") const {
    http::Request request;
    request.method = method;
    http::ParseTarget(target, request);
    request.remote = SocketAddress::V4(127, 0, 0, 1, 5000);
    request.headers.Add("Host", "localhost:4501");
    if (!token.empty()) request.headers.Add("Authorization", "Bearer " + token);
    request.body = std::move(body);
    return request;
  }
  Answer Send(http::Request request) {
    const auto responder = std::make_shared<FakeResponder>();
    router_.Dispatch(std::move(request), responder);
    runtime.RunPosted();
    if (!responder->answer) return {};
    return {responder->answer->status, responder->answer->headers, std::string(responder->answer->content())};
  }
  Answer Do(const std::string& method, const std::string& target, const std::string& user = "",
            std::string body = "") {
    return Send(Request(method, target, user.empty() ? "" : Token(user), std::move(body)));
  }
  Answer Admin(const std::string& method, const std::string& target) {
    return Send(Request(method, target, Token("root", auth::Role::kAdmin)));
  }
  // A meeting of alice's.
  std::string Make(const std::string& body = R"({"meeting_title":"Team"})") {
    return std::string(Do("POST", "/api/meetings", "alice", body).data().at("meeting").at("id").as_string());
  }

  static constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";

  http::ManualRuntime runtime;
  FakeMedia media;
  FakeCatalog catalog;
  FakeRooms rooms;

 private:
  SeededEntropy entropy_{5};

 public:
  meeting::Meetings meetings;

 private:
  auth::TokenVerifier verifier_;
  Api api_;
  http::Router router_;
};

}  // namespace kcs::rest::testing
