#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/http/stream.h"
#include "server/http/websocket.h"

namespace kcs::http {

// What Beast's WebSocket takes for its connection. It reads the connection itself; what it writes (the answer
// to the handshake, pongs, the close) is handed to its owner, who writes everything else too: one writer, so
// messages that wait can leave together, and no frame gets into the middle of another.
class WebSocketLayer {
 public:
  using executor_type = Executor;

  class Owner {
   public:
    virtual Stream& connection() = 0;
    // Sends the bytes behind all that was given to be sent before. `done` is called once, later.
    virtual void WriteRaw(SharedText bytes, std::function<void(ErrorCode)> done) = 0;

   protected:
    ~Owner() = default;
  };

  // The owner must outlive whatever Beast has under way.
  explicit WebSocketLayer(Owner& owner) : owner_(&owner) {}

  executor_type get_executor() { return owner_->connection().get_executor(); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return owner_->connection().async_read_some(buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, Owner* owner, const Buffers& parts) {
          auto bytes = std::make_shared<const std::string>(beast::buffers_to_string(parts));
          const std::size_t size = bytes->size();
          // A std::function wants to be copied, which a handler cannot be.
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          owner->WriteRaw(std::move(bytes),
                          [shared, size, executor = owner->connection().get_executor()](ErrorCode error) {
                            asio::post(executor, beast::bind_front_handler(std::move(*shared), error,
                                                                           error ? std::size_t{0} : size));
                          });
        },
        token, owner_, buffers);
  }

  // Beast's hooks: how a WebSocket ends below its close handshake, and what a timeout does.
  template <typename TeardownHandler>
  friend void async_teardown(beast::role_type, WebSocketLayer& layer, TeardownHandler&& handler) {
    layer.owner_->connection().ShutdownSend();
    asio::post(layer.get_executor(),
               beast::bind_front_handler(std::forward<TeardownHandler>(handler), ErrorCode()));
  }
  friend void beast_close_socket(WebSocketLayer& layer) { layer.owner_->connection().Close(); }

 private:
  Owner* owner_;
};

}  // namespace kcs::http
