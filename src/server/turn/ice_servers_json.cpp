#include "server/turn/ice_servers_json.h"

#include <boost/json.hpp>

namespace kcs::turn {

boost::json::array ToJson(const std::vector<IceServer>& servers) {
  boost::json::array list;
  for (const IceServer& server : servers) {
    boost::json::object item{{"urls", boost::json::value_from(server.urls)}};
    if (!server.username.empty()) {
      item["username"] = server.username;
      item["credential"] = server.credential;
      item["credentialType"] = server.credential_type;
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace kcs::turn
