#include "server/socketio/engine_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "server/http/manual_runtime.h"
#include "server/socketio/test_client.h"

namespace kcs::socketio {
namespace {

using testing::Ask;
using ::testing::ElementsAre;
using testing::FakeResponder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeRequest;
using testing::TestConnection;

EngineConfig TestConfig() {
  EngineConfig config;
  config.ping_interval = 300ms;
  config.ping_timeout = 200ms;
  config.max_payload = 100;
  config.max_sessions = 3;
  config.max_pending_packets = 10;
  config.max_pending_bytes = 1'000;
  return config;
}

// An Engine.IO echo server and everything that is needed to talk to it.
class EngineServerTest : public ::testing::Test {
 protected:
  EngineServerTest()
      : engine_(runtime_, entropy_, TestConfig(), [this](const auto& session) { OnOpen(session); }) {}

  void OnOpen(const std::shared_ptr<EngineSession>& session) {
    session_ = session;
    EngineSession::Handlers handlers;
    handlers.on_message = [weak = std::weak_ptr(session)](std::string_view message, bool binary) {
      const auto self = weak.lock();
      self->Send(binary ? EngineFrame::BinaryMessage(std::make_shared<const std::string>(message))
                        : EngineFrame::TextMessage(message));
    };
    handlers.on_close = [this](EngineCloseReason reason) { closed_.push_back(reason); };
    session->SetHandlers(std::move(handlers));
  }

  std::string OpenPolling() {
    const auto answer = Ask(engine_, MakeRequest("GET", "polling"));
    EXPECT_EQ(answer->status(), 200);
    return session_.lock()->id();
  }
  std::shared_ptr<FakeResponder> Poll(std::string_view sid) {
    return Ask(engine_, MakeRequest("GET", "polling", sid));
  }
  std::shared_ptr<FakeResponder> Post(std::string_view sid, std::string_view body) {
    return Ask(engine_, MakeRequest("POST", "polling", sid, body));
  }
  TestConnection OpenWebSocket(std::string_view sid = {}) {
    return TestConnection(engine_, MakeRequest("GET", "websocket", sid));
  }

