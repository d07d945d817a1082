#include "engine/sfu/talk.h"

#include <algorithm>
#include <utility>

#include "engine/sfu/consumer.h"
#include "engine/sfu/producer.h"

namespace kcs::sfu {

Talk::Talk(std::uint8_t last_n, std::span<const ProducerId> places, Router& router)
    : places_told_(places.size()) {
  if (last_n > 0) loudest_.emplace(last_n);
  for (const ProducerId id : places) places_.push_back(std::make_unique<SpeakerPlace>(id, router));
}

void Talk::Add(const Producer& producer) {
  if (producer.kind() == wire::MediaKind::kAudio) detector_.Add(producer.id().value(), producer.speech());
}

void Talk::Remove(const Producer& producer) {
  if (producer.kind() != wire::MediaKind::kAudio) return;
  detector_.Remove(producer.id().value());
  OnPaused(producer);
}

void Talk::OnPaused(const Producer& producer) {
  if (!loudest_) return;
  const auto place = loudest_->PlaceOf(producer.id().value());
  if (!place) return;
  if (*place < places_.size()) places_[*place]->Seat(nullptr);
  loudest_->Remove(producer.id().value());
}

Producer* Talk::FindPlace(ProducerId id) const {
  for (const auto& place : places_) {
    if (place->id() == id) return &place->vacant();
  }
  return nullptr;
}

bool Talk::OnPacket(Producer& producer, std::uint8_t level, bool voice, Timestamp now) {
  producer.speech().OnPacket(level, voice, now);
  if (detector_.NextDeadline() <= now) detector_.Update(now);
  // What a screen plays is no speaker: a voice does not replace it, nor it a voice.
  if (!loudest_ || producer.screen()) return true;
  const auto verdict = loudest_->OnPacket(producer.id().value(), producer.speech(), now);
  // What was left out meanwhile is no loss: receivers go on where they stopped.
  if (verdict.entered) {
    for (Consumer* consumer : producer.consumers()) consumer->OnProducerResumed();
    if (*verdict.place < places_.size()) places_[*verdict.place]->Seat(&producer);
  }
  return verdict.place.has_value();
}

void Talk::TakeNews(RouterId router, Timestamp now, std::vector<Notification>& out) {
  if (detector_.dominant() != told_) {
    told_ = detector_.dominant();
    out.push_back(ActiveSpeakerChanged{.router = router,
                                       .producer = told_ ? std::optional(ProducerId(*told_)) : std::nullopt});
  }
  if (now >= next_places_) TellPlaces(router, now, out);
  if (now < next_levels_) return;
  next_levels_ = now + AudioLevels::kInterval;
  levels_.clear();
  detector_.AppendLevels(now, levels_);
  if (levels_.empty() && !std::exchange(levels_told_, false)) return;
  levels_told_ = !levels_.empty();
  std::ranges::sort(levels_, {}, &media::SpeakerDetector::Level::level);
  AudioLevels event{.router = router, .levels = {}};
  event.levels.reserve(std::min(levels_.size(), AudioLevels::kMost));
  for (const auto& level : levels_) {
    if (event.levels.size() == AudioLevels::kMost) break;
    event.levels.push_back({.producer = ProducerId(level.id), .level = level.level});
  }
  out.push_back(std::move(event));
}

void Talk::TellPlaces(RouterId router, Timestamp now, std::vector<Notification>& out) {
  bool changed = false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Producer* speaker = places_[i]->speaker();
    const auto present = speaker == nullptr ? std::nullopt : std::optional(speaker->id());
    changed = changed || present != places_told_[i];
    places_told_[i] = present;
  }
  if (!changed) return;
  next_places_ = now + SpeakerPlacesChanged::kInterval;
  out.push_back(SpeakerPlacesChanged{.router = router, .speakers = places_told_});
}

}  // namespace kcs::sfu
