#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/socket_address.h"
#include "load/server_url.h"

namespace kcs::load {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// One request, and its answer, within ten seconds. Blocks: for before and after a test. `token` goes into
// Authorization; an empty `body` is none, else it is JSON. The error is that of the connection.
Result<HttpAnswer> AskHttp(const ServerUrl& url, const SocketAddress& address, std::string_view method,
                           std::string_view path, std::string_view token, std::string_view body);

}  // namespace kcs::load
