#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/meeting/meeting.h"
#include "server/meeting/test_room.h"

namespace kcs::meeting {
namespace {

using ortc::MediaKind;
using testing::ElementsAre;
using testing::SizeIs;

RouterStats OneTransport() { return {.transports = {TransportStats{}}, .producers = {}, .consumers = {}}; }

// Alice is the host and sends, Bob receives.
class Statistics : public testing::Test {
 protected:
  Statistics() {
    room_.Join("alice");
    room_.Join("bob");
    room_.Transport("alice", Direction::kSend);
    room_.Produce("alice", MediaKind::kVideo);
    room_.Transport("bob", Direction::kReceive);
    room_.Consume("bob", "alice", MediaKind::kVideo);
  }
  void Wait(std::int64_t millis) { room_.now = UnixMillis{room_.now.value() + millis}; }

  TestRoom room_;
};

TEST_F(Statistics, AreThoseOfWhoAsks) {
  EXPECT_THAT(room_.Do("bob", GetStats{}), ElementsAre("media: read-stats of 1 transports"));
  EXPECT_EQ(room_.asked()[0].query.router, room_.meeting().router());
  EXPECT_THAT(room_.asked()[0].query.transports,
              ElementsAre(room_.meeting().MediaByParticipant().at(1).transports.at(0).media));
  EXPECT_THAT(room_.ReleaseStats(OneTransport()), ElementsAre("bob <- stats of bob T2 C1: 1"));
}

TEST_F(Statistics, OfOthersAreForHostsOnly) {
  EXPECT_THAT(room_.Do("bob", GetStats{"alice"}), ElementsAre("bob <- error forbidden"));
  EXPECT_THAT(room_.Do("bob", GetStats{"nobody"}), ElementsAre("bob <- error forbidden"));
  room_.Do("alice", GetStats{"bob"});
  EXPECT_THAT(room_.ReleaseStats(OneTransport()), ElementsAre("alice <- stats of bob T2 C1: 1"));
  EXPECT_THAT(room_.Do("alice", GetStats{"nobody"}), ElementsAre("alice <- error not-found"));
}

TEST_F(Statistics, AreForThoseWhoHaveJoined) {
  room_.Socket("carol");
  EXPECT_THAT(room_.Do("carol", GetStats{}), ElementsAre("carol <- error not-joined"));
}

TEST_F(Statistics, OfWhoHasNoTransportNeedNoWorker) {
  room_.Join("carol");
  EXPECT_THAT(room_.Do("carol", GetStats{}), ElementsAre("carol <- stats of carol: 0"));
}

TEST_F(Statistics, MayBeAskedForOnceASecond) {
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    room_.Do("bob", GetStats{});
    Wait(100);
  }
  while (!room_.asked().empty()) {
    room_.ReleaseStats(OneTransport());
    ++answered;
  }
  EXPECT_NEAR(answered, 10, 1);
}

// However many ask: the statistics of everybody in a large meeting cost more than a server has.
TEST(LargeMeeting, ReadsTheStatisticsOfSoManyStreamsASecond) {
  TestRoom room;
  room.Join("alice");
  room.Transport("alice", Direction::kSend);
  room.Produce("alice", MediaKind::kAudio);
  std::vector<std::string> names;
  constexpr int kReceivers = 12;
  constexpr int kStreams = 500;
  for (int i = 0; i < kReceivers; ++i) {
    names.push_back("r" + std::to_string(i));
    room.Join(names.back());
    room.Transport(names.back(), Direction::kReceive);
    for (int k = 0; k < kStreams; ++k) room.Consume(names.back(), "alice", MediaKind::kAudio);
  }
  constexpr int kSeconds = 20;
  for (int i = 0; i < kSeconds * 10; ++i) {
    for (const std::string& name : names) room.Do(name, GetStats{});
    room.now = UnixMillis{room.now.value() + 100};
  }
  const auto streams = static_cast<double>(room.asked().size()) * kStreams;
  EXPECT_LE(streams / kSeconds, 5500);
  EXPECT_GE(streams / kSeconds, 4500);
}

TEST_F(Statistics, AreRefusedWhenTheWorkerOrTheParticipantIsGone) {
  room_.Do("alice", GetStats{"bob"});
  EXPECT_THAT(room_.ReleaseStats(kcs::Fail(Error{ErrorCode::kUnavailable, "the worker is down"})),
              ElementsAre("alice <- error unavailable"));
  Wait(1000);
  room_.Do("alice", GetStats{"bob"});
  room_.Leave(room_.Of("bob"));
  EXPECT_THAT(room_.ReleaseStats(OneTransport()), ElementsAre("alice <- error not-found"));
  Wait(1000);
  room_.Do("alice", GetStats{});
  room_.Leave(room_.Of("alice"));
  EXPECT_FALSE(room_.meeting().idle());
  EXPECT_THAT(room_.ReleaseStats(OneTransport()), ElementsAre("alice <- error invalid-state"));
  EXPECT_TRUE(room_.meeting().idle());
}

}  // namespace
}  // namespace kcs::meeting
