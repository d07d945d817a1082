#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "engine/media/loudest_n.h"
#include "engine/media/speaker_detector.h"
#include "engine/sfu/notifications.h"
#include "engine/sfu/speaker_place.h"

namespace kcs::sfu {

class Producer;

// Who speaks in a router: its dominant speaker, how loud everybody is, and, if asked for, which few are
// forwarded. Driven by packets of sound alone: where there are none, nothing changes.
class Talk {
 public:
  // `last_n`: how many speakers are forwarded; 0: all.
  // `places`: none, or one for each of these.
  Talk(std::uint8_t last_n, std::span<const ProducerId> places, Router& router);

  void Add(const Producer& producer);
  void Remove(const Producer& producer);
  // It gives up its place among those that are forwarded.
  void OnPaused(const Producer& producer);

  // For each packet of sound whose sender says how loud it is. False: it is not forwarded now.
  bool OnPacket(Producer& producer, std::uint8_t level, bool voice, Timestamp now);
  // What a consumer of a speaker place is made of; nullptr: no such place.
  Producer* FindPlace(ProducerId id) const;
  // What is to be told about it.
  void TakeNews(RouterId router, Timestamp now, std::vector<Notification>& out);

 private:
  void TellPlaces(RouterId router, Timestamp now, std::vector<Notification>& out);

  media::SpeakerDetector detector_;
  std::optional<media::LoudestN> loudest_;
  std::vector<std::unique_ptr<SpeakerPlace>> places_;  // by the number of `loudest_`
  std::vector<std::optional<ProducerId>> places_told_;
  Timestamp next_places_{};
  std::optional<std::uint64_t> told_;  // the dominant speaker
  bool levels_told_ = false;           // that were not all silence
  Timestamp next_levels_{};
  std::vector<media::SpeakerDetector::Level> levels_;
};

}  // namespace kcs::sfu
