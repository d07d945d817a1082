#include "server/http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/log.h"
#include "server/http/target.h"
#include "server/http/websocket_session.h"

namespace kcs::http {
namespace bhttp = beast::http;
namespace {

// What a client may send ahead of the answer to its last request. Nobody who means well sends that much.
constexpr std::size_t kMaxReadAhead = 64 * 1024;
// How long, and for how many bytes, we listen to a client that we have told to go away: closing a socket with
// unread data would send a reset, which can destroy the answer on its way (RFC 9112 9.6).
constexpr Duration kLingerTime = 2s;
constexpr std::size_t kLingerBytes = 4'000'000;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

// Belongs to one request; outlives the connection when the handler keeps it.
class ConnectionResponder final : public Responder {
 public:
  explicit ConnectionResponder(std::weak_ptr<Connection> connection, std::shared_ptr<ServerCore> core)
      : connection_(std::move(connection)), core_(std::move(core)) {}

  ~ConnectionResponder() override {
    if (sent_ || gone_) return;
    core_->counters.Add(ServerEvent::kNotAnswered);
    Send(Response::Error(500));
  }

  void Send(Response response) override {
    if (sent_ || gone_) return;
    sent_ = true;
    on_gone_ = nullptr;
    if (const auto connection = connection_.lock()) connection->Answer(std::move(response));
  }
  bool gone() const override { return gone_; }
  void OnGone(std::function<void()> handler) override { on_gone_ = std::move(handler); }

  void SetGone() {
    if (sent_ || gone_) return;
    gone_ = true;
    core_->counters.Add(ServerEvent::kClientGone);
    const std::function<void()> handler = std::exchange(on_gone_, nullptr);
    if (handler) handler();
  }

 private:
  std::weak_ptr<Connection> connection_;
  std::shared_ptr<ServerCore> core_;
  std::function<void()> on_gone_;
  bool sent_ = false;
  bool gone_ = false;
};

Connection::Connection(std::shared_ptr<ServerCore> core, Stream stream, SocketAddress remote)
    : core_(std::move(core)),
      stream_(std::move(stream)),
      remote_(remote),
      deadline_(stream_.get_executor()),
      tls_(stream_.is_tls()) {
  core_->open.insert(this);
}

Connection::~Connection() { core_->Remove(this); }

void Connection::Start() {
  asio::co_spawn(
      stream_.get_executor(), [self = shared_from_this()] { return self->Run(); }, asio::detached);
}

void Connection::Drain() {
  if (state_ == State::kReading && !request_started_) Cut();
  // Otherwise Answer() sees core_->draining and closes after the answer.
}

void Connection::Cut() {
  Disarm();
  if (state_ != State::kUpgrading) state_ = State::kClosed;
  stream_.Close();
}

Task<void> Connection::Run() {
  // Each co_await is a statement of its own: GCC 12 miscompiles them inside conditions.
  if (tls_) {
    const bool shaken = co_await Handshake();
    if (!shaken) {
      core_->counters.Add(ServerEvent::kTlsFailed);
      Cut();
      co_return;
    }
  }
  StartRequest();
  bool client_gone = false;
  while (!client_gone && state_ != State::kClosed && state_ != State::kUpgrading) {
    const bool more = co_await ReadMore();
    client_gone = !more;
    if (more && state_ == State::kReading) ProcessBuffered();
  }
  OnEnd(client_gone);
}

Task<bool> Connection::Handshake() {
  Arm(core_->config.limits.header_timeout);
  const auto [error] = co_await stream_.tls().async_handshake(kAsTuple);
  co_return !error;
}

Task<bool> Connection::ReadMore() {
  read_outstanding_ = true;
  const auto [error, n] = co_await stream_.async_read_some(asio::buffer(chunk_), kAsTuple);
  read_outstanding_ = false;
  if (error) co_return false;
  if (state_ == State::kLingering) {
    lingered_ += n;
    if (lingered_ > kLingerBytes) Cut();
    co_return true;
  }
  buffer_.commit(asio::buffer_copy(buffer_.prepare(n), asio::buffer(chunk_.data(), n)));
  if (state_ != State::kReading && buffer_.size() > kMaxReadAhead) {
    core_->counters.Add(ServerEvent::kReadAheadTooLarge);
    co_return false;
  }
  co_return true;
}

void Connection::OnEnd(bool client_gone) {
  Disarm();
  if (const auto responder = responder_.lock(); responder && client_gone) responder->SetGone();
  if (state_ == State::kUpgrading) {
    auto session = std::make_shared<WebSocketSession>(core_, std::move(stream_), std::move(*upgrade_));
    session->Start(parser_->release());
    state_ = State::kClosed;
    return;
  }
  Cut();
}

void Connection::StartRequest() {
  state_ = State::kReading;
  request_started_ = false;
  header_done_ = false;
  continue_sent_ = false;
  parser_.emplace();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(core_->config.limits.max_header_bytes));
  parser_->body_limit(core_->config.limits.max_body_bytes);
  Arm(core_->config.limits.idle_timeout);
}

void Connection::ProcessBuffered() {
  if (buffer_.size() == 0) return;
  if (!request_started_) {
    request_started_ = true;
    Arm(core_->config.limits.header_timeout);
  }
  ErrorCode error;
  while (!error && buffer_.size() > 0 && !parser_->is_done()) {
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (used == 0) break;
  }
  if (error && error != bhttp::error::need_more) {
    OnParseError(error);
    return;
  }
  if (parser_->is_header_done() && !header_done_) OnHeaderDone();
  if (parser_->is_done() && state_ == State::kReading) OnRequest(false);
}

void Connection::OnParseError(ErrorCode error) {
  if (error == bhttp::error::body_limit) {
    OnRequest(true);
  } else if (error == bhttp::error::header_limit) {
    Refuse(431, ServerEvent::kHeaderTooLarge);
  } else {
    Refuse(400, ServerEvent::kMalformed);
  }
}

void Connection::OnHeaderDone() {
  header_done_ = true;
  if (parser_->is_done()) return;
  Arm(core_->config.limits.body_timeout);
  // RFC 9110 10.1.1: a server that receives "100-continue" and has not yet the content "MUST ... send either
  // a 100 (Continue) response or a final status code".
  if (continue_sent_ || !beast::iequals(parser_->get()[bhttp::field::expect], "100-continue")) return;
  continue_sent_ = true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (error) self->Cut();
                    });
}

