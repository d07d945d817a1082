#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/time.h"

namespace kcs::sfu {

// Which spatial layers of a producer its sender should encode: those that somebody wishes for *and* has a
// link for. What nobody can be sent costs the sender's link and processor for nothing.
//
// A layer that somebody wants is asked for at once. One that nobody wishes for any more is given up soon: who
// turns a page may turn back. One that is wished for but fits nobody's link is given up later, since links
// recover; and one that was asked for again and soon proved too large again, later each time, so that sender
// and receivers do not take turns. No allocation.
class WantedLayers {
 public:
  // The highest layer: 0...7, or one of these.
  static constexpr int kNone = -1;
  static constexpr int kAll = 255;

  static constexpr Duration kUnwishedFor = 500ms;
  static constexpr Duration kUncarriedFor = 5s;  // doubles with each relapse
  static constexpr Duration kLongestUncarried = 80s;
  static constexpr Duration kRelapse = 60s;
  // A layer that was asked for again comes within this time, or not at all.
  static constexpr Duration kReturns = 3s;

  // What any receiver would take, and what any receiver would take of it that its link carries.
  void Update(int wished, int carried, Timestamp now);
  // What the sender is to be told now: the highest layer.
  std::optional<int> Take(Timestamp now);
  Timestamp NextDeadline() const { return next_; }

  int told() const { return told_; }
  // The sender does not send this layer because we said so, or has not taken it up again yet.
  bool IsDormant(std::size_t spatial, Timestamp now) const {
    const auto layer = static_cast<int>(spatial);
    const bool returning = returns_by_ > now;
    return layer > told_ || (returning && layer > before_);
  }

 private:
  void Schedule();
  void Tell(int level, Timestamp now);

  int told_ = kAll;    // everything, until receivers have said otherwise
  int before_ = kAll;  // was told before that
  int wished_ = kAll;
  int carried_ = kAll;
  int most_carried_ = kAll;  // while less was carried than is sent
  Timestamp unwished_since_ = kNever;
  Timestamp uncarried_since_ = kNever;
  Timestamp returns_by_ = Timestamp::min();
  // Since then a layer that had fitted nobody is sent again.
  Timestamp asked_again_ = Timestamp::min();
  bool fitted_nobody_ = false;
  Duration uncarried_for_ = kUncarriedFor;
  Timestamp next_ = kNever;
};

}  // namespace kcs::sfu
