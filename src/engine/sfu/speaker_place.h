#pragma once

#include "engine/sfu/commands.h"
#include "engine/sfu/producer.h"

namespace kcs::sfu {

class Router;

// One of a router's few places for who speaks (AUDIO_LAST_N). Who consumes a place hears whoever is there,
// one after the other, as one unbroken stream: so many consumers are enough, however many microphones a
// meeting has. Nobody hears themselves.
//
// Its consumers are made of vacant(), which sends nothing, and are handed over to the producer of who comes;
// so the fan-out knows no places.
class SpeakerPlace {
 public:
  SpeakerPlace(ProducerId id, Router& router);

  ProducerId id() const { return vacant_.id(); }
  Producer& vacant() { return vacant_; }
  // nullptr: nobody is there.
  const Producer* speaker() const { return speaker_; }

  // Somebody comes, instead of who was there; nullptr: nobody does. Before a speaker's producer goes.
  void Seat(Producer* speaker);
  // vacant() has a new consumer.
  void OnConsumerAdded();

 private:
  Producer vacant_;
  Producer* speaker_ = nullptr;
};

}  // namespace kcs::sfu
