#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "engine/congestion/layer_rates.h"

// Which video layers one receiver gets, of all that it consumes, within what its link carries.
//
// The order of importance: screen shares before cameras, then by priority. First everybody's lowest quality,
// in that order; what does not fit any more is not sent at all, so the least important picture goes before
// all become worthless. Then, importance by importance, everybody's next quality in fair rounds.
//
// Sound is not its business: it is always sent. So that sound and the last picture are never both starved,
// who calls this
//  - takes off the budget what sound and retransmissions need, if the estimate does not leave them out;
//  - sends sound past any queue of video, retransmissions and probes;
//  - and when `next_bps` is not 0, probes for it, also when no video is sent at all: without packets no
//    estimate ever grows again.
namespace kcs::congestion {

enum class AllocationReason : std::uint8_t {
  kPreferred,    // all that the receiver asked for
  kBandwidth,    // less: it does not fit
  kUnavailable,  // less: the sender does not send it
  kViewport,     // less: it is shown smaller, or not at all
};

// What the receiver shows of a consumer, in device pixels.
struct Viewport {
  std::uint16_t width = 0;  // 0: not known
  std::uint16_t height = 0;
  bool visible = true;
  friend bool operator==(const Viewport&, const Viewport&) = default;
};

// What a consumer's allocation remembers; kept with the consumer from its beginning to its end.
struct AllocationState {
  std::optional<Layers> current;
  Timestamp raised_at = Timestamp::min();   // the last time it got more
  std::uint32_t raised_budget = 0;          // and the budget then
  Duration hold{};                          // after the last loss
  Timestamp hold_until = Timestamp::min();  // nothing more before
  // What was lost of each spatial layer (of the fourth and above together): not again before `until`, unless
  // the budget clearly exceeds the one it failed at.
  struct Lost {
    Timestamp until = Timestamp::min();
    std::uint32_t budget = 0;
    Layers layers;
  };
  std::array<Lost, 4> lost{};
  // Since when the budget has been too small for the last picture, which is borne for a while.
  Timestamp short_since = kNever;
  // Lost because the budget fell far. If that is back at once, it was not the link that changed.
  std::optional<Layers> suspect;
  std::uint32_t suspect_budget = 0;  // that it was taken with
  std::uint8_t relapses = 0;         // how often what was taken was soon lost again
  std::uint8_t blackouts = 0;        // how often the last picture was given up
};

struct VideoConsumer {
  std::uint32_t index = 0;             // the caller's
  const LayerTable* layers = nullptr;  // not null
  AllocationState* state = nullptr;    // not null
  std::uint8_t priority = 1;           // 1...255 (most important)
  bool is_screen = false;
  bool paused = false;  // by the receiver, or audio only: nothing wanted
  Layers preferred{255, 255};
  Viewport viewport;
};

struct VideoShare {
  std::uint32_t index = 0;
  std::optional<Layers> layers;  // none: send nothing
  AllocationReason reason = AllocationReason::kPreferred;
  std::uint32_t bps = 0;
};

struct AllocationResult {
  // The least budget (not what is missing) that would let one more layer in; 0: nobody waits for any.
  std::uint64_t next_bps = 0;
  // When a layer may be tried again that is held back now, so worth another run; kNever.
  Timestamp retry_at = kNever;
};

// The highest spatial layer worth sending for a viewport: the smallest picture that is not visibly blurred
// there. Sizes that are not known follow from known ones by halving per layer, or from 1280x720 (a screen:
// 1920x1080) at the top.
std::uint8_t SpatialCap(const LayerTable& layers, const Viewport& viewport, bool is_screen);

// Pure but for AllocationState. More is taken only with a margin, and not soon after it was lost; less at
// once when it does not fit. What is being sent stays while it fits. Holds scratch memory only, so one can
// serve all receivers.
class BitrateAllocator {
 public:
  static constexpr double kMargin = 0.12;  // of the layer that is taken
  // After a loss nothing is taken for kHold, and twice as long after each that came less than kSoon after
  // something was taken. What was taken and lost again within kRelapse, though the budget
  // was about the same, is not taken for kRelapseHold, doubled each time; unless the budget exceeds the one
  // it failed at. If the budget fell far, but is back within kBack, it was about the same: others fill such a
  // link now and then. (What was lost within kProven had been tried before anything was known.)
  static constexpr Duration kHold = 2s;
  static constexpr Duration kLongestHold = 6s;
  static constexpr Duration kSoon = 15s;
  static constexpr Duration kBack = 700ms;
  static constexpr Duration kProven = 300ms;
  static constexpr Duration kRelapse = 120s;
  static constexpr Duration kRelapseHold = 60s;
  static constexpr std::uint8_t kMaxRelapses = 4;  // longest hold: 60 s * 2^(4-1)
  static constexpr Duration kForgetRelapses = 600s;
  // The last picture of all, the lowest quality of the most important one, is worth more than a careful
  // link. It is tried as soon as its mean fits, and stays until the budget is too small for it without doubt:
  // by much (kLastPictureBears of what it usually costs, that is where the link passes a little more than
  // that, since the estimate falls to 0.85 of what passes; or kLastPictureMost of what it costs now), or for
  // kBears, in which an encoder that wanders is back at its mean.
  // Given up, it has shown that such a link does not carry it, and would come and go: the budget must exceed
  // what it goes up to, after kHold to kLongestHold the first time. Lost again within kRelapse it waits for
  // kLastPictureHold, doubled each time, unless the budget clearly exceeds that. (Whoever estimates the link
  // sees to it that the budget falls on while it is borne and sound suffers.)
  static constexpr double kLastPictureStays = 0.93;  // of what it costs
  static constexpr double kLastPictureBears = 0.86;
  static constexpr double kLastPictureMost = 0.75;
  static constexpr Duration kBears = 10s;
  static constexpr double kLastPictureFits = 1.1;
  static constexpr double kLastPictureAgain = 1.1;  // of what it goes up to
  static constexpr Duration kLastPictureHold = 30s;
  static constexpr int kMaxBlackouts = 5;  // longest hold: 30 s * 2^(5-2)
  static constexpr double kSameBudget = 0.7;
  static constexpr double kMoreBudget = 1.25;

