#include "load/socketio_codec.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

namespace kcs::load {
namespace {

namespace json = boost::json;
using Kind = SocketMessage::Kind;

TEST(SocketIoCodec, WritesWhatAServerUnderstands) {
  EXPECT_EQ(ConnectMessage(json::object{{"token", "x"}}), R"(40{"token":"x"})");
  EXPECT_EQ(EventMessage("join-meeting", json::object{{"meetingId", "m"}}, 7),
            R"(427["join-meeting",{"meetingId":"m"}])");
  EXPECT_EQ(PongMessage(), "3");
  EXPECT_EQ(DisconnectMessage(), "41");
}

TEST(SocketIoCodec, ReadsTheHandshake) {
  const auto open = DecodeMessage(R"(0{"sid":"s","pingInterval":25000})");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->kind, Kind::kOpen);
  EXPECT_EQ(open->data.at("sid").as_string(), "s");
  EXPECT_EQ(DecodeMessage(R"(40{"sid":"t"})")->kind, Kind::kConnect);
  EXPECT_EQ(DecodeMessage("40")->kind, Kind::kConnect);
  EXPECT_EQ(DecodeMessage("2")->kind, Kind::kPing);
}

TEST(SocketIoCodec, ReadsARefusal) {
  const auto refused = DecodeMessage(R"(44{"message":"bad token","data":{"code":"unauthorized"}})");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, Kind::kRefused);
  EXPECT_EQ(refused->data.at("message").as_string(), "bad token");
}

TEST(SocketIoCodec, ReadsEventsWithAndWithoutArguments) {
  const auto event = DecodeMessage(R"(42["new-producer",{"kind":"audio"}])");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Kind::kEvent);
  EXPECT_EQ(event->event, "new-producer");
  EXPECT_EQ(event->data.at("kind").as_string(), "audio");
  const auto bare = DecodeMessage(R"(42["ping"])");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->data.is_null());
  // With an id of its own: the server would like an acknowledgement, which such a client does not give.
  EXPECT_EQ(DecodeMessage(R"(4212["e",1])")->event, "e");
}

TEST(SocketIoCodec, ReadsAcknowledgements) {
  const auto ack = DecodeMessage(R"(43123[{"ok":true}])");
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->kind, Kind::kAck);
  EXPECT_EQ(ack->id, 123U);
  EXPECT_TRUE(ack->data.at("ok").as_bool());
}

TEST(SocketIoCodec, ReadsEndings) {
  EXPECT_EQ(DecodeMessage("1")->kind, Kind::kClose);
  EXPECT_EQ(DecodeMessage("41")->kind, Kind::kClose);
}

TEST(SocketIoCodec, PassesOverWhatIsNotForIt) {
  for (const char* text : {"3", "5", "6", R"(42/admin,["e"])"})
    EXPECT_EQ(DecodeMessage(text)->kind, Kind::kIgnored) << text;
}

TEST(SocketIoCodec, RefusesWhatIsNoMessage) {
  for (const char* text : {"", "9", "4", "49", "0", "0{", "42", "42{}", "42[]", "42[1]", "43", "43{}",
                           "42[\"e\"", "4399999999999999999999999[]", "44"}) {
    EXPECT_FALSE(DecodeMessage(text)) << text;
  }
}

}  // namespace
}  // namespace kcs::load
