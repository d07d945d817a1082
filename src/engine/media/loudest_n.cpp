#include "engine/media/loudest_n.h"

#include "base/check.h"

namespace kcs::media {

LoudestN::LoudestN(std::uint8_t places) : places_(places) { KCS_CHECK(places > 0 && places <= kMost); }

std::optional<std::uint8_t> LoudestN::PlaceOf(Id id) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].activity != nullptr && places_[i].id == id) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

void LoudestN::Remove(Id id) {
  if (const auto place = PlaceOf(id)) places_[*place] = {};
}

LoudestN::Verdict LoudestN::OnPacket(Id id, const SpeechActivity& activity, Timestamp now) {
  if (const auto place = PlaceOf(id)) return {.place = place, .entered = false, .replaced = std::nullopt};
  if (!activity.rising()) return {};
  const auto found = Find(activity, now);
  if (!found) return {};
  Place& place = places_[*found];
  Verdict verdict{.place = static_cast<std::uint8_t>(*found), .entered = true, .replaced = std::nullopt};
  if (place.activity != nullptr) verdict.replaced = place.id;
  place = {.activity = &activity, .id = id};
  return verdict;
}

std::optional<std::size_t> LoudestN::Find(const SpeechActivity& activity, Timestamp now) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].activity == nullptr) return i;
  }
  if (const auto silent = FindSilent(kHoldOver, now)) return silent;
  if (activity.Medium(now) < SpeechActivity::kMediumActive) return std::nullopt;
  if (const auto pausing = FindSilent(kLongPause, now)) return pausing;
  return FindQuieter(activity, now);
}

// Of who has been silent so long, the one silent for longest.
std::optional<std::size_t> LoudestN::FindSilent(Duration silent_for, Timestamp now) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Timestamp last = places_[i].activity->last_rising();
    if (now - last < silent_for) continue;
    if (!found || last < places_[*found].activity->last_rising()) found = i;
  }
  return found;
}

std::optional<std::size_t> LoudestN::FindQuieter(const SpeechActivity& activity, Timestamp now) const {
  std::size_t quietest = 0;
  for (std::size_t i = 1; i < places_.size(); ++i) {
    if (places_[i].activity->level(now) > places_[quietest].activity->level(now)) quietest = i;
  }
  // Levels count down from the loudest. A burst is no talk: it takes some tenths of a second.
  const bool louder = activity.level(now) + kLouderDb <= places_[quietest].activity->level(now);
  if (!louder || activity.Long(now) < kTalkBlocks) return std::nullopt;
  return quietest;
}

}  // namespace kcs::media
