#include "engine/sfu/talk.h"

#include <algorithm>
#include <utility>

#include "engine/sfu/consumer.h"
#include "engine/sfu/producer.h"

namespace kcs::sfu {

Talk::Talk(std::uint8_t last_n) {
  if (last_n > 0) loudest_.emplace(last_n);
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
  if (loudest_) loudest_->Remove(producer.id().value());
}

bool Talk::OnPacket(Producer& producer, std::uint8_t level, bool voice, Timestamp now) {
  producer.speech().OnPacket(level, voice, now);
  if (detector_.NextDeadline() <= now) detector_.Update(now);
  if (!loudest_) return true;
  const auto verdict = loudest_->OnPacket(producer.id().value(), producer.speech(), now);
  // What was left out meanwhile is no loss: receivers go on where they stopped.
  if (verdict.entered) {
    for (Consumer* consumer : producer.consumers()) consumer->OnProducerResumed();
  }
  return verdict.place.has_value();
}

void Talk::TakeNews(RouterId router, Timestamp now, std::vector<Notification>& out) {
  if (detector_.dominant() != told_) {
    told_ = detector_.dominant();
    out.push_back(ActiveSpeakerChanged{.router = router,
                                       .producer = told_ ? std::optional(ProducerId(*told_)) : std::nullopt});
  }
  if (now < next_levels_) return;
  next_levels_ = now + AudioLevels::kInterval;
  levels_.clear();
  detector_.AppendLevels(now, levels_);
  if (levels_.empty() && !std::exchange(levels_told_, false)) return;
  levels_told_ = !levels_.empty();
  std::ranges::sort(levels_, {}, &media::SpeakerDetector::Level::level);
  AudioLevels event{.router = router, .levels = {}};
  for (const auto& level : levels_) {
    if (event.levels.size() == AudioLevels::kMost) break;
    event.levels.push_back({.producer = ProducerId(level.id), .level = level.level});
  }
  out.push_back(std::move(event));
}

}  // namespace kcs::sfu
