#include "engine/sfu/wanted_layers.h"

namespace kcs::sfu {

void WantedLayers::Update(int wished, int carried, Timestamp now) {
  wished_ = wished;
  carried_ = std::min(wished, carried);
  if (wished_ >= told_) {
    unwished_since_ = kNever;
  } else if (unwished_since_ == kNever) {
    unwished_since_ = now;
  }
  if (carried_ >= told_) {
    uncarried_since_ = kNever;
  } else if (uncarried_since_ == kNever) {
    uncarried_since_ = now;
    most_carried_ = carried_;
  }
  most_carried_ = std::max(most_carried_, carried_);
  Schedule();
}

void WantedLayers::Schedule() {
  next_ = kNever;
  if (carried_ > told_) next_ = Timestamp::min();
  if (unwished_since_ != kNever) next_ = std::min(next_, unwished_since_ + kUnwishedFor);
  if (uncarried_since_ != kNever) next_ = std::min(next_, uncarried_since_ + uncarried_for_);
}

std::optional<int> WantedLayers::Take(Timestamp now) {
  if (next_ > now) return std::nullopt;
  const int before = told_;
  if (carried_ > told_) {
    if (fitted_nobody_) asked_again_ = now;
    fitted_nobody_ = false;
    Tell(carried_, now);
  } else {
    if (unwished_since_ != kNever && now >= unwished_since_ + kUnwishedFor) Tell(wished_, now);
    const bool uncarried = uncarried_since_ != kNever && now >= uncarried_since_ + uncarried_for_;
    if (uncarried && most_carried_ < told_) {
      const bool relapse = asked_again_ != Timestamp::min() && uncarried_since_ < asked_again_ + kRelapse;
      // Counted when it is given up; asked for again, it is given that much longer.
      uncarried_for_ = relapse ? std::min(2 * uncarried_for_, kLongestUncarried) : kUncarriedFor;
      fitted_nobody_ = true;
      Tell(most_carried_, now);
    }
  }
  Update(wished_, carried_, now);
  return told_ == before ? std::nullopt : std::optional(told_);
}

void WantedLayers::Tell(int level, Timestamp now) {
  if (level > told_) {
    before_ = told_;
    returns_by_ = now + kReturns;
  }
  told_ = level;
  unwished_since_ = uncarried_since_ = kNever;
}

}  // namespace kcs::sfu
