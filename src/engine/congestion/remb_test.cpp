#include "engine/congestion/remb.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/wire/extensions.h"

namespace kcs::congestion {
namespace {

// A sender that sends what it is told, up to what its encoder wants, over a bottleneck with a deep queue.
class RembTest : public testing::Test {
 protected:
  void Run(Duration length) {
    const Timestamp end = now_ + length;
    while (now_ < end) {
      const auto rate = std::min(allowed_, wanted_);
      const Duration gap{static_cast<std::int64_t>(kSize * 8.0 * 1e6 / rate)};
      now_ += gap;
      queue_until_ =
          std::max(queue_until_, now_) + Duration{static_cast<std::int64_t>(kSize * 8.0 * 1e6 / capacity_)};
      const Timestamp arrival = queue_until_ + 20ms;
      ++expected_;
      if (queue_until_ - now_ > queue_length_) {
        queue_until_ -= Duration{static_cast<std::int64_t>(kSize * 8.0 * 1e6 / capacity_)};
        ++lost_;
      } else {
        estimator_.OnPacket(kSize, with_send_time_ ? std::optional{wire::ToAbsSendTime(now_)} : std::nullopt,
                            arrival);
        longest_queue_ = std::max(longest_queue_, queue_until_ - now_);
      }
      if (now_ - last_loss_report_ > 1s) {
        last_loss_report_ = now_;
        estimator_.OnLoss(static_cast<double>(lost_) / static_cast<double>(expected_), arrival);
        lost_ = expected_ = 0;
      }
      if (estimator_.NextDeadline() <= arrival) {
        if (const auto report = estimator_.TakeReport(arrival)) allowed_ = *report;
      }
    }
  }

  static constexpr std::size_t kSize = 1200;
  ReceiveBitrateEstimator estimator_;
  double allowed_ = 300'000;
  double wanted_ = 2'500'000;
  double capacity_ = 100'000'000;
  Duration queue_length_ = 300ms;
  bool with_send_time_ = true;
  Timestamp now_{50s};
  Timestamp queue_until_{};
  Duration longest_queue_{};
  Timestamp last_loss_report_{50s};
  int lost_ = 0;
  int expected_ = 0;
};

TEST_F(RembTest, IsSilentBeforeTheFirstPacket) {
  EXPECT_EQ(estimator_.NextDeadline(), kNever);
  estimator_.OnLoss(0.5, now_);
  EXPECT_EQ(estimator_.NextDeadline(), kNever);
}

TEST_F(RembTest, LetsASenderReachItsFullRateWithinSeconds) {
  Run(5s);
  EXPECT_GE(allowed_, wanted_);
}

TEST_F(RembTest, TakesItBackWhenPacketsAreLost) {
  with_send_time_ = false;
  queue_length_ = 30ms;
  Run(5s);
  capacity_ = 1'000'000;
  Run(20s);
  EXPECT_LT(allowed_, 1'300'000);
  EXPECT_GE(allowed_, 500'000);
}

TEST_F(RembTest, TakesItBackWhenTheQueueGrowsBeforeAnythingIsLost) {
  queue_length_ = 10s;
  Run(5s);
  capacity_ = 1'000'000;
  Run(30s);
  EXPECT_LT(allowed_, 1'300'000);
  longest_queue_ = {};
  Run(20s);
  EXPECT_LT(longest_queue_, 600ms);
}

TEST_F(RembTest, ComesBackWhenThePathIsWideAgain) {
  Run(5s);
  capacity_ = 1'000'000;
  Run(10s);
  capacity_ = 100'000'000;
  Run(25s);
  EXPECT_GE(allowed_, 2'400'000);
}

TEST_F(RembTest, ALittleLossDoesNotMakeItFall) {
  Run(5s);
  const double before = allowed_;
  for (int i = 0; i < 10; ++i, now_ += 1s) estimator_.OnLoss(0.05, now_);
  EXPECT_GE(estimator_.bits_per_second(), before);
}

TEST_F(RembTest, NeverFallsBelowItsFloor) {
  Run(1s);
  for (int i = 0; i < 20; ++i, now_ += 1s) estimator_.OnLoss(0.9, now_);
  EXPECT_EQ(estimator_.bits_per_second(), 300'000U);
}

TEST_F(RembTest, ClocksThatDriftAreNoQueue) {
  Timestamp sent = now_;
  for (int i = 0; i < 60'000; ++i) {
    sent += 10ms;
    now_ += 10'002us;  // 200 ppm
    estimator_.OnPacket(kSize, wire::ToAbsSendTime(sent), now_);
    if (const auto report = estimator_.TakeReport(now_)) allowed_ = *report;
  }
  EXPECT_GE(allowed_, 1'000'000) << "960 kbit/s came in all the time";
}

}  // namespace
}  // namespace kcs::congestion