  // `budget`: bit/s for video. `out` is filled anew, in the order of `consumers`.
  AllocationResult Allocate(std::uint64_t budget, std::span<const VideoConsumer> consumers, Timestamp now,
                            std::vector<VideoShare>& out);

 private:
  // One quality that a consumer can go up to. They cost more from step to step.
  struct Step {
    Layers layers;
    std::uint32_t bps = 0;
    std::uint32_t peak = 0;
    std::uint32_t usual = 0;  // as in LayerTable
  };
  struct Row {
    const VideoConsumer* consumer = nullptr;
    std::uint32_t first = 0;  // of its steps
    std::uint32_t count = 0;
    std::uint32_t held = 0;  // steps it had before, all of which cost their mean and need no margin
    std::uint32_t taken = 0;
    bool stuck = false;                                     // its next step does not fit, or is held back
    AllocationReason limit = AllocationReason::kPreferred;  // why there are no more steps
  };

  void BuildSteps(Row& row);
  void KeepRising(Row& row);
  AllocationState::Lost LostBefore(const Row& row, Timestamp now) const;
  // Whether the row's next step is what is seen last of all.
  bool IsLastPicture(const Row& row) const { return row.consumer == last_picture_ && row.taken == 0; }
  bool IsHeldBack(const Row& row, std::uint64_t budget, Timestamp now) const;
  // Whether the budget is too small for the last picture, but not for long, nor by much.
  bool Bears(const Row& row, std::uint64_t budget, Timestamp now) const;
  std::uint64_t Needed(const Row& row, std::uint64_t used, Timestamp now) const;
  void TryNext(Row& row, std::uint64_t budget, Timestamp now);
  void Climb(std::span<Row> group, std::uint64_t budget, Timestamp now);
  static Duration NextHold(AllocationState& state, Timestamp now);
  static void NoteRelapse(AllocationState& state, Layers layers, std::uint32_t budget, Duration hold,
                          Timestamp now);
  static void Doubt(AllocationState& state, std::uint64_t budget, Timestamp now);
  void NoteLastPicture(const Row& row, std::uint64_t budget, Timestamp now) const;
  void Remember(const Row& row, std::optional<Layers> got, std::uint64_t budget, Timestamp now) const;
  void Conclude(const Row& row, std::uint64_t budget, Timestamp now, AllocationResult& result,
                VideoShare& share);
  std::uint32_t Cost(const Row& row) const {
    return row.taken == 0 ? 0 : steps_[row.first + row.taken - 1].bps;
  }

  std::uint64_t used_ = 0;
  const VideoConsumer* last_picture_ = nullptr;  // the most important that can be shown
  Timestamp raised_at_{};                        // of any of the consumers, before this run
  std::uint32_t raised_budget_ = 0;
  std::vector<Row> rows_;  // by importance
  std::vector<Step> steps_;
};

}  // namespace kcs::congestion
