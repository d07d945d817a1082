#include "engine/worker/segmentation_retry.h"

#include <algorithm>

namespace kcs::worker_process {

SegmentationRetry::Verdict SegmentationRetry::OnSent(bool refused, std::uint64_t runs, Timestamp now) {
  switch (state_) {
    case State::kIdle:
      if (!refused) return {};
      state_ = State::kPausing;
      until_ = now + pause_;
      return {.retry = false, .news = News::kRefused};
    case State::kPausing:
      if (now < until_) return {};
      state_ = State::kTrying;
      until_ = now + pause_;
      runs_before_ = runs;
      return {.retry = true, .news = News::kNone};
    case State::kTrying:
      if (refused) {
        state_ = State::kPausing;
        pause_ = std::min(2 * pause_, kLongestPause);
        until_ = now + pause_;
        return {};
      }
      // Runs to receivers on other routes say nothing yet.
      if (now < until_ || runs == runs_before_) return {};
      state_ = State::kIdle;
      pause_ = kFirstPause;
      return {.retry = false, .news = News::kBack};
  }
  return {};
}

}  // namespace kcs::worker_process
