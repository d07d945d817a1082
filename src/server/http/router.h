#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.h"
#include "server/http/responder.h"
#include "server/http/websocket.h"

namespace kcs::http {

using Handler = std::function<void(Request, std::shared_ptr<Responder>)>;

// Who answers what. Filled before the server starts, constant afterwards. Precedence: mounts (longest
// prefix), routes (in order of registration), then the fallback for GET and HEAD; otherwise 405 when the path
// is known with another method, 404 when not. HEAD is answered by GET's handler, without the body.
class Router {
 public:
  // `pattern` is matched part by part: "/api/meetings/:id" puts the second part into Request::route "id".
  void Add(std::string_view method, std::string_view pattern, Handler handler);
  // Every method, and with `upgrader` every WebSocket handshake, on paths that start with `prefix`.
  void Mount(std::string_view prefix, Handler handler, Upgrader upgrader = {});
  void Fallback(Handler handler);

  void Dispatch(Request request, std::shared_ptr<Responder> responder) const;
  // Null when no mount wants WebSockets on that path.
  const Upgrader* FindUpgrader(std::string_view path) const;
  bool IsMounted(std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    Handler handler;
  };
  struct MountPoint {
    std::string prefix;
    Handler handler;
    Upgrader upgrader;
  };

  const MountPoint* FindMount(std::string_view path) const;

  std::vector<Route> routes_;
  std::vector<MountPoint> mounts_;
  Handler fallback_;
};

}  // namespace kcs::http
