#include "server/http/router.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "server/http/cors.h"

namespace kcs::http {
namespace {

class Recorder final : public Responder {
 public:
  void Send(Response response) override { answer = std::move(response); }
  bool gone() const override { return false; }
  void OnGone(std::function<void()>) override {}
  std::optional<Response> answer;
};

class RouterTest : public ::testing::Test {
 protected:
  // A handler that answers with its name and the ":id" of its route.
  static Handler Named(std::string name) {
    return [name = std::move(name)](const Request& request, const std::shared_ptr<Responder>& responder) {
      responder->Send(Response::Text(200, name + "(" + std::string(request.route.Get("id")) + ")"));
    };
  }
  Response Ask(std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    const auto recorder = std::make_shared<Recorder>();
    router_.Dispatch(std::move(request), recorder);
    return *recorder->answer;
  }

  Router router_;
};

TEST_F(RouterTest, MatchesPartByPart) {
  router_.Add("GET", "/api/meetings/health", Named("health"));
  router_.Add("GET", "/api/meetings/:id", Named("meeting"));
  router_.Add("GET", "/api/meetings/:id/stats", Named("stats"));
  EXPECT_EQ(Ask("GET", "/api/meetings/health").body, "health()");
  EXPECT_EQ(Ask("GET", "/api/meetings/7").body, "meeting(7)");
  EXPECT_EQ(Ask("GET", "/api/meetings/7/stats").body, "stats(7)");
  EXPECT_EQ(Ask("GET", "/api/meetings/").status, 404);
  EXPECT_EQ(Ask("GET", "/api/meetings/7/").status, 404);
  EXPECT_EQ(Ask("GET", "/api").status, 404);
}

TEST_F(RouterTest, TellsWhichMethodsAreAllowed) {
  router_.Add("GET", "/a", Named("get"));
  router_.Add("PATCH", "/a", Named("patch"));
  EXPECT_EQ(Ask("HEAD", "/a").body, "get()");
  const Response refused = Ask("DELETE", "/a");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.Get("Allow"), "GET, PATCH");
}

TEST_F(RouterTest, GivesTheRestToTheFallback) {
  router_.Add("POST", "/a", Named("post"));
  router_.Fallback(Named("files"));
  EXPECT_EQ(Ask("GET", "/index.html").body, "files()");
  EXPECT_EQ(Ask("POST", "/index.html").status, 404);
  EXPECT_EQ(Ask("GET", "/a").status, 405);
}

TEST_F(RouterTest, PrefersTheLongestMount) {
  router_.Mount("/socket.io/", Named("outer"));
  router_.Mount("/socket.io/inner/", Named("inner"),
                [](const Request&) { return UpgradeDecision(Response()); });
  EXPECT_EQ(Ask("DELETE", "/socket.io/x").body, "outer()");
  EXPECT_EQ(Ask("GET", "/socket.io/inner/").body, "inner()");
  EXPECT_EQ(router_.FindUpgrader("/socket.io/"), nullptr);
  EXPECT_NE(router_.FindUpgrader("/socket.io/inner/x"), nullptr);
  EXPECT_EQ(Ask("GET", "/socket.io").status, 404);
}

Request CrossOrigin(std::string method, std::string_view origin) {
  Request request;
  request.method = std::move(method);
  request.headers.Add("Origin", origin);
  return request;
}

TEST(CorsPolicy, EchoesListedOriginsWithCredentials) {
  const CorsPolicy policy({"https://a.example"});
  Headers headers;
  policy.Apply("https://a.example", headers);
  EXPECT_EQ(headers.Get("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(headers.Get("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(headers.Get("Vary"), "Origin");
  Headers other;
  policy.Apply("https://b.example", other);
  EXPECT_FALSE(other.Has("Access-Control-Allow-Origin"));
  EXPECT_EQ(other.Get("Vary"), "Origin");
}

TEST(CorsPolicy, AllowsEverybodyWithoutCredentials) {
  const CorsPolicy policy({"*"});
  Headers headers;
  policy.Apply("https://a.example", headers);
  EXPECT_EQ(headers.Get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(headers.Has("Access-Control-Allow-Credentials"));
}

TEST(CorsPolicy, AnswersPreflights) {
  const CorsPolicy policy({"https://a.example"});
  Request request = CrossOrigin("OPTIONS", "https://a.example");
  EXPECT_FALSE(policy.Preflight(request)) << "an OPTIONS request of its own right";
  request.headers.Add("Access-Control-Request-Method", "PATCH");
  request.headers.Add("Access-Control-Request-Headers", "authorization");
  const auto answer = policy.Preflight(request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->headers.Get("Access-Control-Allow-Headers"), "authorization");
  request.headers.Set("Origin", "https://b.example");
  EXPECT_FALSE(policy.Preflight(request)->headers.Has("Access-Control-Allow-Methods"));
}

TEST(CorsPolicy, SaysNothingUnlessConfigured) {
  Headers headers;
  CorsPolicy().Apply("https://a.example", headers);
  EXPECT_TRUE(headers.fields().empty());
}

}  // namespace
}  // namespace kcs::http
