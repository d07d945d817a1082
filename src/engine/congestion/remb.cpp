#include "engine/congestion/remb.h"

#include <algorithm>
#include <cmath>

namespace kcs::congestion {
namespace {

constexpr Duration kHoldAfterFall = 3s;
constexpr Duration kShortestFall = 500ms;  // between two falls: the sender needs a moment to obey
constexpr Duration kLongestPause = 10s;    // abs-send-time wraps after 64 s
constexpr double kSomeLoss = 0.02;         // neither grow nor fall
constexpr double kFirstGrowth = 1.5;       // a second, until the first fall
constexpr double kLaterGrowth = 1.08;
constexpr std::uint32_t kGrowthStep = 50'000;
// A sender that sends little is not told to send anything at all: the estimate stays near what was seen to
// pass.
constexpr double kHeadroom = 2.0;

// The difference of two 24-bit times of 6.18 seconds.
std::int64_t SendTimeDifference(std::uint32_t a, std::uint32_t b) {
  const auto ticks = static_cast<std::int32_t>((a - b) << 8) >> 8;
  return std::int64_t{ticks} * 1'000'000 / (1 << 18);
}

}  // namespace

ReceiveBitrateEstimator::ReceiveBitrateEstimator(Options options)
    : options_(options), estimate_(std::clamp(options.start_bps, options.min_bps, options.max_bps)) {}

void ReceiveBitrateEstimator::OnPacket(std::size_t size, std::optional<std::uint32_t> abs_send_time,
                                       Timestamp now) {
  if (deadline_ == kNever) deadline_ = now + kFirstReport;
  Count(size, now);
  if (abs_send_time) OnDelay(*abs_send_time, now);
}

void ReceiveBitrateEstimator::Count(std::size_t size, Timestamp now) {
  constexpr auto kCount = static_cast<std::int64_t>(kSlices);
  const std::int64_t slice = ToMicros(now) / kSlice.count();
  if (newest_slice_ < 0) newest_slice_ = slice;
  for (std::int64_t s = std::max(newest_slice_ + 1, slice - kCount + 1); s <= slice; ++s) {
    bytes_[static_cast<std::size_t>(s % kCount)] = 0;
  }
  newest_slice_ = std::max(newest_slice_, slice);
  bytes_[static_cast<std::size_t>(newest_slice_ % kCount)] += static_cast<std::uint32_t>(size);
}

std::uint32_t ReceiveBitrateEstimator::IncomingBps(Timestamp now) const {
  constexpr auto kCount = static_cast<std::int64_t>(kSlices);
  const std::int64_t slice = ToMicros(now) / kSlice.count();
  std::uint64_t bytes = 0;
  for (std::int64_t s = std::max<std::int64_t>(0, slice - kCount + 1); s <= newest_slice_; ++s) {
    bytes += bytes_[static_cast<std::size_t>(s % kCount)];
  }
  const std::int64_t span = (kCount - 1) * kSlice.count() + ToMicros(now) % kSlice.count();
  return static_cast<std::uint32_t>(bytes * 8 * 1'000'000 / static_cast<std::uint64_t>(span));
}

void ReceiveBitrateEstimator::OnDelay(std::uint32_t abs_send_time, Timestamp now) {
  if (!has_delay_ || now - last_arrival_ > kLongestPause) {
    has_delay_ = true;
    delay_us_ = base_us_ = previous_base_us_ = 0;
    smoothed_us_ = 0;
    base_since_ = now;
  } else {
    delay_us_ += (now - last_arrival_).count() - SendTimeDifference(abs_send_time, last_send_time_);
  }
  last_send_time_ = abs_send_time;
  last_arrival_ = now;

  // The base follows the clocks' drift, because it forgets what is older than two windows.
  if (now - base_since_ > kBaseWindow) {
    previous_base_us_ = base_us_;
    base_us_ = delay_us_;
    base_since_ = now;
  }
  base_us_ = std::min(base_us_, delay_us_);
  smoothed_us_ += (static_cast<double>(delay_us_) - smoothed_us_) / 16;
  const std::int64_t base = std::min(base_us_, previous_base_us_);
  if (smoothed_us_ - static_cast<double>(base) > static_cast<double>(kQueue.count())) BackOff(0.85, now);
}

void ReceiveBitrateEstimator::OnLoss(double fraction, Timestamp now) {
  if (fraction > kHighLoss) {
    BackOff(1 - fraction / 2, now);
  } else if (fraction > kSomeLoss) {
    hold_until_ = std::max(hold_until_, now + kReportInterval);
  }
}

void ReceiveBitrateEstimator::BackOff(double factor, Timestamp now) {
  if (newest_slice_ < 0) return;  // nothing received to compare with
  if (last_fall_ != kNone && now - last_fall_ < kShortestFall) return;
  last_fall_ = now;
  hold_until_ = now + kHoldAfterFall;
  const auto target = static_cast<std::uint32_t>(IncomingBps(now) * factor);
  estimate_ = std::max(options_.min_bps, std::min(estimate_, target));
  deadline_ = now;
}

std::optional<std::uint32_t> ReceiveBitrateEstimator::TakeReport(Timestamp now) {
  if (now < deadline_) return std::nullopt;
  // In silence this report is the last one.
  deadline_ = IncomingBps(now) == 0 ? kNever : now + kReportInterval;
  if (now >= hold_until_ && now - last_growth_ >= kReportInterval) {
    last_growth_ = now;
    const double ceiling = IncomingBps(now) * kHeadroom + options_.min_bps;
    const double grown = estimate_ * (last_fall_ == kNone ? kFirstGrowth : kLaterGrowth) + kGrowthStep;
    const double next = std::max<double>(estimate_, std::min(grown, ceiling));
    estimate_ = static_cast<std::uint32_t>(std::min<double>(next, options_.max_bps));
  }
  return estimate_;
}

}  // namespace kcs::congestion
