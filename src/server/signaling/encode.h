#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "server/meeting/effect.h"
#include "server/turn/ice_servers.h"

// Events and answers of a meeting as the wire contract writes them.
namespace kcs::signaling {

struct Encoded {
  std::string_view event;  // empty: an answer that is only acknowledged
  boost::json::object payload;
};

Encoded Encode(const meeting::Event& event);
// `ice_servers` for whoever joins.
Encoded Encode(const meeting::Reply::Answer& answer, const std::vector<turn::IceServer>& ice_servers);

}  // namespace kcs::signaling
