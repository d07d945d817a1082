#include "engine/sfu/told_targets.h"

#include <algorithm>

namespace kcs::sfu {

std::optional<media::ActiveTargets> ToldTargets::OnFrame(std::uint64_t sequence, const Targets& active,
                                                         bool has_structure) {
  if (state_ == nullptr) {
    if (active.all) return std::nullopt;
    state_ = std::make_unique<State>();
  }
  auto& epochs = state_->epochs;
  const Epoch& newest = epochs.front();
  const bool same = state_->count > 0 && newest.targets.all == active.all &&
                    (active.all || newest.targets.mask == active.mask);
  if (!same && (state_->count == 0 || sequence > newest.since)) {
    std::move_backward(epochs.begin(), epochs.end() - 1, epochs.end());
    epochs.front() = {.since = sequence, .targets = active, .told = !has_structure};
    state_->count = std::min(state_->count + 1, kKept);
  }
  // A frame that comes late, from before a change.
  if (sequence < epochs.front().since) return OnRepeat(sequence);
  const bool say_again = state_->say_again;
  state_->say_again = false;
  if (!active.all) return active;
  const bool changes = epochs.front().since == sequence;
  return (changes || say_again) && !has_structure ? std::optional(active) : std::nullopt;
}

std::optional<media::ActiveTargets> ToldTargets::OnRepeat(std::uint64_t sequence) {
  const Epoch* const epoch = Of(sequence);
  if (epoch == nullptr) return std::nullopt;
  const bool said = !epoch->targets.all || (epoch->told && epoch->since == sequence);
  if (!said) return std::nullopt;
  // Who goes by the order of arrival shall not stay with what is over.
  if (epoch != &state_->epochs.front()) state_->say_again = true;
  return epoch->targets;
}

const ToldTargets::Epoch* ToldTargets::Of(std::uint64_t sequence) const {
  if (state_ == nullptr) return nullptr;
  for (std::size_t i = 0; i < state_->count; ++i) {
    if (state_->epochs[i].since <= sequence) return &state_->epochs[i];
  }
  return nullptr;
}

}  // namespace kcs::sfu
