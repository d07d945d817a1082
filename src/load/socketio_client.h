#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/socket_address.h"
#include "io/event_loop.h"
#include "load/server_url.h"

namespace kcs::load {

// A Socket.IO client over one WebSocket, without reconnecting. All calls and handlers belong to the loop's
// thread; handlers may destroy the client.
class SocketIoClient {
 public:
  // What the server answered to an event: the fields, or "code: message".
  using Answer = Result<boost::json::object>;
  using AnswerHandler = std::function<void(const Answer&)>;
  struct Handlers {
    std::function<void()> on_connected;
    std::function<void(const std::string& event, const boost::json::value& payload)> on_event;
    // Not connected, or not any more: why. Called once, and nothing after it.
    std::function<void(const std::string& why)> on_closed;
  };

  // Begins to connect to `address` with `token`.
  SocketIoClient(io::EventLoop& loop, const ServerUrl& url, const SocketAddress& address,
                 const std::string& token, Handlers handlers);
  // Closes without a word, and calls nothing any more.
  ~SocketIoClient();
  SocketIoClient(const SocketIoClient&) = delete;
  SocketIoClient& operator=(const SocketIoClient&) = delete;

  // `then` is called once, with the acknowledgement; never when the connection ends before.
  void Emit(std::string_view event, const boost::json::object& payload, AnswerHandler then);
  // Says goodbye; on_closed is not called any more.
  void Close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kcs::load
