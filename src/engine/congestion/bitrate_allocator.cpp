#include "engine/congestion/bitrate_allocator.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace kcs::congestion {
namespace {

// A picture may be enlarged this much before anybody sees it.
constexpr double kEnlarged = 1.2;
constexpr PictureSize kCamera{1280, 720};
constexpr PictureSize kScreen{1920, 1080};

struct Size {
  double width = 0;
  double height = 0;
};

// The size of a layer by halving or doubling from the nearest that is known.
std::optional<Size> SizeOf(const LayerTable& layers, std::size_t spatial, std::size_t count) {
  for (std::size_t distance = 0; distance < count; ++distance) {
    for (const bool above : {true, false}) {
      if (!above && distance > spatial) continue;
      const std::size_t other = above ? spatial + distance : spatial - distance;
      if (other >= count || !layers.size[other].known()) continue;
      const double factor =
          above ? 1.0 / static_cast<double>(1U << distance) : static_cast<double>(1U << distance);
      return Size{layers.size[other].width * factor, layers.size[other].height * factor};
    }
  }
  return std::nullopt;
}

// The lowest spatial layer that can be had at all, kMaxSpatial if none.
std::size_t Lowest(const LayerTable& layers) {
  std::size_t s = 0;
  while (s < kMaxSpatial && layers.available[s] == 0) ++s;
  return s;
}

Duration HoldAfter(std::uint8_t relapses) { return BitrateAllocator::kRelapseHold * (1 << (relapses - 1)); }

bool IsMoreImportant(const VideoConsumer& a, const VideoConsumer& b) {
  if (a.is_screen != b.is_screen) return a.is_screen;
  return a.priority > b.priority;
}

}  // namespace

std::uint8_t SpatialCap(const LayerTable& layers, const Viewport& viewport, bool is_screen) {
  const auto count = static_cast<std::size_t>(std::clamp<int>(layers.spatial_layers, 1, kMaxSpatial));
  const auto top = static_cast<std::uint8_t>(count - 1);
  if (viewport.width == 0 || viewport.height == 0) return top;
  for (std::size_t s = 0; s < top; ++s) {
    std::optional<Size> size = SizeOf(layers, s, count);
    if (!size) {
      const PictureSize guess = is_screen ? kScreen : kCamera;
      const double factor = 1.0 / static_cast<double>(1U << (top - s));
      size = Size{guess.width * factor, guess.height * factor};
      // A phone held upright sends, and is shown, upright.
      if (viewport.height > viewport.width) std::swap(size->width, size->height);
    }
    const double enlarged = std::min(viewport.width / size->width, viewport.height / size->height);
    if (enlarged <= kEnlarged) return static_cast<std::uint8_t>(s);
  }
  return top;
}

void BitrateAllocator::BuildSteps(Row& row) {
  const VideoConsumer& consumer = *row.consumer;
  const LayerTable& table = *consumer.layers;
  row.first = static_cast<std::uint32_t>(steps_.size());
  if (consumer.paused) return;
  if (!consumer.viewport.visible) {
    row.limit = AllocationReason::kViewport;
    return;
  }
  const std::size_t lowest = Lowest(table);
  if (lowest == kMaxSpatial) {
    row.limit = AllocationReason::kUnavailable;
    return;
  }
  const std::size_t shown = SpatialCap(table, consumer.viewport, consumer.is_screen);
  const std::size_t wished =
      std::min<std::size_t>({consumer.preferred.spatial, kMaxSpatial - 1,
                             static_cast<std::size_t>(std::max<int>(table.spatial_layers, 1) - 1)});
  // What is above the wish is better than nothing, if nothing below is there.
  const std::size_t top = std::max(std::min(shown, wished), lowest);
  const std::optional<Layers>& current = consumer.state->current;

  for (std::size_t s = lowest; s <= top; ++s) {
    for (std::size_t t = 0; t < kMaxTemporal; ++t) {
      if (!table.has(s, t) || (t > consumer.preferred.temporal && t > 0)) continue;
      const Layers layers{static_cast<std::uint8_t>(s), static_cast<std::uint8_t>(t)};
      // A larger picture that jerks is no gain for a face: of three temporal layers the lowest has a quarter
      // of the pictures.
      const bool jerks = !consumer.is_screen && s > lowest && t == 0 && table.has(s, 1) && table.has(s, 2);
      if (jerks && consumer.preferred.temporal > 0 && current != layers) continue;
      const std::uint32_t bps = table.bps[s][t];
      const std::uint32_t usual = table.usual[s][t];
      steps_.push_back({.layers = layers,
                        .bps = bps,
                        .peak = std::max(bps, table.peak[s][t]),
                        .usual = usual == 0 ? bps : usual});
    }
  }
  row.count = static_cast<std::uint32_t>(steps_.size()) - row.first;
  if (row.count == 0) {
    row.limit = AllocationReason::kUnavailable;
    return;
  }
  KeepRising(row);

  const Layers best = steps_.back().layers;
  if (best.spatial < std::min(shown, wished)) {
    row.limit = AllocationReason::kUnavailable;
  } else if (shown < wished) {
    row.limit = AllocationReason::kViewport;
  }
  if (current) {
    while (row.held < row.count && steps_[row.first + row.held].layers <= *current) ++row.held;
  }
}