Request Connection::MakeRequest() {
  auto& message = parser_->get();
  Request request;
  request.method = View(message.method_string());
  request.target = View(message.target());
  for (const auto& field : message) request.headers.Add(View(field.name_string()), View(field.value()));
  request.remote = remote_;
  request.tls = tls_;
  return request;
}

void Connection::OnRequest(bool body_too_large) {
  core_->counters.Add(ServerEvent::kRequest);
  state_ = State::kAnswering;
  Disarm();
  const auto& message = parser_->get();
  Request request = MakeRequest();
  origin_ = request.headers.Get("Origin");
  answer_ = {};
  answer_.keep_alive = message.keep_alive() && !body_too_large;
  answer_.head_request = request.method == "HEAD";
  answer_.http_1_0 = message.version() < 11;
  // RFC 9112 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message
  // that lacks a Host header field".
  if (!ParseTarget(request.target, request) || (message.version() >= 11 && !request.headers.Has("Host"))) {
    Refuse(400, ServerEvent::kMalformed);
    return;
  }
  if (body_too_large) {
    core_->counters.Add(ServerEvent::kBodyTooLarge);
    request.body_too_large = true;
    if (core_->router.IsMounted(request.path)) {
      Dispatch(std::move(request));
    } else {
      Answer(Response::Error(413));
    }
    return;
  }
  if (std::optional<Response> preflight = core_->cors.Preflight(request)) {
    Answer(std::move(*preflight));
    return;
  }
  request.websocket_upgrade = beast::websocket::is_upgrade(message);
  if (request.websocket_upgrade) {
    if (const Upgrader* upgrader = core_->router.FindUpgrader(request.path)) {
      TryUpgrade(request, *upgrader);
      return;
    }
  }
  request.body = std::move(parser_->get().body());
  Dispatch(std::move(request));
}

