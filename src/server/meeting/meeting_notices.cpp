#include <algorithm>
#include <utility>

#include "server/meeting/meeting.h"

// What the workers tell on their own, and whom it concerns.
namespace kcs::meeting {
namespace {

// By the workers' name, among objects by UUID.
template <typename Names, typename Objects>
typename Objects::mapped_type* FindReady(const Names& names, Objects& objects, MediaId media) {
  const auto name = names.find(media);
  if (name == names.end()) return nullptr;
  const auto found = objects.find(name->second);
  return found == objects.end() || !found->second.ready ? nullptr : &found->second;
}

}  // namespace

Effects Meeting::Apply(const MediaNotice& notice) {
  Effects out;
  std::visit([&](const auto& n) { On(n, out); }, notice);
  return out;
}

void Meeting::On(const TransportStateChanged& notice, Effects& out) {
  const Transport* const transport = TransportBy(notice.transport);
  if (transport == nullptr) return;
  out.push_back(Send{{transport->client}, TransportStateEvent{transport->id, notice}});
}

// To the participant each time, to the others when the level changes.
void Meeting::On(const TransportQuality& notice, Effects& out) {
  Transport* const transport = TransportBy(notice.transport);
  if (transport == nullptr) return;
  transport->path = notice;
  transport->quality.Update(notice.score);
  Session& session = sessions_.at(transport->client);
  const auto quality = QualityOf(session);
  if (!session.joined || !quality) return;
  out.push_back(Send{{session.client}, *quality});
  // Nobody needs to be told that somebody new is doing well.
  const Quality told = session.quality.value_or(Quality::kExcellent);
  session.quality = quality->quality;
  if (told != quality->quality) SendToOthers(session.client, *quality, out);
}

void Meeting::On(const ProducerLayersWanted& notice, Effects& out) {
  const Producer* const producer = ProducerBy(notice.producer);
  if (producer == nullptr) return;
  out.push_back(Send{{producer->client}, LayersWanted{producer->id, notice.max_spatial_layer}});
}

void Meeting::On(const ConsumerLayersChanged& notice, Effects& out) {
  const Consumer* const consumer = ConsumerBy(notice.consumer);
  if (consumer == nullptr) return;
  out.push_back(
      Send{{consumer->client},
           LayersChanged{consumer->id, notice.spatial_layer, notice.temporal_layer, notice.reason}});
}

void Meeting::On(const ProducerScoreChanged& notice, Effects& out) {
  const Producer* const producer = ProducerBy(notice.producer);
  if (producer == nullptr) return;
  out.push_back(Send{{producer->client}, ProducerScore{producer->id, notice.score}});
}

void Meeting::On(const ConsumerScoreChanged& notice, Effects& out) {
  const Consumer* const consumer = ConsumerBy(notice.consumer);
  if (consumer == nullptr) return;
  out.push_back(Send{{consumer->client}, ConsumerScore{consumer->id, notice.score}});
}

void Meeting::On(const ActiveSpeakerChanged& notice, Effects& out) {
  if (!notice.producer) return SetSpeaker(std::nullopt, out);
  const Producer* const producer = ProducerBy(*notice.producer);
  // Who speaks at the door is heard by nobody.
  if (producer == nullptr || !joined(producer->client)) return;
  SetSpeaker(sessions_.at(producer->client).identity.user_id, out);
}

void Meeting::SetSpeaker(std::optional<std::string> user_id, Effects& out) {
  if (speaker_ == user_id) return;
  speaker_ = std::move(user_id);
  if (!joined_.empty()) out.push_back(Send{joined_, ActiveSpeaker{speaker_}});
}

void Meeting::On(const AudioLevels& notice, Effects& out) {
  ParticipantLevels event;
  for (const AudioLevels::Level& heard : notice.levels) {
    const Producer* const producer = ProducerBy(heard.producer);
    if (producer == nullptr || !joined(producer->client)) continue;
    const std::string& user_id = sessions_.at(producer->client).identity.user_id;
    const int level = -static_cast<int>(heard.level);
    // Somebody's microphone and what their screen plays are one person: the louder counts.
    const auto known = std::find_if(event.levels.begin(), event.levels.end(),
                                    [&](const auto& l) { return l.participant_id == user_id; });
    if (known == event.levels.end()) {
      event.levels.push_back({user_id, level});
    } else {
      known->level = std::max(known->level, level);
    }
  }
  if (!joined_.empty()) out.push_back(Send{joined_, std::move(event)});
}

std::optional<ConnectionQuality> Meeting::QualityOf(const Session& session) const {
  std::optional<ConnectionQuality> all;
  for (const std::string& id : session.transports) {
    const Transport& transport = transports_.at(id);
    const auto level = transport.quality.level();
    if (!transport.path || !level) continue;
    const TransportQuality& path = *transport.path;
    if (!all)
      all = ConnectionQuality{.participant_id = session.identity.user_id,
                              .rtt_ms = {},
                              .available_bitrate = {},
                              .upload = {},
                              .download = {}};
    all->quality = std::min(all->quality, *level);
    all->score = std::min(all->score, path.score);
    if (path.rtt_ms >= 0) all->rtt_ms = std::max(all->rtt_ms.value_or(0), path.rtt_ms);
    all->jitter_ms = std::max(all->jitter_ms, path.jitter_ms);
    all->loss = std::max(all->loss, path.loss);
    if (path.available_bitrate > 0) all->available_bitrate = path.available_bitrate;
    auto& direction = transport.direction == Direction::kSend ? all->upload : all->download;
    direction = std::min(direction.value_or(*level), *level);
  }
  return all;
}

Transport* Meeting::TransportBy(MediaId media) { return FindReady(names_, transports_, media); }
Producer* Meeting::ProducerBy(MediaId media) { return FindReady(names_, producers_, media); }
Consumer* Meeting::ConsumerBy(MediaId media) { return FindReady(names_, consumers_, media); }

}  // namespace kcs::meeting
