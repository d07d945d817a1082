#include "server/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <future>
#include <stdexcept>
#include <string>

#include "server/http/test_server.h"

namespace kcs::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TestServer;
using testing::Wire;

std::string Get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}
std::string Last(std::string_view target, std::string_view more = {}) {
  return Get(target, std::string(more) + "Connection: close\r\n");
}

// "/echo" answers with method and body, "/wait" when asked to, "/forget" and "/throw" never.
class HttpServerTest : public ::testing::Test {
 protected:
  Router MakeRouter() {
    Router router;
    router.Add("GET", "/hello", [](const Request& request, const auto& responder) {
      responder->Send(Response::Text(200, "hello " + std::string(request.query.Get("name"))));
    });
    router.Add("POST", "/echo", [](const Request& request, const auto& responder) {
      responder->Send(Response::Text(200, request.method + " " + request.body));
    });
    router.Add("GET", "/wait", [this](const Request&, const std::shared_ptr<Responder>& responder) {
      responder->OnGone([this] { gone_.set_value(); });
      waiting_.set_value(responder);
    });
    router.Add("GET", "/forget", [](const Request&, const auto&) {});
    router.Add("GET", "/throw", [](const Request&, const auto&) { throw std::runtime_error("oops"); });
    router.Mount("/mount/", [](const Request& request, const auto& responder) {
      responder->Send(Response::Text(200, request.body_too_large ? "large" : "small"));
    });
    return router;
  }
  TestServer& Start(ServerConfig config = {}) {
    server_ = std::make_unique<TestServer>(std::move(config), MakeRouter());
    return *server_;
  }
  std::string Ask(std::string_view text) {
    Wire wire(server_->port());
    wire.Write(text);
    return wire.ReadAll();
  }

