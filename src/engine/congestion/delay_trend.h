#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/congestion/arrival_groups.h"

namespace kcs::congestion {

enum class DelayState : std::uint8_t { kNormal, kUnderuse, kOveruse };

// Whether a queue grows on the way: the slope of the accumulated delay over the last groups, against a
// threshold that follows what the path does anyway (draft-ietf-rmcat-gcc-02, 5.3 and 5.4, with a
// least-squares line in place of the Kalman filter). The threshold's rise is what keeps a flow alive beside
// loss-based ones.
class DelayTrend {
 public:
  static constexpr std::size_t kWindow = 20;  // groups

  // The state after another pair of groups.
  DelayState Update(const GroupDelta& delta);
  DelayState state() const { return state_; }
  // Milliseconds of delay that the present slope makes over the last groups, amplified: what is compared.
  double trend() const { return trend_; }
  double threshold() const { return threshold_; }
  void Reset();

 private:
  struct Point {
    double arrival_ms = 0;
    double delay_ms = 0;
  };

  double Slope() const;
  void Detect(double sent_ms);
  void AdaptThreshold(double arrival_ms);

  std::array<Point, kWindow> points_{};
  std::size_t count_ = 0;  // of all groups, kWindow at least: the window is full
  std::int64_t first_arrival_us_ = 0;
  double accumulated_ms_ = 0;
  double smoothed_ms_ = 0;
  double slope_ = 0;
  double previous_slope_ = 0;
  double trend_ = 0;
  double threshold_ = 12.5;
  double last_adapted_ms_ = 0;
  double over_ms_ = 0;  // how long the trend has been above the threshold
  unsigned over_groups_ = 0;
  DelayState state_ = DelayState::kNormal;
};

}  // namespace kcs::congestion
