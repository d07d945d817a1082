#include "server/rest/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/auth/password.h"
#include "server/rest/test_api.h"

namespace kcs::rest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TestApi;

TEST(Api, WantsATokenForMeetings) {
  TestApi api;
  for (const char* path : {"/api/meetings", "/api/meetings/x", "/api/meetings/x/webrtc-config",
                           "/api/meetings/x/live-stats", "/api/meetings/x/stats", "/api/health/webrtc"}) {
    const auto answer = api.Do("GET", path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_EQ(answer.code(), "unauthorized");
    EXPECT_FALSE(answer.json().at("success").as_bool());
    EXPECT_EQ(answer.headers.Get("WWW-Authenticate"), "Bearer");
  }
  EXPECT_EQ(api.Send(api.Request("GET", "/api/meetings", "rubbish")).status, 401);
}

TEST(Api, MakesAMeetingOfTheAsker) {
  TestApi api;
  const auto answer = api.Do("POST", "/api/meetings", "alice",
                             R"({"meeting_title":" Team ","max_participants":5,"lobby":true})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_TRUE(answer.json().at("success").as_bool());
  const auto meeting = answer.data().at("meeting");
  EXPECT_EQ(meeting.at("meeting_title").as_string(), "Team");
  EXPECT_EQ(meeting.at("host_id").as_string(), "alice");
  EXPECT_EQ(meeting.at("max_participants"), 5);
  EXPECT_EQ(meeting.at("lobby"), true);
  EXPECT_EQ(meeting.at("has_password"), false);
  EXPECT_EQ(meeting.at("created_at").as_string(), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(meeting.at("id").as_string().size(), 36U);
  EXPECT_EQ(api.catalog.records.size(), 1U);
}

TEST(Api, KeepsTheHashOfAPasswordAndNeverShowsIt) {
  TestApi api;
  const auto answer =
      api.Do("POST", "/api/meetings", "alice", R"({"meeting_title":"Team","meeting_password":"sesame"})");
  EXPECT_EQ(answer.data().at("meeting").at("has_password"), true);
  EXPECT_THAT(answer.body, ::testing::Not(HasSubstr("argon2")));
  const auto hash = api.catalog.records.begin()->second.password_hash;
  ASSERT_TRUE(hash.has_value());
  EXPECT_THAT(*hash, StartsWith("$argon2id$"));
  EXPECT_TRUE(auth::VerifyPassword("sesame", *hash));
}

TEST(Api, RefusesBodiesThatMakeNoSense) {
  TestApi api;
  for (const char* body :
       {"", "null", "[]", "{", "{}", R"({"meeting_title":17})", R"({"meeting_title":""})",
        R"({"meeting_title":"  "})", R"({"meeting_title":"T","max_participants":0})",
        R"({"meeting_title":"T","max_participants":201})", R"({"meeting_title":"T","max_participants":"5"})",
        R"({"meeting_title":"T","lobby":1})", R"({"meeting_title":"T","meeting_password":5})"}) {
    const auto answer = api.Do("POST", "/api/meetings", "alice", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.code(), "invalid-payload");
  }
  EXPECT_EQ(api.Do("POST", "/api/meetings", "alice", R"({"meeting_title":")" + std::string(201, 'x') + "\"}")
                .status,
            400);
  EXPECT_TRUE(api.catalog.records.empty());
}

TEST(Api, ShowsAMeetingWithWhatTheReferencesClientNeeds) {
  TestApi api;
  const std::string id = api.Make();
  const auto answer = api.Do("GET", "/api/meetings/" + id, "bob");
  EXPECT_EQ(answer.status, 200);
  const auto config = answer.data().at("meeting").at("webrtc_config");
  EXPECT_EQ(
      boost::json::serialize(config.at("ice_servers")),
      R"([{"urls":["turn:example.org"],"username":"123:bob","credential":"secret","credentialType":"password"}])");
  EXPECT_FALSE(config.at("rtpCapabilities").at("codecs").as_array().empty());
  EXPECT_EQ(api.Do("GET", "/api/meetings/other", "bob").status, 404);
}

TEST(Api, GivesFreshTurnCredentials) {
  TestApi api;
  const auto answer = api.Do("GET", "/api/meetings/" + api.Make() + "/webrtc-config", "bob");
  EXPECT_EQ(answer.data().at("iceServers").at(0).at("username").as_string(), "123:bob");
  EXPECT_EQ(answer.data().at("rtcpMuxPolicy").as_string(), "require");
  EXPECT_EQ(answer.data().at("bundlePolicy").as_string(), "max-bundle");
  EXPECT_EQ(api.Do("GET", "/api/meetings/other/webrtc-config", "bob").status, 404);
}

TEST(Api, ListsOnesOwnMeetingsAndAllForAnAdmin) {
  TestApi api;
  api.Make();
  api.Make();
  const auto count = [](const testing::Answer& answer) {
    return answer.data().at("meetings").as_array().size();
  };
  EXPECT_EQ(count(api.Do("GET", "/api/meetings", "alice")), 2U);
  EXPECT_EQ(count(api.Do("GET", "/api/meetings", "bob")), 0U);
  EXPECT_EQ(count(api.Admin("GET", "/api/meetings")), 2U);
  const auto page = api.Do("GET", "/api/meetings?limit=1&offset=1", "alice");
  EXPECT_EQ(count(page), 1U);
  EXPECT_EQ(page.data().at("total"), 2);
  EXPECT_EQ(count(api.Do("GET", "/api/meetings?limit=-1&offset=x", "alice")), 2U);
}

TEST(Api, LetsTheHostOrAnAdminChangeAMeeting) {
  TestApi api;
  const std::string path = "/api/meetings/" + api.Make();
  const auto changed = api.Do("PATCH", path, "alice",
                              R"({"meeting_title":"New","meeting_password":"x","max_participants":3})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.data().at("meeting").at("meeting_title").as_string(), "New");
  EXPECT_EQ(changed.data().at("meeting").at("has_password"), true);
  EXPECT_EQ(changed.data().at("meeting").at("max_participants"), 3);
  const auto open = api.Do("PATCH", path, "alice", R"({"meeting_password":null,"max_participants":null})");
  EXPECT_EQ(open.data().at("meeting").at("has_password"), false);
  EXPECT_EQ(open.data().at("meeting").at("max_participants"), 200);
  EXPECT_EQ(open.data().at("meeting").at("meeting_title").as_string(), "New");
  const auto refused = api.Do("PATCH", path, "bob", R"({"meeting_title":"Mine"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "forbidden");
  EXPECT_EQ(api.Do("PATCH", "/api/meetings/other", "alice", "{}").status, 404);
}

TEST(Api, EndsAMeetingThatIsDeleted) {
  TestApi api;
  const std::string id = api.Make();
  EXPECT_EQ(api.Do("DELETE", "/api/meetings/" + id, "bob").status, 403);
  EXPECT_EQ(api.Do("DELETE", "/api/meetings/" + id, "alice").status, 200);
  EXPECT_THAT(api.rooms.ended, ElementsAre(id + " deleted"));
  EXPECT_EQ(api.Do("GET", "/api/meetings/" + id, "alice").status, 404);
  EXPECT_EQ(api.Admin("DELETE", "/api/meetings/" + api.Make()).status, 200);
}

TEST(Api, CountsNobodyInAMeetingThatIsNotGoingOn) {
  TestApi api;
  const auto answer = api.Do("GET", "/api/meetings/" + api.Make() + "/live-stats", "bob");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(
      boost::json::serialize(answer.data()),
      R"({"participants":0,"activeProducers":0,"activeConsumers":0,"bandwidth":{"incoming":0,"outgoing":0},)"
      R"("quality":{"average":0E0,"poor":0E0,"good":0E0,"excellent":0E0}})");
  EXPECT_EQ(api.Do("GET", "/api/meetings/other/live-stats", "bob").status, 404);
}

TEST(Api, ShowsTheNumbersOfAMeetingThatIsGoingOn) {
  TestApi api;
  const std::string id = api.Make();
  meeting::Meeting* const live = api.meetings.Open(api.catalog.records.at(id));
  ASSERT_TRUE(live->Attach(meeting::ClientId{1}, {"alice", "Alice", false}).has_value());
  (void)live->Apply({meeting::ClientId{1}, meeting::RequestId{1}, meeting::Join{}}, {});
  (void)live->Apply({meeting::ClientId{1}, meeting::RequestId{2}, meeting::AddTransport{}}, {});
  api.meetings.Settle(*live);
  meeting::TransportStats transport;
  transport.transport = live->MediaByParticipant().at(0).transports.at(0).media;
  transport.bitrate_in = 1000;
  transport.bitrate_out = 2000;
  transport.protocol = "udp";
  transport.rtt_ms = 12.5;
  api.media.stats->transports.push_back(transport);

  const auto stats = api.Do("GET", "/api/meetings/" + id + "/live-stats", "alice");
  EXPECT_EQ(stats.data().at("participants"), 1);
  EXPECT_EQ(stats.data().at("bandwidth").at("incoming"), 1000);
  EXPECT_EQ(stats.data().at("bandwidth").at("outgoing"), 2000);
  const auto detailed = api.Do("GET", "/api/meetings/" + id + "/stats", "alice");
  EXPECT_EQ(detailed.data().at("participants"), 1);
  const auto one = detailed.data().at("participantStats").at(0);
  EXPECT_EQ(one.at("participantId").as_string(), "alice");
  EXPECT_EQ(one.at("transports").at(0).at("rtt"), 12.5);
  EXPECT_EQ(one.at("transports").at(0).at("direction").as_string(), "send");
}

TEST(Api, AnswersStatisticsWhileTheWorkerIsReplaced) {
  TestApi api;
  const std::string id = api.Make();
  meeting::Meeting* const live = api.meetings.Open(api.catalog.records.at(id));
  ASSERT_TRUE(live->Attach(meeting::ClientId{1}, {"alice", "Alice", false}).has_value());
  (void)live->Apply({meeting::ClientId{1}, meeting::RequestId{1}, meeting::Join{}}, {});
  (void)live->Apply({meeting::ClientId{1}, meeting::RequestId{2}, meeting::AddTransport{}}, {});
  api.media.stats = Fail(meeting::Error{meeting::ErrorCode::kUnavailable, "gone"});
  const auto answer = api.Do("GET", "/api/meetings/" + id + "/stats", "alice");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.data().at("participants"), 1);
}

// The body of the reference, to the letter.
TEST(Api, TellsAdminsWhetherMediaWorks) {
  TestApi api;
  EXPECT_EQ(api.Do("GET", "/api/health/webrtc", "alice").status, 403);
  for (const char* path : {"/api/health/webrtc", "/api/meetings/health/webrtc"}) {
    const auto answer = api.Admin("GET", path);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              R"({"success":true,"message":"WebRTC service healthy","data":{"service":"MediaSoup WebRTC",)"
              R"("available":true,"workers":2,"activeRooms":0,"details":{"mode":"Full WebRTC","workers":2,)"
              R"("activeRooms":0,"totalParticipants":0,"nodes":1,"workerPids":[101,102]}}})");
  }
}

TEST(Api, SaysWhenNoWorkerIsUp) {
  TestApi api;
  api.media.workers = {{0, false, 7}};
  const auto answer = api.Admin("GET", "/api/health/webrtc");
  EXPECT_EQ(answer.status, 503);
  EXPECT_FALSE(answer.json().at("success").as_bool());
  EXPECT_FALSE(answer.data().at("available").as_bool());
}

TEST(Api, IsAliveForEverybody) {
  TestApi api;
  EXPECT_EQ(api.Do("GET", "/api/health").status, 200);
}

TEST(Api, ShowsMetricsToThisMachineUnlessConfiguredOtherwise) {
  TestApi api;
  auto request = api.Request("GET", "/metrics");
  EXPECT_EQ(api.Send(request).body, "metrics\n");
  request.remote = SocketAddress::V4(192, 0, 2, 1, 5000);
  EXPECT_EQ(api.Send(request).status, 403);
  TestApi open({.metrics_public = true});
  EXPECT_EQ(open.Send(request).status, 200);
}

TEST(Api, GivesGuestsATokenInGuestModeOnly) {
  TestApi closed;
  EXPECT_EQ(closed.Do("POST", "/api/guest-token", "", R"({"name":"Ann"})").status, 404);

  TestApi open({.guest_secret = std::string(TestApi::kSecret)});
  const auto answer = open.Do("POST", "/api/guest-token", "", R"({"name":" Ann "})");
  EXPECT_EQ(answer.status, 200);
  const std::string token(answer.data().at("token").as_string());
  const auto made = open.Send(open.Request("POST", "/api/meetings", token, R"({"meeting_title":"T"})"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.data().at("meeting").at("host_id"), answer.data().at("participantId"));
  EXPECT_EQ(open.Do("POST", "/api/guest-token", "", R"({"name":17})").status, 400);
  EXPECT_EQ(open.Do("POST", "/api/guest-token", "", "").status, 200);
}

TEST(Api, GivesNoTokensToOtherMachinesOrToPagesOfOtherSites) {
  TestApi api({.guest_secret = std::string(TestApi::kSecret)});
  auto remote = api.Request("POST", "/api/guest-token", "", "{}");
  remote.remote = SocketAddress::V4(192, 0, 2, 1, 5000);
  EXPECT_EQ(api.Send(remote).status, 403);
  for (const char* host : {"evil.example:4501", "localhost.evil.example", "", "[2001:db8::1]"}) {
    auto request = api.Request("POST", "/api/guest-token", "", "{}");
    request.headers.Set("Host", host);
    EXPECT_EQ(api.Send(request).status, 403) << host;
  }
  for (const char* host : {"localhost", "127.0.0.1:4501", "[::1]:4501"}) {
    auto request = api.Request("POST", "/api/guest-token", "", "{}");
    request.headers.Set("Host", host);
    EXPECT_EQ(api.Send(request).status, 200) << host;
  }
}

TEST(Api, SlowsDownAFlood) {
  TestApi api({.requests_per_second = 1, .burst = 2});
  EXPECT_EQ(api.Do("GET", "/api/meetings", "alice").status, 200);
  EXPECT_EQ(api.Do("GET", "/api/meetings", "alice").status, 200);
  const auto refused = api.Do("GET", "/api/meetings", "alice");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "rate-limited");
  api.runtime.Advance(1s);
  EXPECT_EQ(api.Do("GET", "/api/meetings", "alice").status, 200);
}

TEST(Api, AnswersUnknownEndpointsInJson) {
  TestApi api;
  const auto answer = api.Do("GET", "/api/nonsense");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.code(), "not-found");
}

}  // namespace
}  // namespace kcs::rest