// Leaves out what costs no less than something better, but not what is being sent: or else two qualities of
// almost the same cost would take turns.
void BitrateAllocator::KeepRising(Row& row) {
  const std::optional<Layers>& current = row.consumer->state->current;
  const auto begin = steps_.begin() + row.first;
  auto kept = steps_.end();
  for (auto step = steps_.end(); step != begin;) {
    --step;
    const bool rises = kept == steps_.end() || step->bps < kept->bps;
    if (rises || step->layers == current) *--kept = *step;
  }
  steps_.erase(begin, kept);
  row.count = static_cast<std::uint32_t>(steps_.size()) - row.first;
}

// What speaks against the next step: that it, or less, has failed not long ago.
AllocationState::Lost BitrateAllocator::LostBefore(const Row& row, Timestamp now) const {
  AllocationState::Lost found;
  const AllocationState& state = *row.consumer->state;
  const Step& next = steps_[row.first + row.taken];
  if (IsLastPicture(row)) {
    if (state.blackouts < 2) return found;
    const Timestamp until = state.hold_until - state.hold + kLastPictureHold * (1 << (state.blackouts - 2));
    if (now < until) found = {.until = until, .budget = next.peak, .layers = next.layers};
    return found;
  }
  for (const AllocationState::Lost& lost : state.lost) {
    if (now >= lost.until || next.layers < lost.layers) continue;
    found.until = std::max(found.until, lost.until);
    found.budget = std::max(found.budget, lost.budget);
  }
  return found;
}

bool BitrateAllocator::IsHeldBack(const Row& row, std::uint64_t budget, Timestamp now) const {
  if (row.taken < row.held) return false;
  if (now < row.consumer->state->hold_until) return true;
  return static_cast<double>(budget) < kMoreBudget * LostBefore(row, now).budget;
}

// The budget that the next step needs, when `used` is given out.
std::uint64_t BitrateAllocator::Needed(const Row& row, std::uint64_t used, Timestamp now) const {
  const Step& next = steps_[row.first + row.taken];
  const std::uint64_t others = used - Cost(row);
  if (IsLastPicture(row)) {
    if (row.held > 0) return static_cast<std::uint64_t>(kLastPictureStays * next.bps);
    const AllocationState& state = *row.consumer->state;
    const bool failed = state.blackouts > 0 && state.hold_until > now - kForgetRelapses;
    return static_cast<std::uint64_t>(failed ? kLastPictureAgain * next.peak : kLastPictureFits * next.bps);
  }
  if (row.taken < row.held) return others + next.bps;
  const std::uint64_t after = others + next.peak;
  // A small layer on top of many: their sum varies as well.
  const std::uint64_t varies = std::max<std::uint64_t>(next.peak, after / 2);
  return after + static_cast<std::uint64_t>(kMargin * static_cast<double>(varies));
}

