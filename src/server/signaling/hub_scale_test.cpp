#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "server/auth/password.h"
#include "server/signaling/test_hub.h"

// What makes the hub cheap when very many people are in one meeting.
namespace kcs::signaling {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
using testing::TestHub;
using testing::TestUser;

TEST(HubScale, SendsAllMembersTheSameBuffer) {
  TestHub test;
  std::vector<std::unique_ptr<TestUser>> users;
  for (int i = 0; i < 20; ++i) {
    users.push_back(std::make_unique<TestUser>(test, "user-" + std::to_string(i)));
    users.back()->Join();
  }
  users[3]->Emit("send-reaction", R"({"meetingId":"room","reaction":"hi"})");
  test.runtime.RunPosted();
  const http::SharedText sent = users[0]->LastSent();
  EXPECT_THAT(*sent, StartsWith(R"(42["participant-reaction",)"));
  for (const auto& user : users) EXPECT_EQ(user->LastSent(), sent);
}

TEST(HubScale, AsksForTheRecordOfAMeetingOnlyWhenItBegins) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.Join();
  EXPECT_EQ(test.directory.asked, 1U);
  TestUser bob(test, "bob");
  bob.Join();
  EXPECT_EQ(test.directory.asked, 1U);
  EXPECT_EQ(test.meetings.Find("room")->census().participants, 2U);

  // It ends, and may be another one when it begins again.
  alice.Do("leave-meeting", R"({"meetingId":"room"})");
  bob.Do("leave-meeting", R"({"meetingId":"room"})");
  bob.Join();
  EXPECT_EQ(test.directory.asked, 2U);
}

TEST(HubScale, GoesByAPasswordThatWasChangedWhileTheOldOneWasChecked) {
  TestHub test;
  meeting::MeetingRecord& record = test.AddMeeting("room");
  record.password_hash = *auth::HashPassword("old");
  TestUser alice(test, "alice");
  alice.EmitWithAck("join-meeting", R"({"meetingId":"room","meeting_password":"old"})");
  // Between the question and the answer.
  const std::string hash = *auth::HashPassword("new");
  test.runtime.Post([&] { record.password_hash = hash; });
  EXPECT_THAT(alice.Take(), ElementsAre(StartsWith(R"(ack {"ok":false,"error":{"code":"wrong-password")"),
                                        StartsWith(R"(error {"code":"wrong-password")")));
  EXPECT_EQ(alice.CodeOf("join-meeting", R"({"meetingId":"room","meeting_password":"new"})"), "ok");
}

TEST(HubScale, AcknowledgesWithTheFieldsOfTheEvent) {
  TestHub test;
  TestUser alice(test, "alice");
  alice.EmitWithAck("join-meeting", R"({"meetingId":"room"})");
  const std::vector<std::string> taken = alice.Take();
  ASSERT_EQ(taken.size(), 2U);
  ASSERT_THAT(taken[1], StartsWith("meeting-joined {"));
  EXPECT_EQ(taken[0], R"(ack {"ok":true,)" + taken[1].substr(std::string("meeting-joined {").size()));
  alice.EmitWithAck("send-reaction", R"({"meetingId":"room","reaction":"hi"})");
  EXPECT_THAT(alice.Take(), ElementsAre(R"(ack {"ok":true})", StartsWith("participant-reaction ")));
}

}  // namespace
}  // namespace kcs::signaling
