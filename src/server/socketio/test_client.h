#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/http/responder.h"
#include "server/http/websocket.h"
#include "server/socketio/engine_server.h"

// The network and the browser, for tests in virtual time: no socket is opened. Only tests include this.
namespace kcs::socketio::testing {

class FakeWebSocket final : public http::WebSocket {
 public:
  bool Send(http::SharedText message, bool binary) override {
    if (!open) return false;
    if (full) {
      open = false;
      return false;
    }
    sent.emplace_back(std::move(message), binary);
    return true;
  }
  void Close(std::uint16_t code, std::string_view) override {
    if (open) close_code = code;
    open = false;
  }
  void Abort() override {
    aborted = true;
    open = false;
  }
  bool is_open() const override { return open; }
  std::size_t queued_bytes() const override { return 0; }
  std::size_t queued_messages() const override { return 0; }

  // The texts sent since the last call, binary messages as "<bytes>".
  std::vector<std::string> TakeSent() {
    std::vector<std::string> out;
    for (const auto& [bytes, binary] : std::exchange(sent, {}))
      out.push_back(binary ? "<" + *bytes + ">" : *bytes);
    return out;
  }

  std::vector<std::pair<http::SharedText, bool>> sent;
  std::optional<std::uint16_t> close_code;
  bool open = true;
  bool aborted = false;
  bool full = false;  // the next Send passes the queue's bounds
};

class FakeResponder final : public http::Responder {
 public:
  void Send(http::Response response) override {
    if (!answer && !is_gone) answer = std::move(response);
  }
  bool gone() const override { return is_gone; }
  void OnGone(std::function<void()> handler) override { on_gone = std::move(handler); }

  void GoAway() {
    is_gone = true;
    if (const auto handler = std::exchange(on_gone, nullptr)) handler();
  }
  int status() const { return answer ? answer->status : 0; }
  std::string body() const { return answer ? std::string(answer->content()) : "(none)"; }

  std::optional<http::Response> answer;
  std::function<void()> on_gone;
  bool is_gone = false;
};

// One WebSocket to an EngineServer.
class TestConnection {
 public:
  TestConnection(EngineServer& engine, const http::Request& request)
      : socket(std::make_shared<FakeWebSocket>()) {
    http::UpgradeDecision decision = engine.HandleUpgrade(request);
    if (auto* response = std::get_if<http::Response>(&decision)) {
      refused = std::move(*response);
      return;
    }
    handlers_ = std::move(std::get<http::WebSocketHandlers>(decision));
    handlers_.on_open(socket);
  }

  void Text(std::string_view message) { handlers_.on_message(message, false); }
  void Binary(std::string_view message) { handlers_.on_message(message, true); }
  // The connection ends, by a close frame or without.
  void Drop(std::uint16_t code = 1006) {
    socket->open = false;
    handlers_.on_close({code, {}});
  }
  std::vector<std::string> Take() { return socket->TakeSent(); }
  bool is_open() const { return !refused && socket->open; }

  std::shared_ptr<FakeWebSocket> socket;
  std::optional<http::Response> refused;

 private:
  http::WebSocketHandlers handlers_;
};

inline http::Request MakeRequest(std::string_view method, std::string_view transport,
                                 std::string_view sid = {}, std::string_view body = {}) {
  http::Request request;
  request.method = method;
  request.path = "/socket.io/";
  request.query.Add("EIO", "4");
  if (!transport.empty()) request.query.Add("transport", std::string(transport));
  if (!sid.empty()) request.query.Add("sid", std::string(sid));
  request.body = body;
  return request;
}

inline std::shared_ptr<FakeResponder> Ask(EngineServer& engine, http::Request request) {
  auto responder = std::make_shared<FakeResponder>();
  engine.HandleRequest(std::move(request), responder);
  return responder;
}

// A Socket.IO client on a WebSocket, connected to one namespace.
class TestClient {
 public:
  explicit TestClient(EngineServer& engine, std::string_view connect = "40")
      : connection(engine, MakeRequest("GET", "websocket")) {
    connection.Take();  // Engine.IO's handshake
    if (!connect.empty()) connection.Text(connect);
  }
  // Sends a Socket.IO packet: Emit(R"(2["event",1])").
  void Send(std::string_view packet) { connection.Text("4" + std::string(packet)); }
  // The Socket.IO packets received since the last call, without Engine.IO's type digit and its pings.
  std::vector<std::string> Take() {
    std::vector<std::string> out;
    for (const std::string& text : connection.Take()) {
      if (text.starts_with('4')) {
        out.push_back(text.substr(1));
      } else if (text.starts_with('<')) {
        out.push_back(text);
      }
    }
    return out;
  }

  TestConnection connection;
};

}  // namespace kcs::socketio::testing