bool BitrateAllocator::Bears(const Row& row, std::uint64_t budget, Timestamp now) const {
  if (!IsLastPicture(row) || row.held == 0) return false;
  const Timestamp since = std::min(row.consumer->state->short_since, now);
  const Step& picture = steps_[row.first];
  const double least = std::max(kLastPictureBears * picture.usual, kLastPictureMost * picture.bps);
  return now - since < kBears && static_cast<double>(budget) >= least;
}

void BitrateAllocator::TryNext(Row& row, std::uint64_t budget, Timestamp now) {
  if (IsHeldBack(row, budget, now) || (Needed(row, used_, now) > budget && !Bears(row, budget, now))) {
    row.stuck = true;
    return;
  }
  used_ -= Cost(row);
  ++row.taken;
  used_ += Cost(row);
}

// Rounds: nobody gets a larger picture before all of the group had the chance of the smaller one.
void BitrateAllocator::Climb(std::span<Row> group, std::uint64_t budget, Timestamp now) {
  for (std::uint8_t s = 0; s < kMaxSpatial; ++s) {
    for (std::uint8_t t = 0; t < kMaxTemporal; ++t) {
      for (Row& row : group) {
        if (row.stuck || row.taken == row.count) continue;
        if (steps_[row.first + row.taken].layers == Layers{s, t}) TryNext(row, budget, now);
      }
    }
  }
}

AllocationResult BitrateAllocator::Allocate(std::uint64_t budget, std::span<const VideoConsumer> consumers,
                                            Timestamp now, std::vector<VideoShare>& out) {
  rows_.clear();
  steps_.clear();
  used_ = 0;
  raised_at_ = Timestamp::min();
  for (const VideoConsumer& consumer : consumers) {
    KCS_CHECK(consumer.layers != nullptr && consumer.state != nullptr);
    Doubt(*consumer.state, budget, now);
    Row& row = rows_.emplace_back();
    row.consumer = &consumer;
    BuildSteps(row);
    if (consumer.state->raised_at > raised_at_) {
      raised_at_ = consumer.state->raised_at;
      raised_budget_ = consumer.state->raised_budget;
    }
  }
  // Among equals the caller's order decides, always the same way.
  std::ranges::sort(rows_, [](const Row& a, const Row& b) {
    if (IsMoreImportant(*a.consumer, *b.consumer)) return true;
    return !IsMoreImportant(*b.consumer, *a.consumer) && a.consumer < b.consumer;
  });

  const auto first_shown = std::ranges::find_if(rows_, [](const Row& row) { return row.count > 0; });
  last_picture_ = first_shown != rows_.end() ? first_shown->consumer : nullptr;
  for (Row& row : rows_) {
    if (row.count > 0) TryNext(row, budget, now);
  }
  for (auto first = rows_.begin(); first != rows_.end();) {
    const auto last = std::find_if(
        first, rows_.end(), [&](const Row& row) { return IsMoreImportant(*first->consumer, *row.consumer); });
    Climb({first, last}, budget, now);
    first = last;
  }

  AllocationResult result;
  out.resize(consumers.size());
  for (const Row& row : rows_) {
    Conclude(row, budget, now, result, out[static_cast<std::size_t>(row.consumer - consumers.data())]);
  }
  return result;
}

Duration BitrateAllocator::NextHold(AllocationState& state, Timestamp now) {
  // Layers that go one after the other are one loss.
  if (now >= state.hold_until && state.relapses < kMaxRelapses) ++state.relapses;
  return HoldAfter(std::max<std::uint8_t>(state.relapses, 1));
}

void BitrateAllocator::NoteRelapse(AllocationState& state, Layers layers, std::uint32_t budget, Duration hold,
                                   Timestamp now) {
  AllocationState::Lost& lost = state.lost[std::min<std::size_t>(layers.spatial, state.lost.size() - 1)];
  lost.layers = now < lost.until ? std::min(lost.layers, layers) : layers;
  lost.budget = std::max(budget, state.relapses > 0 ? lost.budget : 0);
  lost.until = std::max(lost.until, now + hold);
}