  http::ManualRuntime runtime_;
  SeededEntropy entropy_{1};
  std::weak_ptr<EngineSession> session_;
  std::vector<EngineCloseReason> closed_;
  EngineServer engine_;
};

TEST_F(EngineServerTest, OpensAPollingSession) {
  const auto answer = Ask(engine_, MakeRequest("GET", "polling"));
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->answer->headers.Get("Cache-Control"), "no-store");
  ASSERT_TRUE(answer->body().starts_with("0"));
  const auto hello = boost::json::parse(answer->body().substr(1)).as_object();
  EXPECT_EQ(hello.size(), 5U);
  EXPECT_EQ(hello.at("sid").as_string(), session_.lock()->id());
  EXPECT_EQ(hello.at("upgrades"), boost::json::array{"websocket"});
  EXPECT_EQ(hello.at("pingInterval"), 300);
  EXPECT_EQ(hello.at("pingTimeout"), 200);
  EXPECT_EQ(hello.at("maxPayload"), 100);
}

TEST_F(EngineServerTest, OpensAWebSocketSession) {
  TestConnection connection = OpenWebSocket();
  const auto sent = connection.Take();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_THAT(sent[0], HasSubstr(R"("upgrades":[])"));
}

TEST_F(EngineServerTest, NamesTheErrorsOfAHandshake) {
  const auto expect = [&](http::Request request, int code, const std::string& message) {
    const auto answer = Ask(engine_, std::move(request));
    EXPECT_EQ(answer->status(), 400);
    EXPECT_EQ(answer->body(), R"({"code":)" + std::to_string(code) + R"(,"message":")" + message + R"("})");
  };
  expect(MakeRequest("GET", ""), 0, "Transport unknown");
  expect(MakeRequest("GET", "abc"), 0, "Transport unknown");
  expect(MakeRequest("GET", "polling", "nobody"), 1, "Session ID unknown");
  expect(MakeRequest("POST", "polling"), 2, "Bad handshake method");
  expect(MakeRequest("PUT", "polling"), 2, "Bad handshake method");
  expect(MakeRequest("GET", "websocket"), 3, "Bad request");
  http::Request old = MakeRequest("GET", "polling");
  old.query = {};
  old.query.Add("transport", "polling");
  old.query.Add("EIO", "3");
  expect(old, 5, "Unsupported protocol version");
  EXPECT_EQ(engine_.sessions(), 0U);
}

TEST_F(EngineServerTest, RefusesWebSocketsWithTheSameErrors) {
  EXPECT_THAT(TestConnection(engine_, MakeRequest("GET", "abc")).refused->body, HasSubstr("\"code\":0"));
  EXPECT_THAT(OpenWebSocket("nobody").refused->body, HasSubstr("\"code\":1"));
  EXPECT_THAT(TestConnection(engine_, MakeRequest("GET", "polling")).refused->body, HasSubstr("\"code\":3"));
}

TEST_F(EngineServerTest, EchoesOverPolling) {
  const std::string sid = OpenPolling();
  const auto posted = Post(sid,
                           "4test1\x1e"
                           "4test2\x1e"
                           "bAQIDBA==");
  EXPECT_EQ(posted->status(), 200);
  EXPECT_EQ(posted->body(), "ok");
  EXPECT_EQ(Poll(sid)->body(),
            "4test1\x1e"
            "4test2\x1e"
            "bAQIDBA==");
}

TEST_F(EngineServerTest, AnswersAWaitingPollAtOnce) {
  const std::string sid = OpenPolling();
  const auto poll = Poll(sid);
  EXPECT_EQ(poll->status(), 0);
  Post(sid, "4hello");
  EXPECT_EQ(poll->body(), "4hello");
}

TEST_F(EngineServerTest, EchoesOverWebSocket) {
  TestConnection connection = OpenWebSocket();
  connection.Take();
  connection.Text("4hello");
  connection.Binary("\x01\x02");
  EXPECT_THAT(connection.Take(), ElementsAre("4hello", "<\x01\x02>"));
}

TEST_F(EngineServerTest, ClosesOnMalformedPackets) {
  const std::string sid = OpenPolling();
  EXPECT_EQ(Post(sid, "abc")->status(), 400);
  EXPECT_EQ(Poll(sid)->status(), 400);
  TestConnection connection = OpenWebSocket();
  connection.Text("abc");
  EXPECT_FALSE(connection.is_open());
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kParseError, EngineCloseReason::kParseError));
}

TEST_F(EngineServerTest, ClosesWhenTheClientPings) {
  TestConnection connection = OpenWebSocket();
  connection.Text("2");
  EXPECT_FALSE(connection.is_open());
}

TEST_F(EngineServerTest, ClosesOnASecondPoll) {
  const std::string sid = OpenPolling();
  const auto first = Poll(sid);
  EXPECT_EQ(Poll(sid)->status(), 400);
  EXPECT_EQ(first->body(), "1");
  EXPECT_EQ(Poll(sid)->status(), 400);
}

TEST_F(EngineServerTest, ClosesWhenAPollIsCancelled) {
  const std::string sid = OpenPolling();
  Poll(sid)->GoAway();
  EXPECT_EQ(Poll(sid)->status(), 400);
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kTransportError));
}

TEST_F(EngineServerTest, ClosesOnPayloadsThatAreTooLarge) {
  const std::string sid = OpenPolling();
  EXPECT_EQ(Post(sid, "4" + std::string(100, 'x'))->status(), 413);
  EXPECT_EQ(Poll(sid)->status(), 400);
  const std::string other = OpenPolling();
  http::Request huge = MakeRequest("POST", "polling", other);
  huge.body_too_large = true;
  EXPECT_EQ(Ask(engine_, huge)->status(), 413);
  EXPECT_EQ(engine_.sessions(), 0U);
}

