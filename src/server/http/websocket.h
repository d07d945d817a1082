#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "server/http/message.h"

namespace kcs::http {

// One buffer for any number of receivers.
using SharedText = std::shared_ptr<const std::string>;

// An open WebSocket. All on the runtime's thread. May be kept after it closed; it then ignores everything.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // Queues one message. When the queue would pass its bounds the socket is closed (1013) and false returned;
  // also false when it is not open.
  virtual bool Send(SharedText message, bool binary) = 0;
  // Sends what is queued, then closes with that RFC 6455 7.4 code.
  virtual void Close(std::uint16_t code, std::string_view reason) = 0;
  // Cuts the connection.
  virtual void Abort() = 0;
  virtual bool is_open() const = 0;
  virtual std::size_t queued_bytes() const = 0;
  virtual std::size_t queued_messages() const = 0;
};

struct WebSocketClose {
  std::uint16_t code = 1006;  // 1006: no close frame was received (RFC 6455 7.1.5)
  std::string reason;
};

// What an accepted WebSocket does. `on_open` is called once the handshake has been answered, `on_close`
// exactly once after that, last of all. A handshake that fails calls nothing but `on_close`.
struct WebSocketHandlers {
  std::function<void(std::shared_ptr<WebSocket>)> on_open;
  std::function<void(std::string_view message, bool binary)> on_message;
  std::function<void(const WebSocketClose&)> on_close;
  std::size_t max_message_bytes = 2'000'000;  // beyond: closed with 1009
  std::size_t max_queued_bytes = 8'000'000;   // outgoing; beyond: closed with 1013
  std::size_t max_queued_messages = 8'192;
};

// Decides about one opening handshake: a Response refuses, handlers accept.
using UpgradeDecision = std::variant<Response, WebSocketHandlers>;
using Upgrader = std::function<UpgradeDecision(const Request&)>;

}  // namespace kcs::http
