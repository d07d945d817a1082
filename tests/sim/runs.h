#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "trace.h"

namespace kcs::sim {

// One scenario with different luck. Who meets whose probe decides a lot where links are shared, so one run
// says little there: the middle of several is what a user can expect, the worst is what must still do.
class Runs {
 public:
  static constexpr std::size_t kCount = 5;
  static constexpr std::uint64_t kSeedsApart = 1000;

  explicit Runs(const Scenario& scenario) {
    for (std::size_t i = 0; i < kCount; ++i) {
      Scenario run = scenario;
      run.seed += i * kSeedsApart;
      if (i > 0) run.name += "-luck" + std::to_string(i + 1);
      outcomes_[i] = Play(std::move(run));
    }
  }

  // Of a figure over the runs, in order.
  template <typename Of>
  auto Sorted(Of of) const {
    std::array<decltype(of(outcomes_[0])), kCount> figures;
    std::ranges::transform(outcomes_, figures.begin(), of);
    std::ranges::sort(figures);
    return figures;
  }
  template <typename Of>
  auto Median(Of of) const {
    return Sorted(of)[kCount / 2];
  }
  template <typename Of>
  auto Least(Of of) const {
    return Sorted(of).front();
  }
  template <typename Of>
  auto Most(Of of) const {
    return Sorted(of).back();
  }

 private:
  std::array<Outcome, kCount> outcomes_;
};

}  // namespace kcs::sim
