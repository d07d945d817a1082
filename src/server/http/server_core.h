#pragma once

#include <functional>
#include <memory>
#include <unordered_set>

#include "base/counters.h"
#include "server/http/asio_runtime.h"
#include "server/http/cors.h"
#include "server/http/router.h"
#include "server/http/server.h"

namespace kcs::http {

// Something the server has open: an HTTP connection or a WebSocket.
class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  // Finish what is under way and close.
  virtual void Drain() = 0;
  // Close now.
  virtual void Cut() = 0;
};

// What a server's connections share. They keep it alive.
struct ServerCore {
  ServerCore(AsioRuntime& runtime_in, ServerConfig config_in, Router router_in)
      : runtime(runtime_in),
        config(std::move(config_in)),
        router(std::move(router_in)),
        cors(config.cors_origins) {}

  void Remove(OpenConnection* connection) {
    open.erase(connection);
    if (open.empty() && on_empty) std::exchange(on_empty, nullptr)();
  }

  AsioRuntime& runtime;
  ServerConfig config;
  Router router;
  CorsPolicy cors;
  EnumCounters<ServerEvent> counters;
  std::unordered_set<OpenConnection*> open;
  bool draining = false;
  std::function<void()> on_empty;
};

}  // namespace kcs::http
