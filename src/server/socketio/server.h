#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/counters.h"
#include "base/entropy.h"
#include "base/time.h"
#include "server/http/router.h"
#include "server/http/runtime.h"
#include "server/socketio/engine_server.h"
#include "server/socketio/namespace.h"
#include "server/socketio/server_event.h"

// Socket.IO (protocol revision 5, the one of Socket.IO v3 and v4) over Engine.IO (revision 4). Knows nothing
// of what is talked about.
namespace kcs::socketio {

struct ServerConfig {
  EngineConfig engine;
  std::string path = "/socket.io/";
  Duration connect_timeout = 45s;    // a session that has joined no namespace by then is closed
  std::size_t max_attachments = 10;  // of one packet
  std::size_t max_json_depth = 64;
  std::size_t max_pending_acks = 1'024;    // per socket, of EmitWithAck; beyond: answered with null at once
  std::size_t max_rooms_per_socket = 256;  // beyond: Join is ignored
};

class Server {
 public:
  Server(http::Runtime& runtime, Entropy& entropy, ServerConfig config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The namespace of that name ("/" is the main one), created on the first call. Clients can connect only to
  // namespaces that exist. The reference stays valid as long as the server.
  Namespace& Of(std::string_view name);
  // Serves polling and WebSocket under the configured path. The server must outlive the router's use.
  void Mount(http::Router& router);
  // Disconnects everybody (kServerShuttingDown) and refuses new sessions.
  void Close();

  const EnumCounters<ServerEvent>& counters() const;
  EngineServer& engine();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kcs::socketio
