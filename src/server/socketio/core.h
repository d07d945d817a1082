#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/socketio/server.h"

namespace kcs::socketio {

// What a server's clients, namespaces and sockets share.
struct ServerCore {
  ServerCore(http::Runtime& runtime_in, Entropy& entropy_in, ServerConfig config_in)
      : runtime(runtime_in), entropy(entropy_in), config(std::move(config_in)) {}

  Namespace* Find(std::string_view name) const {
    const auto it = namespaces.find(name);
    return it == namespaces.end() ? nullptr : it->second.get();
  }

  // Calls an application's handler. Its mistakes are its own: they are counted, and the session lives on.
  template <typename Function, typename... Args>
  void Call(const char* what, const Function& function, Args&&... args) {
    if (!function) return;
    try {
      function(std::forward<Args>(args)...);
    } catch (const std::exception& error) {
      counters.Add(ServerEvent::kHandlerThrew);
      log::error("socket.io {} handler failed: {}", what, error.what());
    }
  }

  http::Runtime& runtime;
  Entropy& entropy;
  ServerConfig config;
  EnumCounters<ServerEvent> counters;
  std::map<std::string, std::unique_ptr<Namespace>, std::less<>> namespaces;
  bool closing = false;
};

}  // namespace kcs::socketio
