#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "load/server_url.h"

// What the load test asks of the server's REST interface. All of it blocks, a request for ten seconds at
// most.
namespace kcs::load {

struct RestServer {
  ServerUrl url;
  SocketAddress address;
};

// The id of a new meeting for so many. The error says in plain words why there is none.
Result<std::string> CreateMeeting(const RestServer& server, std::string_view token,
                                  std::uint32_t participants);
// The error says why it stays behind.
Result<void> DeleteMeeting(const RestServer& server, std::string_view token, const std::string& id);

// The process ids of the server's workers; needs an admin's token.
Result<std::vector<int>> WorkerPids(const RestServer& server, std::string_view admin_token);

}  // namespace kcs::load