TEST_F(EngineServerTest, RefusesTheBinaryPayloadsOfRevision3) {
  const std::string sid = OpenPolling();
  http::Request request = MakeRequest("POST", "polling", sid, "4x");
  request.headers.Set("content-type", "application/octet-stream");
  EXPECT_EQ(Ask(engine_, request)->status(), 400);
  EXPECT_EQ(engine_.sessions(), 0U);
}

TEST_F(EngineServerTest, PingsAsLongAsItIsAnswered) {
  TestConnection connection = OpenWebSocket();
  connection.Take();
  for (int i = 0; i < 3; ++i) {
    runtime_.Advance(299ms);
    EXPECT_THAT(connection.Take(), IsEmpty());
    runtime_.Advance(1ms);
    EXPECT_THAT(connection.Take(), ElementsAre("2"));
    connection.Text("3");
  }
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(EngineServerTest, GivesUpASilentClient) {
  TestConnection connection = OpenWebSocket();
  const std::string sid = OpenPolling();
  runtime_.Advance(499ms);
  EXPECT_TRUE(connection.is_open());
  runtime_.Advance(1ms);
  EXPECT_FALSE(connection.is_open());
  EXPECT_EQ(Poll(sid)->status(), 400);
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kPingTimeout, EngineCloseReason::kPingTimeout));
}

TEST_F(EngineServerTest, ClosesWhenTheClientSaysSo) {
  const std::string sid = OpenPolling();
  const auto poll = Poll(sid);
  EXPECT_EQ(Post(sid, "1")->status(), 200);
  EXPECT_EQ(poll->body(), "6");
  EXPECT_EQ(Poll(sid)->status(), 400);
  TestConnection connection = OpenWebSocket();
  connection.Text("1");
  EXPECT_FALSE(connection.is_open());
}

TEST_F(EngineServerTest, AnswersThePollThatTheGoodbyeOvertook) {
  const std::string sid = OpenPolling();
  Post(sid, "1");
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kTransportClose));
  EXPECT_EQ(Poll(sid)->body(), "6");
  EXPECT_EQ(Poll(sid)->status(), 400);
  const std::string other = OpenPolling();
  Post(other, "1");
  runtime_.Advance(1s);
  EXPECT_EQ(Poll(other)->status(), 400);
}

TEST_F(EngineServerTest, UpgradesToAWebSocket) {
  const std::string sid = OpenPolling();
  TestConnection probe = OpenWebSocket(sid);
  probe.Text("2probe");
  EXPECT_THAT(probe.Take(), ElementsAre("3probe"));
  const auto poll = Poll(sid);
  EXPECT_EQ(poll->status(), 0);
  runtime_.Advance(100ms);
  EXPECT_EQ(poll->body(), "6");
  session_.lock()->Send(EngineFrame::TextMessage("in between"));
  EXPECT_THAT(probe.Take(), IsEmpty());
  probe.Text("5");
  probe.Text("4hello");
  EXPECT_THAT(probe.Take(), ElementsAre("4in between", "4hello"));
  EXPECT_TRUE(session_.lock()->is_websocket());

  EXPECT_EQ(Poll(sid)->status(), 400);
  EXPECT_EQ(Post(sid, "4x")->status(), 400);
  TestConnection second = OpenWebSocket(sid);
  EXPECT_FALSE(second.refused);
  EXPECT_FALSE(second.is_open());
  EXPECT_TRUE(probe.is_open());
}

TEST_F(EngineServerTest, KeepsPollingWhenAProbeFails) {
  const std::string sid = OpenPolling();
  TestConnection wrong = OpenWebSocket(sid);
  wrong.Text("4hello");
  EXPECT_FALSE(wrong.is_open());
  TestConnection lost = OpenWebSocket(sid);
  lost.Text("2probe");
  lost.Drop();
  TestConnection binary = OpenWebSocket(sid);
  binary.Binary("2probe");
  EXPECT_FALSE(binary.is_open());
  Post(sid, "4still here");
  EXPECT_EQ(Poll(sid)->body(), "4still here");
  EXPECT_EQ(engine_.counters()[EngineEvent::kUpgradeFailed], 3U);
}

