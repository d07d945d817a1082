#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/counters.h"
#include "base/entropy.h"
#include "base/time.h"
#include "server/http/router.h"
#include "server/http/runtime.h"
#include "server/socketio/engine_event.h"
#include "server/socketio/engine_frame.h"

// Engine.IO, protocol revision 4: a message channel over HTTP long polling and WebSocket.
namespace kcs::socketio {

struct EngineConfig {
  Duration ping_interval = 25s;
  Duration ping_timeout = 20s;
  Duration upgrade_timeout = 10s;  // a probing WebSocket that does not upgrade by then is closed
  Duration close_timeout = 30s;    // how long a closed polling session waits to tell its client
  std::size_t max_payload =
      1'000'000;  // bytes of one incoming message or POST; beyond: the session is closed
  std::size_t max_sessions = 10'000;
  std::size_t max_pending_packets = 4'096;  // outgoing, per session; beyond: the session is closed
  std::size_t max_pending_bytes = 8'000'000;
};

// One client's session, whatever the transport. All on the runtime's thread.
class EngineSession {
 public:
  struct Handlers {
    std::function<void(std::string_view message, bool binary)> on_message;
    std::function<void(EngineCloseReason)> on_close;  // exactly once, last
  };

  virtual ~EngineSession() = default;
  virtual const std::string& id() const = 0;
  // The request that opened the session (its body is empty).
  virtual const std::shared_ptr<const http::Request>& request() const = 0;
  virtual void SetHandlers(Handlers handlers) = 0;
  // Ignored when closed.
  virtual void Send(EngineFrame frame) = 0;
  // Sends what is pending, then closes. on_close is called before this returns.
  virtual void Close() = 0;
  virtual bool is_open() const = 0;
  virtual bool is_websocket() const = 0;
};

class EngineServer {
 public:
  using OpenHandler = std::function<void(const std::shared_ptr<EngineSession>&)>;

  // `on_open` sets the session's handlers.
  EngineServer(http::Runtime& runtime, Entropy& entropy, EngineConfig config, OpenHandler on_open);
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  // Serves under `path` ("/engine.io/"). Must outlive the router's use.
  void Mount(http::Router& router, std::string_view path);
  void HandleRequest(http::Request request, std::shared_ptr<http::Responder> responder);
  http::UpgradeDecision HandleUpgrade(const http::Request& request);

  // Closes every session and refuses new ones.
  void Close();

  std::size_t sessions() const;
  const EnumCounters<EngineEvent>& counters() const;
  const EnumCounters<EngineCloseReason>& closed() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kcs::socketio
