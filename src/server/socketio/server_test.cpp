#include "server/socketio/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "server/http/manual_runtime.h"
#include "server/socketio/arguments.h"
#include "server/socketio/test_client.h"

namespace kcs::socketio {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::TestClient;

class SocketIoTest : public ::testing::Test {
 protected:
  SocketIoTest() : server_(runtime_, entropy_, ServerConfig()), nsp_(server_.Of("/")) {
    nsp_.OnConnection([this](const SocketPtr& socket) { connected_.push_back(socket); });
    nsp_.OnDisconnect(
        [this](const SocketPtr&, DisconnectReason reason) { left_.emplace_back(ToString(reason)); });
  }

  TestClient Connect(std::string_view connect = "40") { return TestClient(server_.engine(), connect); }

  http::ManualRuntime runtime_;
  SeededEntropy entropy_{1};
  std::vector<SocketPtr> connected_;
  std::vector<std::string> left_;
  Server server_;
  Namespace& nsp_;
};

TEST_F(SocketIoTest, ConnectsWithAnIdOfItsOwn) {
  TestClient client = Connect();
  ASSERT_EQ(connected_.size(), 1U);
  EXPECT_THAT(client.Take(), ElementsAre(R"(0{"sid":")" + connected_[0]->id() + R"("})"));
  EXPECT_EQ(boost::json::serialize(*connected_[0]->handshake().auth), "{}");
  EXPECT_EQ(nsp_.Find(connected_[0]->id()), connected_[0]);
}

TEST_F(SocketIoTest, HandsTheHandshakeToTheApplication) {
  Connect(R"(40{"token":"x"})");
  EXPECT_EQ(boost::json::serialize(*connected_[0]->handshake().auth), R"({"token":"x"})");
  EXPECT_EQ(connected_[0]->handshake().request->query.Get("EIO"), "4");
}

TEST_F(SocketIoTest, ConnectsToNamespacesThatExist) {
  Namespace& custom = server_.Of("/custom");
  TestClient client = Connect("40/custom,");
  EXPECT_THAT(client.Take(), ElementsAre(StartsWith(R"(0/custom,{"sid":)")));
  EXPECT_EQ(custom.socket_count(), 1U);
  client.Send("0/random");
  EXPECT_THAT(client.Take(), ElementsAre(R"(4/random,{"message":"Invalid namespace"})"));
  EXPECT_TRUE(client.connection.is_open());
}

TEST_F(SocketIoTest, RefusesWithMessageAndData) {
  nsp_.Use([](const SocketPtr&, const Next& next) {
    next(ConnectError{"bad token", {{"code", "unauthorized"}}});
  });
  TestClient client = Connect();
  EXPECT_THAT(client.Take(), ElementsAre(R"(4{"message":"bad token","data":{"code":"unauthorized"}})"));
  EXPECT_THAT(connected_, IsEmpty());
  EXPECT_TRUE(client.connection.is_open()) << "the client may try again";
}

TEST_F(SocketIoTest, WaitsForEveryMiddleware) {
  std::vector<Next> waiting;
  nsp_.Use([](const SocketPtr& socket, const Next& next) {
    socket->data() = std::string("alice");
    next(std::nullopt);
  });
  nsp_.Use([&](const SocketPtr&, const Next& next) { waiting.push_back(next); });
  TestClient client = Connect();
  EXPECT_THAT(client.Take(), IsEmpty());
  waiting[0](std::nullopt);
  waiting[0](ConnectError{"too late", {}});
  EXPECT_THAT(client.Take(), ElementsAre(StartsWith("0{")));
  EXPECT_EQ(*connected_[0]->data_as<std::string>(), "alice");
}

TEST_F(SocketIoTest, AnswersOnceWhenAskedTwice) {
  std::vector<Next> waiting;
  nsp_.Use([&](const SocketPtr&, const Next& next) { waiting.push_back(next); });
  TestClient client = Connect();
  client.Send("0");
  ASSERT_EQ(waiting.size(), 1U);
  waiting[0](std::nullopt);
  EXPECT_EQ(client.Take().size(), 1U);
  EXPECT_TRUE(client.connection.is_open());
}

TEST_F(SocketIoTest, ForgetsAClientThatLeavesBeforeItIsLetIn) {
  std::vector<Next> waiting;
  nsp_.Use([&](const SocketPtr&, const Next& next) { waiting.push_back(next); });
  TestClient gone = Connect();
  gone.connection.Drop();
  TestClient bored = Connect();
  bored.Send("1");
  for (const Next& next : waiting) next(std::nullopt);
  EXPECT_THAT(connected_, IsEmpty());
  EXPECT_THAT(left_, IsEmpty());
  bored.Send("0");
  waiting.back()(std::nullopt);
  EXPECT_EQ(connected_.size(), 1U);
}

TEST_F(SocketIoTest, ClosesASessionThatJoinsNothing) {
  TestClient idle = Connect("");
  TestClient joined = Connect();
  runtime_.Advance(24s);
  idle.connection.Text("2");  // a mistake of its own closes it as well
  EXPECT_FALSE(idle.connection.is_open());
  TestClient silent = Connect("");
  for (int i = 0; i < 2; ++i) {
    runtime_.Advance(20s);
    silent.connection.Text("3");
    joined.connection.Text("3");
  }
  EXPECT_TRUE(silent.connection.is_open());
  runtime_.Advance(5s);
  EXPECT_FALSE(silent.connection.is_open());
  EXPECT_TRUE(joined.connection.is_open());
}

TEST_F(SocketIoTest, EchoesEventsWithTheirArguments) {
  nsp_.On("message", [](const SocketPtr& socket, const Arguments& arguments, const Ack& ack) {
    EXPECT_FALSE(ack);
    socket->Emit("message-back", arguments);
  });
  TestClient client = Connect();
  client.Take();
  client.Send(R"(2["message",1,"2",{"3":[true]}])");
  EXPECT_THAT(client.Take(), ElementsAre(R"(2["message-back",1,"2",{"3":[true]}])"));
}

TEST_F(SocketIoTest, EchoesBinaryArguments) {
  nsp_.On("message", [](const SocketPtr& socket, const Arguments& arguments, const Ack& ack) {
    socket->Emit("back", arguments);
    ack(arguments);
  });
  TestClient client = Connect();
  client.Take();
  client.Send(R"(51-7["message",{"_placeholder":true,"num":0}])");
  EXPECT_THAT(client.Take(), IsEmpty());
  client.connection.Binary("\x01\x02");
  EXPECT_THAT(client.Take(), ElementsAre(R"(51-["back",{"_placeholder":true,"num":0}])", "<\x01\x02>",
                                         R"(61-7[{"_placeholder":true,"num":0}])", "<\x01\x02>"));
}

TEST_F(SocketIoTest, AcknowledgesOnceAndLater) {
  Ack kept;
  nsp_.On("ask", [&](const SocketPtr&, const Arguments&, const Ack& ack) { kept = ack; });
  TestClient client = Connect();
  client.Take();
  client.Send(R"(2456["ask"])");
  kept(boost::json::object{{"ok", true}});
  kept(boost::json::object{{"ok", false}});
  EXPECT_THAT(client.Take(), ElementsAre(R"(3456[{"ok":true}])"));
  client.Send(R"(2457["ask"])");
  client.connection.Drop();
  kept(boost::json::object{{"ok", true}});
}

TEST_F(SocketIoTest, GivesUnknownEventsToWhoWantsThem) {
  std::vector<std::string> seen;
  TestClient client = Connect();
  client.Send(R"(2["nobody listens"])");
  nsp_.OnOther([&](const SocketPtr&, std::string_view event, const Arguments&, const Ack&) {
    seen.emplace_back(event);
  });
  client.Send(R"(2["what"])");
  client.Send("2[42]");
  EXPECT_THAT(seen, ElementsAre("what", "42"));
  EXPECT_EQ(server_.counters()[ServerEvent::kEventUnhandled], 3U);
}

TEST_F(SocketIoTest, SurvivesAHandlerThatThrows) {
  nsp_.On("bad", [](const auto&, const auto&, const auto&) { throw std::runtime_error("oops"); });
  TestClient client = Connect();
  client.Send(R"(2["bad"])");
  EXPECT_TRUE(client.connection.is_open());
  EXPECT_EQ(server_.counters()[ServerEvent::kHandlerThrew], 1U);
}

TEST_F(SocketIoTest, RefusesWhenAMiddlewareThrows) {
  nsp_.Use([](const SocketPtr&, const Next&) { throw std::runtime_error("oops"); });
  TestClient client = Connect();
  EXPECT_THAT(client.Take(), ElementsAre(R"(4{"message":"internal error","data":{"code":"internal"}})"));
}

TEST_F(SocketIoTest, ClosesOnMalformedPackets) {
  for (const char* packet : {"abc", "2{}", R"(2abc["e"])", R"(2["connect"])"}) {
    TestClient client = Connect();
    client.Send(packet);
    EXPECT_FALSE(client.connection.is_open()) << packet;
  }
  EXPECT_THAT(left_, ElementsAre("parse error", "parse error", "parse error", "parse error"));
}

TEST_F(SocketIoTest, ClosesOnPacketsOutOfPlace) {
  TestClient early = Connect("");
  early.Send(R"(2["e"])");
  EXPECT_FALSE(early.connection.is_open());
  TestClient twice = Connect();
  twice.Send("0");
  EXPECT_FALSE(twice.connection.is_open());
  TestClient confused = Connect();
  confused.Send(R"(4{"message":"I refuse"})");
  EXPECT_FALSE(confused.connection.is_open());
  EXPECT_EQ(server_.counters()[ServerEvent::kInvalidState], 3U);
}

TEST_F(SocketIoTest, LetsAClientLeaveOneNamespace) {
  server_.Of("/custom");
  TestClient client = Connect();
  client.Send("0/custom,");
  client.Send("1/custom,");
  EXPECT_TRUE(client.connection.is_open());
  EXPECT_EQ(server_.Of("/custom").socket_count(), 0U);
  client.Send("1");
  EXPECT_THAT(left_, ElementsAre("client namespace disconnect"));
  client.Send("0");
  EXPECT_EQ(connected_.size(), 2U) << "and come back";
}

TEST_F(SocketIoTest, DisconnectsFromOneNamespaceOrAltogether) {
  TestClient client = Connect();
  client.Take();
  connected_[0]->Disconnect();
  EXPECT_THAT(client.Take(), ElementsAre("1"));
  EXPECT_TRUE(client.connection.is_open());
  EXPECT_FALSE(connected_[0]->connected());

  server_.Of("/custom");
  TestClient other = Connect();
  other.Send("0/custom,");
  other.Take();
  connected_[1]->Disconnect(true);
  EXPECT_THAT(other.Take(), ElementsAre("1", "1/custom,"));
  EXPECT_FALSE(other.connection.is_open());
  EXPECT_THAT(left_, ElementsAre("server namespace disconnect", "server namespace disconnect"));
}

TEST_F(SocketIoTest, TellsWhyASocketLeft) {
  Connect().connection.Drop();
  TestClient silent = Connect();
  runtime_.Advance(45s);
  TestClient last = Connect();
  server_.Close();
  EXPECT_THAT(left_, ElementsAre("transport close", "ping timeout", "server shutting down"));
}

TEST_F(SocketIoTest, SerialisesABroadcastOnce) {
  std::vector<TestClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Connect());
    clients.back().Take();
    connected_.back()->Join("room");
  }
  nsp_.EmitTo("room", "news", boost::json::value(1));
  ASSERT_EQ(clients[0].connection.socket->sent.size(), 1U);
  EXPECT_EQ(*clients[0].connection.socket->sent[0].first, R"(42["news",1])");
  EXPECT_EQ(clients[0].connection.socket->sent[0].first.get(),
            clients[2].connection.socket->sent[0].first.get());
}

