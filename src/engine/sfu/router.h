#pragma once

#include <vector>

#include "engine/sfu/commands.h"

namespace kcs::sfu {

class WebRtcTransport;

// One meeting: transports whose producers and consumers can be joined with each other.
class Router {
 public:
  explicit Router(RouterId id) : id_(id) {}

  RouterId id() const { return id_; }
  const std::vector<WebRtcTransport*>& transports() const { return transports_; }
  void Add(WebRtcTransport& transport) { transports_.push_back(&transport); }
  void Remove(const WebRtcTransport& transport) { std::erase(transports_, &transport); }

 private:
  RouterId id_;
  std::vector<WebRtcTransport*> transports_;
};

}  // namespace kcs::sfu
