#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/sfu/commands.h"
#include "engine/sfu/talk.h"

namespace kcs::sfu {

class WebRtcTransport;

// One meeting: transports whose producers and consumers can be joined with each other.
class Router {
 public:
  // `audio_last_n`: how many speakers are forwarded; 0: all. `speaker_places`: none, or one for each of
  // these.
  explicit Router(RouterId id, std::uint8_t audio_last_n = 0, std::span<const ProducerId> speaker_places = {})
      : id_(id), talk_(audio_last_n, speaker_places, *this) {}
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  RouterId id() const { return id_; }
  Talk& talk() { return talk_; }
  const std::vector<WebRtcTransport*>& transports() const { return transports_; }
  void Add(WebRtcTransport& transport) { transports_.push_back(&transport); }
  void Remove(const WebRtcTransport& transport) { std::erase(transports_, &transport); }

 private:
  RouterId id_;
  Talk talk_;
  std::vector<WebRtcTransport*> transports_;
};

}  // namespace kcs::sfu