TEST_F(SocketIoTest, ReachesTheRightAudience) {
  std::vector<TestClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(Connect());
    clients.back().Take();
  }
  connected_[0]->Join("a");
  connected_[1]->Join("a");
  connected_[1]->Join("a");
  connected_[1]->Join("b");
  connected_[2]->Join("b");
  const auto received = [&] {
    std::string out;
    for (TestClient& client : clients) out += std::to_string(client.Take().size());
    return out;
  };
  const boost::json::value nothing(nullptr);
  nsp_.EmitTo("a", "e", nothing);
  EXPECT_EQ(received(), "1100");
  nsp_.Emit(Audience{{"a", "b"}, {}}, "e", nothing);
  EXPECT_EQ(received(), "1110") << "once, though in both rooms";
  nsp_.Emit(Audience{{"a", "b"}, {connected_[0]->id()}}, "e", nothing);
  EXPECT_EQ(received(), "0110");
  nsp_.Emit(Audience{{}, {"a"}}, "e", nothing);
  EXPECT_EQ(received(), "0011");
  nsp_.Emit(Audience{}, "e", nothing);
  EXPECT_EQ(received(), "1111");
  nsp_.EmitTo(connected_[3]->id(), "e", nothing);
  EXPECT_EQ(received(), "0001");
  connected_[1]->Leave("a");
  nsp_.EmitTo("a", "e", nothing);
  EXPECT_EQ(received(), "1000");
  clients[0].connection.Drop();
  EXPECT_THAT(nsp_.In("a"), IsEmpty());
  EXPECT_THAT(connected_[1]->Rooms(), ElementsAre("b"));
}

