#include "engine/media/key_frame_requester.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace kcs::media {
namespace {

constexpr Duration kRtt = 50ms;

TEST(KeyFrameRequester, PassesTheFirstWishOnAtOnce) {
  KeyFrameRequester requester;
  EXPECT_EQ(requester.NextDeadline(), kNever);
  EXPECT_FALSE(requester.Due(Timestamp{1s}, kRtt));
  requester.Request(Timestamp{1s});
  EXPECT_EQ(requester.NextDeadline(), Timestamp{1s});
  EXPECT_TRUE(requester.Due(Timestamp{1s}, kRtt));
  EXPECT_FALSE(requester.Due(Timestamp{1s}, kRtt));
}

TEST(KeyFrameRequester, AfterAPauseTheFirstWishIsPassedOnAtOnceAgain) {
  KeyFrameRequester requester;
  requester.Request(Timestamp{1s});
  EXPECT_TRUE(requester.Due(Timestamp{1s}, kRtt));
  requester.OnKeyFrame();
  requester.OnPause();
  requester.Request(Timestamp{1100ms});
  EXPECT_TRUE(requester.Due(Timestamp{1100ms}, kRtt));
}

TEST(KeyFrameRequester, MergesTheWishesOfMany) {
  KeyFrameRequester requester;
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    requester.Request(Timestamp{1s} + i * 1ms);
    sent += requester.Due(Timestamp{1s} + i * 1ms, kRtt) ? 1 : 0;
  }
  EXPECT_EQ(sent, 1);
}

TEST(KeyFrameRequester, AnsweredWishesComeOnceASecondAtMost) {
  KeyFrameRequester requester;
  int sent = 0;
  for (Timestamp now{1s}; now < Timestamp{11s}; now += 10ms) {
    requester.Request(now);
    if (requester.Due(now, kRtt)) {
      ++sent;
      requester.OnKeyFrame();
    }
  }
  EXPECT_EQ(sent, 10);
}

TEST(KeyFrameRequester, ALostRequestIsRepeatedEarlyOnceAndThenOnceASecond) {
  KeyFrameRequester requester;
  std::vector<std::int64_t> sent;
  requester.Request(Timestamp{1s});
  for (Timestamp now{1s}; now < Timestamp{5s}; now += 10ms) {
    if (requester.Due(now, kRtt)) sent.push_back(ToMicros(now) / 1000);
  }
  EXPECT_EQ(sent, (std::vector<std::int64_t>{1000, 1300, 2000, 3000, 4000}));
}

TEST(KeyFrameRequester, ARepetitionIsPaidForByTheNextWish) {
  KeyFrameRequester requester;
  requester.Request(Timestamp{1s});
  ASSERT_TRUE(requester.Due(Timestamp{1s}, kRtt));
  ASSERT_TRUE(requester.Due(Timestamp{1300ms}, kRtt));
  requester.OnKeyFrame();
  requester.Request(Timestamp{1500ms});
  EXPECT_EQ(requester.NextDeadline(), Timestamp{3s});
}

TEST(KeyFrameRequester, RepeatsWhileNoKeyFrameComesAndStopsThen) {
  KeyFrameRequester requester;
  Timestamp now{1s};
  requester.Request(now);
  ASSERT_TRUE(requester.Due(now, kRtt));
  EXPECT_EQ(requester.NextDeadline(), now + KeyFrameRequester::kShortestRetry);
  now = requester.NextDeadline();
  EXPECT_TRUE(requester.Due(now, 400ms));
  EXPECT_EQ(requester.NextDeadline(), now + 800ms) << "two round trips";
  requester.OnKeyFrame();
  EXPECT_EQ(requester.NextDeadline(), kNever);
  EXPECT_FALSE(requester.pending());
}

TEST(KeyFrameRequester, DoesNotAskADeadSenderForever) {
  KeyFrameRequester requester;
  requester.Request(Timestamp{1s});
  int sent = 0;
  while (requester.NextDeadline() != kNever) sent += requester.Due(requester.NextDeadline(), kRtt) ? 1 : 0;
  EXPECT_EQ(sent, KeyFrameRequester::kMaxTries);
  requester.Request(Timestamp{60s});
  EXPECT_TRUE(requester.Due(Timestamp{60s}, kRtt)) << "a new wish begins anew";
}

}  // namespace
}  // namespace kcs::media