// What was lost because the budget collapsed has relapsed after all if the budget is back at once: the link
// is as it was, and still does not carry it.
void BitrateAllocator::Doubt(AllocationState& state, std::uint64_t budget, Timestamp now) {
  if (!state.suspect) return;
  if (now - state.hold_until > kBack - state.hold) {
    state.suspect.reset();
    return;
  }
  if (static_cast<double>(budget) <= kSameBudget * state.suspect_budget) return;
  NoteRelapse(state, *std::exchange(state.suspect, std::nullopt), state.suspect_budget, kRelapseHold, now);
}

void BitrateAllocator::NoteLastPicture(const Row& row, std::uint64_t budget, Timestamp now) const {
  AllocationState& state = *row.consumer->state;
  const Timestamp since = std::exchange(state.short_since, kNever);
  if (row.consumer != last_picture_ || row.held == 0) return;
  if (row.taken == 0) {
    const bool again = state.raised_at > now - kRelapse;
    state.blackouts = again ? static_cast<std::uint8_t>(std::min(state.blackouts + 1, kMaxBlackouts)) : 1;
  } else if (static_cast<double>(budget) < kLastPictureStays * steps_[row.first].bps) {
    state.short_since = std::min(since, now);
  }
}

void BitrateAllocator::Remember(const Row& row, std::optional<Layers> got, std::uint64_t budget,
                                Timestamp now) const {
  AllocationState& state = *row.consumer->state;
  NoteLastPicture(row, budget, now);
  const bool was_raised = state.raised_at != Timestamp::min();
  if (was_raised && state.raised_at < now - kForgetRelapses) state.relapses = 0;
  if (row.taken > row.held) {
    state.raised_at = now;
    state.raised_budget = static_cast<std::uint32_t>(std::min<std::uint64_t>(budget, UINT32_MAX));
  } else if (row.taken < row.held) {
    // Whoever took more, what is lost now is what there was too much of.
    const bool relapse =
        raised_at_ > now - kRelapse && static_cast<double>(budget) > kSameBudget * raised_budget_;
    if (relapse) {
      NoteRelapse(state, *state.current, raised_budget_, NextHold(state, now), now);
    } else if (raised_at_ > now - kRelapse && now - raised_at_ > kProven && !state.suspect) {
      state.suspect = state.current;
      state.suspect_budget = raised_budget_;
    }
    if (now >= state.hold_until) {
      const bool soon = raised_at_ > now - kSoon;
      state.hold = soon ? std::clamp<Duration>(2 * state.hold, kHold, kLongestHold) : kHold;
    }
    state.hold_until = now + state.hold;
    state.raised_at = Timestamp::min();
  }
  state.current = got;
}

void BitrateAllocator::Conclude(const Row& row, std::uint64_t budget, Timestamp now, AllocationResult& result,
                                VideoShare& share) {
  share = {.index = row.consumer->index, .layers = std::nullopt, .reason = row.limit, .bps = Cost(row)};
  if (row.taken > 0) share.layers = steps_[row.first + row.taken - 1].layers;
  if (row.taken < row.count) share.reason = AllocationReason::kBandwidth;

  Remember(row, share.layers, budget, now);

  if (row.taken == row.count) return;
  Row waiting = row;
  waiting.held = std::min(row.held, row.taken);
  const Timestamp held_until = row.consumer->state->hold_until;
  std::uint64_t needed = Needed(waiting, used_, now);
  if (const AllocationState::Lost lost = LostBefore(waiting, now); lost.budget > 0) {
    // It needs proof that the link carries more than when it failed.
    needed = std::max(needed, static_cast<std::uint64_t>(kMoreBudget * lost.budget));
    result.retry_at = std::min(result.retry_at, std::max(lost.until, held_until));
  } else if (now < held_until) {
    result.retry_at = std::min(result.retry_at, held_until);
  }
  if (result.next_bps == 0 || needed < result.next_bps) result.next_bps = needed;
}

}  // namespace kcs::congestion