TEST_F(SocketIoTest, DoesNotEmitToWhoHasLeft) {
  TestClient client = Connect();
  client.Take();
  client.connection.Drop();
  connected_[0]->Emit("e", boost::json::value(1));
  connected_[0]->Join("room");
  EXPECT_THAT(client.Take(), IsEmpty());
  EXPECT_THAT(nsp_.In("room"), IsEmpty());
}

TEST_F(SocketIoTest, AsksTheClient) {
  std::vector<std::string> answers;
  const AckCallback note = [&](const Arguments* arguments) {
    answers.push_back(arguments == nullptr ? "none" : boost::json::serialize(arguments->values));
  };
  TestClient client = Connect();
  client.Take();
  connected_[0]->EmitWithAck("q", boost::json::value(1), 1s, note);
  connected_[0]->EmitWithAck("q", boost::json::value(2), 1s, note);
  connected_[0]->EmitWithAck("q", boost::json::value(3), 30s, note);
  EXPECT_THAT(client.Take(), ElementsAre(R"(20["q",1])", R"(21["q",2])", R"(22["q",3])"));
  client.Send(R"(31["two"])");
  client.Send(R"(31["again"])");
  EXPECT_THAT(answers, ElementsAre(R"(["two"])"));
  runtime_.Advance(1s);
  EXPECT_THAT(answers, ElementsAre(R"(["two"])", "none"));
  client.connection.Drop();
  EXPECT_THAT(answers, ElementsAre(R"(["two"])", "none", "none"));
  EXPECT_EQ(server_.counters()[ServerEvent::kAckUnknown], 1U);
  EXPECT_EQ(runtime_.pending_timers(), 0U);
}

TEST_F(SocketIoTest, KeepsBroadcastingWhenOneReceiverIsCut) {
  nsp_.OnDisconnect([this](const SocketPtr& socket, DisconnectReason) {
    nsp_.EmitTo("room", "gone", boost::json::value(socket->id()));
  });
  std::vector<TestClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Connect());
    clients.back().Take();
    connected_.back()->Join("room");
  }
  clients[1].connection.socket->full = true;
  nsp_.EmitTo("room", "news", boost::json::value(1));
  runtime_.RunPosted();
  EXPECT_EQ(clients[0].Take().size(), 2U);
  EXPECT_EQ(clients[2].Take().size(), 2U);
}

}  // namespace
}  // namespace kcs::socketio
