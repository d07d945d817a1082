#include "engine/congestion/delay_trend.h"

#include <algorithm>
#include <cmath>

namespace kcs::congestion {
namespace {

constexpr double kSmoothing = 0.9;
constexpr double kGain = 4.0;
constexpr double kMaxGroups = 60;  // the slope weighs more the more groups support it, up to here
constexpr double kOverMs = 10.0;   // for that long and more than one group before it is overuse
constexpr double kThresholdUp = 0.0087;
constexpr double kThresholdDown = 0.039;
constexpr double kMinThreshold = 6.0;
constexpr double kMaxThreshold = 600.0;
constexpr double kOutlier = 15.0;  // a spike this far above the threshold does not move it
constexpr double kMaxStepMs = 100.0;

}  // namespace

void DelayTrend::Reset() { *this = {}; }

DelayState DelayTrend::Update(const GroupDelta& delta) {
  if (count_ == 0) first_arrival_us_ = delta.arrival_us;
  const double sent_ms = static_cast<double>(delta.sent_us) / 1000.0;
  accumulated_ms_ += static_cast<double>(delta.arrived_us) / 1000.0 - sent_ms;
  smoothed_ms_ = kSmoothing * smoothed_ms_ + (1 - kSmoothing) * accumulated_ms_;
  const double arrival_ms = static_cast<double>(delta.arrival_us - first_arrival_us_) / 1000.0;
  points_[count_ % kWindow] = {arrival_ms, smoothed_ms_};
  ++count_;
  if (count_ >= kWindow) slope_ = Slope();
  trend_ = std::min(static_cast<double>(count_), kMaxGroups) * slope_ * kGain;
  Detect(sent_ms);
  AdaptThreshold(arrival_ms);
  previous_slope_ = slope_;
  return state_;
}

double DelayTrend::Slope() const {
  // Relative to one of the points, so that one pass is exact enough.
  const Point origin = points_[0];
  double x_sum = 0;
  double y_sum = 0;
  double xx_sum = 0;
  double xy_sum = 0;
  for (const Point& point : points_) {
    const double x = point.arrival_ms - origin.arrival_ms;
    const double y = point.delay_ms - origin.delay_ms;
    x_sum += x;
    y_sum += y;
    xx_sum += x * x;
    xy_sum += x * y;
  }
  constexpr auto kCount = static_cast<double>(kWindow);
  const double variance = xx_sum - x_sum * x_sum / kCount;
  return variance > 1e-6 ? (xy_sum - x_sum * y_sum / kCount) / variance : slope_;
}

void DelayTrend::Detect(double sent_ms) {
  if (trend_ > threshold_) {
    over_ms_ += over_groups_ == 0 ? sent_ms / 2 : sent_ms;
    ++over_groups_;
    if (over_ms_ > kOverMs && over_groups_ > 1 && slope_ >= previous_slope_) {
      over_ms_ = 0;
      over_groups_ = 0;
      state_ = DelayState::kOveruse;
    }
    return;
  }
  over_ms_ = 0;
  over_groups_ = 0;
  state_ = trend_ < -threshold_ ? DelayState::kUnderuse : DelayState::kNormal;
}

void DelayTrend::AdaptThreshold(double arrival_ms) {
  const double elapsed_ms = std::clamp(arrival_ms - last_adapted_ms_, 0.0, kMaxStepMs);
  last_adapted_ms_ = arrival_ms;
  const double size = std::abs(trend_);
  if (size > threshold_ + kOutlier) return;
  const double k = size < threshold_ ? kThresholdDown : kThresholdUp;
  threshold_ = std::clamp(threshold_ + k * (size - threshold_) * elapsed_ms, kMinThreshold, kMaxThreshold);
}

}  // namespace kcs::congestion
