#include "engine/media/activity.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

// Frames every `gap`, for `length`; returns the time of the last one.
Timestamp Feed(Activity& activity, Timestamp now, Duration gap, Duration length) {
  const Timestamp end = now + length;
  for (; now + gap <= end; now += gap) activity.OnPacket(true, now);
  activity.OnPacket(true, now);
  return now;
}

TEST(Activity, IsSteadyOnlyAfterAWhile) {
  Activity activity;
  EXPECT_FALSE(activity.IsAlive(Timestamp{1s}));
  activity.OnPacket(true, Timestamp{1s});
  EXPECT_TRUE(activity.IsAlive(Timestamp{1s}));
  EXPECT_FALSE(activity.IsSteady(Timestamp{1s}));
  const Timestamp now = Feed(activity, Timestamp{1s}, 33ms, 500ms);
  EXPECT_TRUE(activity.IsSteady(now));
}

TEST(Activity, EndsASecondAfterTheLastPacketOfAFastStream) {
  Activity activity;
  const Timestamp last = Feed(activity, Timestamp{1s}, 33ms, 3s);
  EXPECT_TRUE(activity.IsSteady(last + 1s));
  EXPECT_FALSE(activity.IsSteady(last + 1s + 1ms));
  EXPECT_EQ(activity.NextChange(last), last + 1s + Duration{1});
}

TEST(Activity, AShortHoleDoesNotEndIt) {
  Activity activity;
  Timestamp now = Feed(activity, Timestamp{1s}, 33ms, 3s);
  now = Feed(activity, now + 900ms, 33ms, 10ms);
  EXPECT_TRUE(activity.IsSteady(now));
}

TEST(Activity, AfterALongHoleItMustSettleAgain) {
  Activity activity;
  Timestamp now = Feed(activity, Timestamp{1s}, 33ms, 3s);
  now += 3s;
  activity.OnPacket(true, now);
  EXPECT_FALSE(activity.IsSteady(now));
  EXPECT_TRUE(activity.IsSteady(Feed(activity, now, 33ms, 500ms)));
}

TEST(Activity, AScreenWithOneFrameASecondIsSteady) {
  Activity activity;
  Timestamp now{1s};
  for (int i = 0; i < 4; ++i, now += 1010ms) activity.OnPacket(true, now);
  for (int i = 0; i < 20; ++i, now += 1010ms) {
    EXPECT_TRUE(activity.IsSteady(now));
    activity.OnPacket(true, now);
  }
}

}  // namespace
}  // namespace kcs::media
