#include "engine/congestion/loss_judge.h"

#include <algorithm>
#include <cmath>

namespace kcs::congestion {
namespace {

constexpr double kShortWeight = 0.2;    // about half a second
constexpr double kRandomWeight = 0.02;  // about five seconds of reports
constexpr double kSomeLoss = 0.03;
constexpr double kMinWindows = 15;
constexpr double kHeavyLoss = 0.2;

}  // namespace

void LossJudge::OnPacket(Timestamp sent, std::size_t size, bool lost) {
  if (sent < counts_from_) return;
  if (!used_) {
    used_ = true;
    window_since_ = sent;
  }
  if (sent - window_since_ >= kWindow) {
    if (sent - window_since_ < 2 * kWindow) {
      CloseWindow();
      window_since_ += kWindow;
    } else {  // a pause: what the last window holds is not a whole one
      window_since_ = sent;
    }
    packets_ = lost_packets_ = 0;
    bytes_ = lost_bytes_ = 0;
  }
  ++packets_;
  bytes_ += static_cast<double>(size);
  if (!lost) return;
  ++lost_packets_;
  lost_bytes_ += static_cast<double>(size);
}

void LossJudge::OnFound(Timestamp sent) {
  if (lost_packets_ == 0 || sent < counts_from_) return;
  lost_bytes_ -= lost_bytes_ / lost_packets_;
  --lost_packets_;
}

void LossJudge::CloseWindow() {
  const double fraction = static_cast<double>(lost_packets_) / std::max(1U, packets_);
  // Few packets say little: their window weighs less.
  const double weight = kShortWeight * std::min(1.0, packets_ / 10.0);
  short_ += weight * (fraction - short_);
  const double x = bytes_ / 1000;
  const double y = lost_bytes_ / 1000;
  n_ = n_ * kDecay + 1;
  x_ = x_ * kDecay + x;
  y_ = y_ * kDecay + y;
  xx_ = xx_ * kDecay + x * x;
  xy_ = xy_ * kDecay + x * y;
  yy_ = yy_ * kDecay + y * y;
  const unsigned step = short_ > kHeavyLoss ? kHeavyStep : 1;
  narrow_windows_ = LooksNarrow() ? std::min(narrow_windows_ + step, kNarrowWindows) : 0;
}

bool LossJudge::LooksNarrow() const {
  if (short_ < kSomeLoss || n_ < kMinWindows) return false;
  const double var_x = xx_ - x_ * x_ / n_;
  const double var_y = yy_ - y_ * y_ / n_;
  const double cov = xy_ - x_ * y_ / n_;
  if (var_x <= 1e-6) return false;
  const double slope = cov / var_x;
  const double residual = std::max(0.0, var_y - slope * cov);
  const double error = std::sqrt(residual / (n_ - 2) / var_x);
  // Where so much is lost, less certainty will do: a mistake costs little then.
  return short_ > kHeavyLoss ? slope - 2.0 * error > 0.15 : slope - 2.5 * error > 0.25;
}

void LossJudge::OnFall() {
  random_ = 0;
  learned_ = narrow_windows_ = 0;
  n_ = x_ = y_ = xx_ = xy_ = yy_ = 0;
}

void LossJudge::OnCut(Timestamp now) {
  counts_from_ = window_since_ = now;
  packets_ = lost_packets_ = 0;
  bytes_ = lost_bytes_ = 0;
  short_ = std::min(short_, random_);
}

void LossJudge::LearnRandom() {
  ++learned_;
  random_ += std::max(kRandomWeight, 1.0 / (learned_ + 5.0)) * (short_ - random_);
}

}  // namespace kcs::congestion
