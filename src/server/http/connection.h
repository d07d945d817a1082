#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>

#include "server/http/response_head.h"
#include "server/http/server_core.h"
#include "server/http/stream.h"
#include "server/http/websocket.h"

namespace kcs::http {

class ConnectionResponder;

// One HTTP/1.1 connection. A coroutine reads as long as the connection lives, also while a request waits for
// its answer: that is how the end of a long poll's client is noticed. Answers are written beside it.
class Connection final : public OpenConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ServerCore> core, Stream stream, SocketAddress remote);
  ~Connection() override;

  void Start();
  void Drain() override;
  void Cut() override;
  void Answer(Response response);

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;
  enum class State : std::uint8_t { kReading, kAnswering, kWriting, kUpgrading, kLingering, kClosed };

  Task<void> Run();
  Task<bool> Handshake();
  Task<bool> ReadMore();
  void OnEnd(bool client_gone);

  void StartRequest();
  void ProcessBuffered();
  void OnParseError(ErrorCode error);
  void OnHeaderDone();
  void OnRequest(bool body_too_large);
  void TryUpgrade(const Request& request, const Upgrader& upgrader);
  void Dispatch(Request request);
  void Refuse(int status, ServerEvent event);
  Request MakeRequest();

  void Write();
  void OnWritten(ErrorCode error);
  void Arm(Duration timeout);
  void Disarm();
  void OnDeadline();
  void Linger();

  std::shared_ptr<ServerCore> core_;
  Stream stream_;
  SocketAddress remote_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             Executor>
      deadline_;
  std::uint64_t deadline_generation_ = 0;

  State state_ = State::kReading;
  bool tls_;
  bool read_outstanding_ = false;
  bool request_started_ = false;
  bool header_done_ = false;
  bool continue_sent_ = false;
  std::size_t lingered_ = 0;

  beast::flat_buffer buffer_;
  std::array<char, 4096> chunk_;
  std::optional<Parser> parser_;
  std::weak_ptr<ConnectionResponder> responder_;
  std::optional<WebSocketHandlers> upgrade_;

  // The answer being written.
  AnswerContext answer_;
  std::string origin_;
  std::string head_;
  Response response_;
};

}  // namespace kcs::http
