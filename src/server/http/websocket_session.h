#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http/frame_queue.h"
#include "server/http/server_core.h"
#include "server/http/stream.h"
#include "server/http/websocket.h"
#include "server/http/websocket_layer.h"

namespace kcs::http {

// A WebSocket over a connection that asked to be upgraded. Its coroutine reads, through Beast; writes are
// chained beside it, and are its own.
class WebSocketSession final : public WebSocket,
                               public OpenConnection,
                               private WebSocketLayer::Owner,
                               public std::enable_shared_from_this<WebSocketSession> {
 public:
  using Opening = beast::http::request<beast::http::string_body>;

  WebSocketSession(std::shared_ptr<ServerCore> core, Stream stream, WebSocketHandlers handlers);
  ~WebSocketSession() override;

  void Start(Opening request);

  bool Send(SharedText message, bool binary) override;
  void Close(std::uint16_t code, std::string_view reason) override;
  void Abort() override { Cut(); }
  // Not any more once a close frame has come: nothing may follow the answer to it.
  bool is_open() const override { return state_ == State::kOpen && stream_.is_open(); }
  std::size_t queued_bytes() const override { return queue_.bytes(); }
  std::size_t queued_messages() const override { return queue_.messages(); }

  void Drain() override { Close(1001, "server shutting down"); }
  void Cut() override;

 private:
  enum class State : std::uint8_t { kOpening, kOpen, kClosing, kClosed };

  Task<void> Run();
  Task<bool> Accept();
  void Opened();
  Task<void> ReadAll();
  void Deliver(std::string_view message, bool binary);
  void Write();
  void OnWritten(ErrorCode error);
  Stream& connection() override { return connection_; }
  void WriteRaw(SharedText bytes, std::function<void(ErrorCode)> done) override;
  void SendClose();
  void OnEnd();

  std::shared_ptr<ServerCore> core_;
  Stream connection_;
  beast::websocket::stream<WebSocketLayer, false> stream_;  // false: without compression
  WebSocketHandlers handlers_;
  std::optional<Opening> opening_;
  beast::flat_buffer buffer_;
  FrameQueue queue_;
  std::function<void(ErrorCode)> raw_done_;  // of Beast's write; it has one at a time
  State state_ = State::kOpening;
  bool writing_ = false;
  bool close_when_open_ = false;
  bool close_sent_ = false;
  Timer close_deadline_;
  std::uint16_t close_code_ = 1000;
  std::string close_reason_;
  WebSocketClose result_;
};

}  // namespace kcs::http
