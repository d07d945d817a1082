#include "server/socketio/packet.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "server/socketio/surrogates.h"

namespace kcs::socketio {
namespace {

namespace json = boost::json;

std::optional<Packet> Decode(std::string_view text) { return DecodePacket(text, PacketLimits()); }

TEST(Packet, ReadsEveryPart) {
  const auto packet = Decode(R"(52-/admin,456["e",{"_placeholder":true,"num":0}])");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, PacketType::kBinaryEvent);
  EXPECT_EQ(packet->attachments, 2U);
  EXPECT_EQ(packet->nsp, "/admin");
  EXPECT_EQ(packet->id, 456U);
  EXPECT_EQ(packet->data, json::parse(R"(["e",{"_placeholder":true,"num":0}])"));
}

TEST(Packet, ReadsNamespacesWithAndWithoutJson) {
  EXPECT_EQ(Decode("0/custom,")->nsp, "/custom");
  EXPECT_EQ(Decode("0/custom")->nsp, "/custom");
  EXPECT_EQ(Decode("1/custom")->type, PacketType::kDisconnect);
  EXPECT_EQ(Decode(R"(0/a?b=c,{"t":1})")->nsp, "/a?b=c");
  EXPECT_EQ(Decode("0")->nsp, "/");
}

TEST(Packet, WritesWhatItReads) {
  for (const char* text : {"0", R"(0{"token":"x"})", "0/custom,", R"(0/custom,{"sid":"a"})", "1", "1/custom,",
                           R"(2["e",1,"2",{"3":[true]}])", R"(2/a,7["e"])", "3456[]", R"(4{"message":"no"})",
                           R"(51-["e",{"_placeholder":true,"num":0}])", "61-3[null]"}) {
    const auto packet = Decode(text);
    ASSERT_TRUE(packet) << text;
    std::string out;
    AppendPacket(out, *packet);
    EXPECT_EQ(out, text);
  }
}

TEST(Packet, RefusesWhatDoesNotFitItsType) {
  for (const char* text : {
           "",
           "7",
           "abc",
           "2",                             // no event
           "2{}",                           // not an array
           "2[]",                           // no name
           "2[true]",                       // not a name
           R"(2["connect"])",               // reserved
           R"(2["disconnecting",1])",       // reserved
           R"(2abc["e"])",                  // not an id
           R"(2["e")",                      // not JSON
           R"(2["e"]x)",                    // more than JSON
           "0[]",                           // not an object
           R"(0"text")",                    // not an object
           R"(1{"a":1})",                   // nothing expected
           "3",                             // no array
           "3{}",                           // not an array
           R"(5["e"])",                     // no number of attachments
           R"(5-["e"])",                    // the same
           R"(51["e"])",                    // no dash
           R"(511-["e"])",                  // too many
           R"(5-1-["e"])",                  // negative
           R"(299999999999999999999["e"])"  // an id beyond 2^53
       }) {
    EXPECT_FALSE(Decode(text)) << text;
  }
}

TEST(Packet, BoundsTheDepthOfItsJson) {
  const auto nested = [](int depth) {
    return R"(2["e",)" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "]";
  };
  EXPECT_TRUE(Decode(nested(60)));
  EXPECT_FALSE(Decode(nested(100)));
  EXPECT_FALSE(Decode(nested(100'000)));
}

TEST(Packet, TakesNumbersAsEventNames) { EXPECT_TRUE(Decode("2[1,2]")); }

TEST(Packet, PassesOnNoNumberThatJsonCannotWrite) {
  const auto packet = Decode(R"(2["e",1e999,[-1e999],{"a":0e1111},1.5])");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->data, json::parse(R"(["e",null,[null],{"a":null},1.5])"));
}

TEST(Packet, SurvivesHalfAnEmoji) {
  const auto packet = Decode(R"(2["chat","cut \ud83d"])");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->data.at(1).as_string(), "cut \xef\xbf\xbd");
}

TEST(Surrogates, ReplacesOnlyTheLone) {
  EXPECT_EQ(RepairSurrogates(R"("\ud83d\ude00")"), std::nullopt);
  EXPECT_EQ(RepairSurrogates(R"("\ud83d\ud83d\ude00")"), R"("\ufffd\ud83d\ude00")");
  EXPECT_EQ(RepairSurrogates(R"("\ude00 a\n")"), R"("\ufffd a\n")");
  EXPECT_EQ(RepairSurrogates(R"("\\ud83d")"), std::nullopt);  // a backslash, then letters
  EXPECT_EQ(RepairSurrogates(R"("\ud83)"), std::nullopt);
  EXPECT_EQ(RepairSurrogates("\\"), std::nullopt);
}

}  // namespace
}  // namespace kcs::socketio
