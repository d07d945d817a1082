#include "server/meeting/quality_meter.h"

#include <algorithm>

namespace kcs::meeting {
namespace {

Quality LevelOf(double score) {
  if (score >= QualityMeter::kExcellent) return Quality::kExcellent;
  return score >= QualityMeter::kGood ? Quality::kGood : Quality::kPoor;
}

}  // namespace

void QualityMeter::Update(double score) {
  if (!level_) {
    level_ = LevelOf(score);
    return;
  }
  const Quality if_worse = LevelOf(score + kClearly);
  const Quality if_better = LevelOf(score - kClearly);
  if (if_worse < *level_) {
    in_a_row_ = std::min(in_a_row_, 0) - 1;
    if (-in_a_row_ < kWorseInARow) return;
    level_ = if_worse;
  } else if (if_better > *level_) {
    in_a_row_ = std::max(in_a_row_, 0) + 1;
    if (in_a_row_ < kBetterInARow) return;
    level_ = if_better;
  }
  in_a_row_ = 0;
}

}  // namespace kcs::meeting
