#pragma once

#include <boost/json/array.hpp>
#include <vector>

#include "server/turn/ice_servers.h"

namespace kcs::turn {

// RTCConfiguration.iceServers, as REST and the socket events both carry it.
boost::json::array ToJson(const std::vector<IceServer>& servers);

}  // namespace kcs::turn
