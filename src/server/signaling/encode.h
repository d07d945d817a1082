#pragma once

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
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
// `ice_servers` for whoever joins. The payload lives in `memory`, if there is any.
Encoded Encode(const meeting::Reply::Answer& answer, const std::vector<turn::IceServer>& ice_servers,
               boost::json::storage_ptr memory = {});

}  // namespace kcs::signaling