void Connection::TryUpgrade(const Request& request, const Upgrader& upgrader) {
  // RFC 6455 4.1: "the client MUST wait for a response from the server before sending any further data".
  if (buffer_.size() > 0 || read_outstanding_ || core_->draining) {
    Refuse(400, ServerEvent::kMalformed);
    return;
  }
  UpgradeDecision decision;
  try {
    decision = upgrader(request);
  } catch (const std::exception& error) {
    core_->counters.Add(ServerEvent::kHandlerThrew);
    log::error("upgrade of {} failed: {}", request.path, error.what());
    decision = Response::Error(500);
  }
  if (Response* refusal = std::get_if<Response>(&decision)) {
    answer_.keep_alive = false;
    Answer(std::move(*refusal));
    return;
  }
  upgrade_ = std::move(std::get<WebSocketHandlers>(decision));
  state_ = State::kUpgrading;
}

void Connection::Dispatch(Request request) {
  const auto responder = std::make_shared<ConnectionResponder>(weak_from_this(), core_);
  responder_ = responder;
  const std::string path = request.path;
  try {
    core_->router.Dispatch(std::move(request), responder);
  } catch (const std::exception& error) {
    core_->counters.Add(ServerEvent::kHandlerThrew);
    log::error("handler of {} failed: {}", path, error.what());
    responder->Send(Response::Error(500));
  }
}

void Connection::Refuse(int status, ServerEvent event) {
  core_->counters.Add(event);
  state_ = State::kAnswering;
  answer_.keep_alive = false;
  Answer(Response::Error(status));
}

void Connection::Answer(Response response) {
  if (state_ != State::kAnswering) return;
  response_ = std::move(response);
  core_->cors.Apply(origin_, response_.headers);
  answer_.unix_millis = core_->runtime.UnixMillis();
  if (core_->draining) answer_.keep_alive = false;
  head_ = ResponseHead(response_, answer_);
  Write();
}

void Connection::Write() {
  state_ = State::kWriting;
  Arm(core_->config.limits.write_timeout);
  const std::string_view body = SendsBody(response_, answer_) ? response_.content() : std::string_view();
  // A vector, not an array of two: Asio hands out the rest of an array with the part that is done as an empty
  // buffer in front, and Beast's TLS stream (flat_stream, Boost 1.81) takes that for the end when more than
  // 16 KB follow.
  const std::vector<asio::const_buffer> buffers{asio::buffer(head_), asio::buffer(body.data(), body.size())};
  asio::async_write(stream_, buffers,
                    [self = shared_from_this()](ErrorCode error, std::size_t) { self->OnWritten(error); });
}

void Connection::OnWritten(ErrorCode error) {
  if (state_ != State::kWriting) return;
  response_ = {};
  head_ = {};
  origin_.clear();
  if (error) {
    Cut();
  } else if (!answer_.keep_alive) {
    Linger();
  } else if (core_->draining) {
    Cut();
  } else {
    StartRequest();
    ProcessBuffered();
  }
}

void Connection::Linger() {
  state_ = State::kLingering;
  Arm(kLingerTime);
  if (!tls_) {
    stream_.ShutdownSend();
    return;
  }
  // RFC 9112 9.8: "A server that is not sending any more data ... MUST initiate an exchange of closure
  // alerts".
  stream_.tls().async_shutdown([self = shared_from_this()](ErrorCode) { self->stream_.ShutdownSend(); });
}

void Connection::Arm(Duration timeout) {
  deadline_.expires_after(timeout);
  deadline_.async_wait([weak = weak_from_this(), generation = ++deadline_generation_](ErrorCode error) {
    const auto self = weak.lock();
    if (self && !error && generation == self->deadline_generation_) self->OnDeadline();
  });
}

void Connection::Disarm() {
  ++deadline_generation_;
  deadline_.cancel();
}

void Connection::OnDeadline() {
  if (state_ == State::kReading && request_started_) {
    answer_ = {};
    Refuse(408, ServerEvent::kTimedOut);
    return;
  }
  if (state_ != State::kLingering) core_->counters.Add(ServerEvent::kTimedOut);
  Cut();
}

}  // namespace kcs::http