TEST_F(EngineServerTest, ClosesAProbeThatDoesNotUpgrade) {
  const std::string sid = OpenPolling();
  TestConnection probe = OpenWebSocket(sid);
  probe.Text("2probe");
  runtime_.Advance(10s);
  EXPECT_FALSE(probe.is_open());
}

TEST_F(EngineServerTest, HoldsThePingBackWhileUpgrading) {
  const std::string sid = OpenPolling();
  TestConnection probe = OpenWebSocket(sid);
  probe.Text("2probe");
  probe.Take();
  runtime_.Advance(600ms);
  EXPECT_EQ(Poll(sid)->status(), 0);
  probe.Text("5");
  EXPECT_THAT(probe.Take(), ElementsAre("2"));
}

TEST_F(EngineServerTest, TellsAPollingClientThatItIsClosed) {
  const std::string sid = OpenPolling();
  const auto poll = Poll(sid);
  session_.lock()->Close();
  EXPECT_EQ(poll->body(), "1");

  const std::string late = OpenPolling();
  session_.lock()->Send(EngineFrame::TextMessage("last words"));
  session_.lock()->Close();
  EXPECT_EQ(closed_.size(), 2U);
  EXPECT_EQ(Poll(late)->body(),
            "4last words\x1e"
            "1");
  EXPECT_EQ(Poll(late)->status(), 400);

  OpenPolling();
  session_.lock()->Close();
  runtime_.Advance(30s);
  EXPECT_EQ(engine_.sessions(), 0U);
}

TEST_F(EngineServerTest, ClosesASessionThatDoesNotFetchItsPackets) {
  const std::string sid = OpenPolling();
  for (int i = 0; i < 11; ++i) session_.lock()->Send(EngineFrame::TextMessage("x"));
  EXPECT_THAT(closed_, IsEmpty()) << "not from inside Send()";
  runtime_.RunPosted();
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kOverflow));

  OpenPolling();
  session_.lock()->Send(EngineFrame::TextMessage(std::string(1'000, 'x')));
  runtime_.RunPosted();
  EXPECT_EQ(closed_.size(), 2U);
}

TEST_F(EngineServerTest, CutsAWebSocketThatDoesNotDrain) {
  TestConnection connection = OpenWebSocket();
  connection.socket->full = true;
  session_.lock()->Send(EngineFrame::TextMessage("x"));
  runtime_.RunPosted();
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kOverflow));
  EXPECT_TRUE(connection.socket->aborted);
}

TEST_F(EngineServerTest, BoundsTheNumberOfSessions) {
  for (int i = 0; i < 3; ++i) OpenPolling();
  EXPECT_EQ(Ask(engine_, MakeRequest("GET", "polling"))->status(), 503);
  EXPECT_EQ(OpenWebSocket().refused->status, 503);
}

TEST_F(EngineServerTest, KnowsWhyAWebSocketEnded) {
  OpenWebSocket().Drop(1001);
  OpenWebSocket().Drop(1009);
  EXPECT_THAT(closed_, ElementsAre(EngineCloseReason::kTransportClose, EngineCloseReason::kPayloadTooLarge));
  EXPECT_EQ(engine_.sessions(), 0U);
}

TEST_F(EngineServerTest, ClosesEverySessionAndRefusesNewOnes) {
  TestConnection connection = OpenWebSocket();
  engine_.Close();
  EXPECT_FALSE(connection.is_open());
  EXPECT_EQ(Ask(engine_, MakeRequest("GET", "polling"))->status(), 503);
}

TEST_F(EngineServerTest, LeavesNoTimerBehind) {
  TestConnection connection = OpenWebSocket();
  const std::string sid = OpenPolling();
  TestConnection probe = OpenWebSocket(sid);
  probe.Text("2probe");
  connection.Drop();
  Post(sid, "1");
  Poll(sid);
  EXPECT_EQ(runtime_.pending_timers(), 0U);
}

}  // namespace
}  // namespace kcs::socketio
