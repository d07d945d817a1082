#include "engine/worker/segmentation_retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace kcs::worker_process {
namespace {

using ::testing::ElementsAre;
using News = SegmentationRetry::News;

// A socket on a route that can cut messages up or not, which is sent to every second.
class RetryTest : public ::testing::Test {
 protected:
  void Run(Duration time) {
    for (const Timestamp end = now_ + time; now_ < end; now_ += 1s) {
      if (on_ && route_can_) ++runs_;
      if (on_ && !route_can_) on_ = false;
      const auto verdict = retry_.OnSent(!on_, runs_, now_);
      if (verdict.retry) {
        on_ = true;
        tries_.push_back((now_ - kStart) / 1s);
      }
      if (verdict.news != News::kNone) news_.push_back(verdict.news);
    }
  }
  static constexpr Timestamp kStart{1'000s};
  Timestamp now_ = kStart;
  bool route_can_ = true;
  bool on_ = true;
  std::uint64_t runs_ = 0;
  std::vector<std::int64_t> tries_;
  std::vector<News> news_;
  SegmentationRetry retry_;
};

TEST_F(RetryTest, WhereNothingIsRefusedNothingHappens) {
  Run(7'200s);
  EXPECT_TRUE(retry_.idle());
  EXPECT_TRUE(news_.empty());
  EXPECT_TRUE(tries_.empty());
}

TEST_F(RetryTest, ARouteThatStaysIsTriedLessAndLessOftenAndIsNewsOnce) {
  route_can_ = false;
  Run(6 * 3'600s);
  EXPECT_THAT(news_, ElementsAre(News::kRefused));
  // After 1, 2, 4, ... 32 minutes, and then every hour; a try shows its result a second later.
  ASSERT_GE(tries_.size(), 8U);
  EXPECT_EQ(tries_[0], 60);
  EXPECT_EQ(tries_[1], 60 + 1 + 120);
  EXPECT_EQ(tries_[2], 60 + 1 + 120 + 1 + 240);
  EXPECT_EQ(tries_[7] - tries_[6], 3'601);
  EXPECT_LE(tries_.size(), 11U);
}

TEST_F(RetryTest, ARouteThatHasChangedIsUsedAgainAndTheNextRefusalIsNewsAgain) {
  route_can_ = false;
  Run(70s);
  route_can_ = true;
  Run(300s);
  EXPECT_TRUE(on_);
  EXPECT_THAT(news_, ElementsAre(News::kRefused, News::kBack));
  EXPECT_TRUE(retry_.idle());
  route_can_ = false;
  Run(10s);
  EXPECT_THAT(news_, ElementsAre(News::kRefused, News::kBack, News::kRefused));
  Run(60s);
  EXPECT_EQ(tries_.back(), 370 + 60) << "a minute after the new refusal";
}

TEST_F(RetryTest, ATryThatDoesNotHoldForLongIsNoNews) {
  route_can_ = false;
  Run(61s);
  ASSERT_EQ(tries_.size(), 1U);
  // Most receivers are on another route; the one who is not is silent for a while.
  EXPECT_EQ(retry_.OnSent(false, runs_ + 1, now_ + 30s).news, News::kNone);
  EXPECT_EQ(retry_.OnSent(true, runs_ + 1, now_ + 40s).news, News::kNone);
  EXPECT_FALSE(retry_.OnSent(true, runs_ + 1, now_ + 159s).retry) << "the next pause is longer";
  EXPECT_TRUE(retry_.OnSent(true, runs_ + 1, now_ + 160s).retry);
}

TEST_F(RetryTest, ATryWithoutARunProvesNothing) {
  route_can_ = false;
  Run(61s);
  ASSERT_EQ(tries_.size(), 1U);
  EXPECT_EQ(retry_.OnSent(false, runs_, now_ + 3'600s).news, News::kNone);
  EXPECT_EQ(retry_.OnSent(false, runs_ + 1, now_ + 3'600s).news, News::kBack);
}

}  // namespace
}  // namespace kcs::worker_process
