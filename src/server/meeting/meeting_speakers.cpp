#include <utility>

#include "server/meeting/meeting.h"
#include "server/ortc/negotiate.h"

// Speaker places: what participants hear when only the loudest are forwarded.
namespace kcs::meeting {

std::vector<MediaId> Meeting::MakePlaces() {
  std::vector<MediaId> all;
  for (const Place& place : places_) {
    Producer producer;
    producer.id = place.id;
    producer.media = NextMedia();
    producer.is_place = true;
    producer.ready = true;
    // Of their own: who is heard changes, so they are in time with nobody's picture.
    producer.consumable = ortc::AnySpeech(place.id, entropy_);
    all.push_back(producer.media);
    names_.emplace(producer.media, place.id);
    producers_.insert_or_assign(place.id, std::move(producer));
  }
  return all;
}

void Meeting::ForgetPlaces(Effects& out) {
  bool anybody = false;
  for (Place& place : places_) {
    const auto found = producers_.find(place.id);
    if (found != producers_.end()) {
      names_.erase(found->second.media);
      producers_.erase(found);
    }
    anybody = anybody || place.user_id.has_value();
    place.user_id.reset();
  }
  if (anybody) TellPlaces(out);
}

SpeakerPlaces Meeting::DescribePlaces() const {
  SpeakerPlaces event;
  for (const Place& place : places_) event.places.push_back({place.id, place.user_id});
  return event;
}

void Meeting::TellPlaces(Effects& out) const {
  std::vector<ClientId> to;
  for (const ClientId client : joined_) {
    if (sessions_.at(client).speaker_places) to.push_back(client);
  }
  if (!to.empty()) out.push_back(Send{std::move(to), DescribePlaces()});
}

void Meeting::On(const SpeakerPlacesChanged& notice, Effects& out) {
  for (std::size_t i = 0; i < places_.size() && i < notice.producers.size(); ++i) {
    const auto& media = notice.producers[i];
    const Producer* const producer = media ? ProducerBy(*media) : nullptr;
    places_[i].user_id.reset();
    if (producer == nullptr || !joined(producer->client)) continue;
    places_[i].user_id = sessions_.at(producer->client).identity.user_id;
  }
  TellPlaces(out);
}

// What was said at the door nobody heard.
void Meeting::AdmitSpeaker(const Session& session, Effects& out) const {
  for (const std::string& id : session.producers) {
    const ProducerCommand command{*router_, producers_.at(id).media, ProducerCommand::Action::kAdmit};
    out.push_back(Command{command, std::nullopt});
  }
}

}  // namespace kcs::meeting