  std::promise<std::shared_ptr<Responder>> waiting_;
  std::promise<void> gone_;
  std::promise<void> done_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(HttpServerTest, AnswersRequests) {
  Start();
  const std::string answer = Ask(Last("/hello?name=you"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nhello you"));
}

TEST_F(HttpServerTest, KeepsTheConnectionAndTheOrderOfRequests) {
  Wire wire(Start().port());
  wire.Write(Get("/hello?name=1") + Get("/hello?name=2"));
  EXPECT_THAT(wire.ReadUntil("hello 1"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(wire.ReadUntil("hello 2"), StartsWith("HTTP/1.1 200"));
  wire.Write(Last("/hello?name=3"));
  EXPECT_THAT(wire.ReadAll(), EndsWith("hello 3"));
}

TEST_F(HttpServerTest, SpeaksToOldClients) {
  Start();
  EXPECT_THAT(Ask("GET /hello HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, ReadsBodiesOfBothKinds) {
  Start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
  EXPECT_THAT(Ask(head + "Content-Length: 5\r\n\r\nhello"), EndsWith("POST hello"));
  EXPECT_THAT(Ask(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
              EndsWith("POST hello"));
}

TEST_F(HttpServerTest, InvitesABodyThatWaitsForIt) {
  Wire wire(Start().port());
  wire.Write(
      "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: "
      "2\r\n\r\n");
  EXPECT_EQ(wire.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.Write("ok");
  EXPECT_THAT(wire.ReadAll(), EndsWith("POST ok"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  Start();
  const std::string answer = Ask("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, RefusesMalformedRequests) {
  Start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET /hello HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    EXPECT_THAT(Ask(text), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
  }
  EXPECT_EQ(server_->server().counters()[ServerEvent::kMalformed], 10U);
}

TEST_F(HttpServerTest, BoundsHeadersAndBodies) {
  ServerConfig config;
  config.limits.max_header_bytes = 1'000;
  config.limits.max_body_bytes = 10;
  Start(config);
  EXPECT_THAT(Ask(Get("/hello", "X: " + std::string(2'000, 'x') + "\r\n")), StartsWith("HTTP/1.1 431 "));
  const std::string large =
      " HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x');
  EXPECT_THAT(Ask("POST /echo" + large), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Ask("POST /mount/x" + large), EndsWith("large"));
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
                  std::string(255, 'x')),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, AnswersLater) {
  Wire wire(Start().port());
  wire.Write(Last("/wait"));
  const auto responder = waiting_.get_future().get();
  server_->runtime.Post([responder] {
    responder->Send(Response::Text(200, "at last"));
    responder->Send(Response::Text(200, "too late"));
  });
  EXPECT_THAT(wire.ReadAll(), EndsWith("\r\n\r\nat last"));
}

TEST_F(HttpServerTest, NoticesThatAWaitingClientIsGone) {
  Wire wire(Start().port());
  wire.Write(Get("/wait"));
  auto responder = waiting_.get_future().get();
  wire.Close();
  gone_.get_future().get();
  server_->runtime.Post([&] {
    EXPECT_TRUE(responder->gone());
    responder->Send(Response::Text(200, "nobody hears"));
    responder.reset();
    done_.set_value();
  });
  done_.get_future().get();
}

TEST_F(HttpServerTest, AnswersForHandlersThatDoNot) {
  Start();
  EXPECT_THAT(Ask(Last("/forget")), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Ask(Last("/throw")), StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(server_->server().counters()[ServerEvent::kNotAnswered], 1U);
  EXPECT_EQ(server_->server().counters()[ServerEvent::kHandlerThrew], 1U);
}

TEST_F(HttpServerTest, LetsOtherOriginsReadErrorsToo) {
  ServerConfig config;
  config.cors_origins = {"https://a.example"};
  Start(config);
  EXPECT_THAT(Ask(Last("/nowhere", "Origin: https://a.example\r\n")),
              HasSubstr("Access-Control-Allow-Origin: https://a.example\r\n"));
  EXPECT_THAT(Ask(Last("/hello", "Origin: https://b.example\r\n")), Not(HasSubstr("Access-Control-Allow")));
  EXPECT_THAT(Ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nConnection: close\r\n"
                  "Access-Control-Request-Method: GET\r\n\r\n"),
              StartsWith("HTTP/1.1 204 "));
}

TEST_F(HttpServerTest, DoesNotWaitForeverForARequest) {
  ServerConfig config;
  config.limits.header_timeout = 30ms;
  config.limits.body_timeout = 30ms;
  config.limits.idle_timeout = 30ms;
  Start(config);
  EXPECT_EQ(Ask(""), "");
  EXPECT_THAT(Ask("GET /hel"), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(Ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"),
              StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, BoundsTheNumberOfConnections) {
  ServerConfig config;
  config.limits.max_connections = 1;
  Start(config);
  Wire first(server_->port());
  first.Write(Get("/hello"));
  first.ReadUntil("hello ");
  EXPECT_EQ(Ask(""), "");
  first.Write(Last("/hello"));
  EXPECT_THAT(first.ReadAll(), EndsWith("hello "));
}

TEST_F(HttpServerTest, CutsAClientThatAsksTooFarAhead) {
  Wire wire(Start().port());
  wire.Write(Get("/wait"));
  const auto responder = waiting_.get_future().get();
  boost::system::error_code error;
  const std::string ahead(1'000'000, 'x');
  boost::asio::write(wire.socket(), boost::asio::buffer(ahead), error);
  gone_.get_future().get();
  server_->runtime.Post([responder] {});
}

TEST_F(HttpServerTest, FinishesWhatItHasStartedWhenStopped) {
  Wire idle(Start().port());
  idle.Write(Get("/hello"));
  idle.ReadUntil("hello ");
  Wire busy(server_->port());
  busy.Write(Get("/wait"));
  const auto responder = waiting_.get_future().get();
  server_->runtime.Post([this] { server_->server().Stop(10s, [this] { done_.set_value(); }); });
  EXPECT_EQ(idle.ReadAll(), "");
  server_->runtime.Post([responder] { responder->Send(Response::Text(200, "bye")); });
  const std::string answer = busy.ReadAll();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("bye"));
  busy.Close();
  done_.get_future().get();
}

TEST_F(HttpServerTest, CutsWhatDoesNotFinishWhenStopped) {
  Wire busy(Start().port());
  busy.Write(Get("/wait"));
  const auto responder = waiting_.get_future().get();
  server_->runtime.Post([this] { server_->server().Stop(10ms, [this] { done_.set_value(); }); });
  EXPECT_EQ(busy.ReadAll(), "");
  done_.get_future().get();
}

TEST(HttpServer, SaysWhyItCannotStart) {
  AsioRuntime runtime;
  ServerConfig config;
  config.listen_ip = "127.0.0.1";
  Server first(runtime, config, {});
  ASSERT_TRUE(first.Start());
  config.port = first.port();
  Server second(runtime, config, {});
  EXPECT_THAT(second.Start().error(),
              HasSubstr("cannot listen on 127.0.0.1 port " + std::to_string(config.port)));
  config.listen_ip = "nowhere";
  EXPECT_FALSE(Server(runtime, config, {}).Start());
  config.tls_certificate = "missing.pem";
  EXPECT_EQ(Server(runtime, config, {}).Start().error(), "TLS needs both a certificate and a key");
  config.tls_key = "missing.key";
  EXPECT_THAT(Server(runtime, config, {}).Start().error(),
              HasSubstr("cannot use TLS certificate 'missing.pem'"));
}

}  // namespace
}  // namespace kcs::http
