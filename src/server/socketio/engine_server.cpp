#include "server/socketio/engine_server.h"

#include <optional>
#include <utility>
#include <vector>

#include "server/socketio/engine_session.h"

namespace kcs::socketio {
namespace {

// Errors of the handshake, as clients know them: HTTP 400 with {"code","message"}.
enum class EngineError : int {
  kUnknownTransport = 0,
  kUnknownSid = 1,
  kBadHandshakeMethod = 2,
  kBadRequest = 3,
  kForbidden = 4,
  kUnsupportedProtocolVersion = 5,
};

std::string_view Message(EngineError error) {
  switch (error) {
    case EngineError::kUnknownTransport:
      return "Transport unknown";
    case EngineError::kUnknownSid:
      return "Session ID unknown";
    case EngineError::kBadHandshakeMethod:
      return "Bad handshake method";
    case EngineError::kBadRequest:
      return "Bad request";
    case EngineError::kForbidden:
      return "Forbidden";
    case EngineError::kUnsupportedProtocolVersion:
      return "Unsupported protocol version";
  }
  return "Bad request";
}

http::Response ErrorResponse(EngineError error, int status = 400) {
  std::string body = R"({"code":)" + std::to_string(static_cast<int>(error)) + R"(,"message":")";
  body += Message(error);
  body += R"("})";
  return http::Response::Json(status, std::move(body));
}

// What the callbacks of one WebSocket know: whose it is. Weak, because the session holds the socket.
struct Link {
  std::weak_ptr<EngineSessionImpl> session;
  std::shared_ptr<http::WebSocket> websocket;
};

}  // namespace

struct EngineServer::Impl : std::enable_shared_from_this<EngineServer::Impl> {
  explicit Impl(std::shared_ptr<EngineCore> core_in) : core(std::move(core_in)) {}

  // Why a request cannot be served, whatever the session says. `upgrade`: it is a WebSocket handshake.
  std::optional<EngineError> Verify(const http::Request& request, bool upgrade) const;
  std::shared_ptr<EngineSessionImpl> FindSession(const http::Request& request) const;
  bool is_full() const { return core->closing || core->sessions.size() >= core->config.max_sessions; }
  std::shared_ptr<EngineSessionImpl> NewSession(std::shared_ptr<const http::Request> request);
  void OpenPolling(http::Request request, std::shared_ptr<http::Responder> responder);
  void OpenWebSocket(const std::shared_ptr<Link>& link, std::shared_ptr<const http::Request> request);
  void OpenProbe(const std::shared_ptr<Link>& link, const std::string& sid);
  http::WebSocketHandlers MakeHandlers(const http::Request& request, bool probe);

  std::shared_ptr<EngineCore> core;
};

std::shared_ptr<EngineSessionImpl> EngineServer::Impl::FindSession(const http::Request& request) const {
  const auto it = core->sessions.find(std::string(request.query.Get("sid")));
  if (it == core->sessions.end()) return nullptr;
  const std::shared_ptr<EngineSessionImpl> session = it->second;
  return session->CheckExpired() ? nullptr : session;
}

std::optional<EngineError> EngineServer::Impl::Verify(const http::Request& request, bool upgrade) const {
  const std::string_view transport = request.query.Get("transport");
  if (transport != "polling" && transport != "websocket") return EngineError::kUnknownTransport;
  const bool websocket = transport == "websocket";
  if (!request.query.Get("sid").empty()) {
    const auto session = FindSession(request);
    if (!session) return EngineError::kUnknownSid;
    // A WebSocket's session is reached through its WebSocket alone, and a polling one by GET and POST.
    if (!upgrade && (websocket || session->is_websocket())) return EngineError::kBadRequest;
    if (!upgrade && request.method != "GET" && request.method != "POST") return EngineError::kBadRequest;
  } else {
    if (request.method != "GET") return EngineError::kBadHandshakeMethod;
    if (websocket != upgrade) return EngineError::kBadRequest;
    if (request.query.Get("EIO") != "4") return EngineError::kUnsupportedProtocolVersion;
  }
  if (upgrade && !websocket) return EngineError::kBadRequest;
  return std::nullopt;
}

std::shared_ptr<EngineSessionImpl> EngineServer::Impl::NewSession(
    std::shared_ptr<const http::Request> request) {
  auto session = std::make_shared<EngineSessionImpl>(core, core->entropy.Token(20), std::move(request));
  core->sessions.emplace(session->id(), session);
  core->counters.Add(EngineEvent::kOpened);
  return session;
}

void EngineServer::Impl::OpenPolling(http::Request request, std::shared_ptr<http::Responder> responder) {
  const auto session = NewSession(std::make_shared<const http::Request>(std::move(request)));
  session->Open(true);
  // The first answer has the handshake alone, whatever on_open sends.
  session->OnPoll(std::move(responder));
  core->on_open(session);
}

void EngineServer::Impl::OpenWebSocket(const std::shared_ptr<Link>& link,
                                       std::shared_ptr<const http::Request> request) {
  if (is_full()) {
    core->counters.Add(EngineEvent::kTooManySessions);
    link->websocket->Close(1013, "too many sessions");
    return;
  }
  const auto session = NewSession(std::move(request));
  link->session = session;
  session->Open(false);
  session->SetWebSocket(link->websocket);
  core->on_open(session);
}

void EngineServer::Impl::OpenProbe(const std::shared_ptr<Link>& link, const std::string& sid) {
  const auto it = core->sessions.find(sid);
  if (it == core->sessions.end() || !it->second->CanUpgrade()) {
    core->counters.Add(EngineEvent::kUpgradeFailed);
    link->websocket->Close(1000, {});
    return;
  }
  link->session = it->second;
  it->second->SetProbe(link->websocket);
}

http::WebSocketHandlers EngineServer::Impl::MakeHandlers(const http::Request& request, bool probe) {
  auto link = std::make_shared<Link>();
  http::WebSocketHandlers handlers;
  handlers.max_message_bytes = core->config.max_payload;
  handlers.max_queued_bytes = core->config.max_pending_bytes;
  handlers.max_queued_messages = core->config.max_pending_packets;
  handlers.on_open = [impl = shared_from_this(), link,
                      shared = std::make_shared<const http::Request>(request),
                      probe](std::shared_ptr<http::WebSocket> websocket) {
    link->websocket = std::move(websocket);
    if (probe) {
      impl->OpenProbe(link, std::string(shared->query.Get("sid")));
    } else {
      impl->OpenWebSocket(link, shared);
    }
  };
  handlers.on_message = [link](std::string_view message, bool binary) {
    if (const auto session = link->session.lock()) {
      session->OnWebSocketMessage(link->websocket.get(), message, binary);
    }
  };
  handlers.on_close = [link](const http::WebSocketClose& close) {
    const auto websocket = std::exchange(link->websocket, nullptr);
    if (const auto session = link->session.lock()) session->OnWebSocketClose(websocket.get(), close);
  };
  return handlers;
}

EngineServer::EngineServer(http::Runtime& runtime, Entropy& entropy, EngineConfig config, OpenHandler on_open)
    : impl_(std::make_shared<Impl>(std::make_shared<EngineCore>(runtime, entropy, config))) {
  impl_->core->on_open = std::move(on_open);
}

EngineServer::~EngineServer() {
  Close();
  impl_->core->on_open = [](const std::shared_ptr<EngineSession>& session) { session->Close(); };
  // Polling sessions that have not been told yet: nobody will ask us any more.
  const auto untold = std::exchange(impl_->core->sessions, {});
}

void EngineServer::Mount(http::Router& router, std::string_view path) {
  router.Mount(
      path,
      [this](http::Request request, std::shared_ptr<http::Responder> responder) {
        HandleRequest(std::move(request), std::move(responder));
      },
      [this](const http::Request& request) { return HandleUpgrade(request); });
}

void EngineServer::HandleRequest(http::Request request, std::shared_ptr<http::Responder> responder) {
  if (const auto error = impl_->Verify(request, false)) {
    impl_->core->counters.Add(EngineEvent::kBadRequest);
    responder->Send(ErrorResponse(*error));
    return;
  }
  if (const auto session = impl_->FindSession(request)) {
    if (request.method == "GET") {
      session->OnPoll(std::move(responder));
    } else {
      session->OnPost(request, responder);
    }
    return;
  }
  if (impl_->is_full()) {
    impl_->core->counters.Add(EngineEvent::kTooManySessions);
    responder->Send(ErrorResponse(EngineError::kForbidden, 503));
    return;
  }
  request.body.clear();
  impl_->OpenPolling(std::move(request), std::move(responder));
}

http::UpgradeDecision EngineServer::HandleUpgrade(const http::Request& request) {
  if (const auto error = impl_->Verify(request, true)) {
    impl_->core->counters.Add(EngineEvent::kBadRequest);
    return ErrorResponse(*error);
  }
  const bool probe = request.query.Has("sid") && !request.query.Get("sid").empty();
  if (!probe && impl_->is_full()) {
    impl_->core->counters.Add(EngineEvent::kTooManySessions);
    return ErrorResponse(EngineError::kForbidden, 503);
  }
  // A session that cannot be upgraded any more is told so by a close, not by a refused handshake: the client
  // cannot see the difference between that and a proxy that does not let WebSockets through.
  return impl_->MakeHandlers(request, probe);
}

void EngineServer::Close() {
  impl_->core->closing = true;
  std::vector<std::shared_ptr<EngineSessionImpl>> sessions;
  for (const auto& [id, session] : impl_->core->sessions) sessions.push_back(session);
  for (const auto& session : sessions) session->Close();
}

std::size_t EngineServer::sessions() const { return impl_->core->sessions.size(); }
const EnumCounters<EngineEvent>& EngineServer::counters() const { return impl_->core->counters; }
const EnumCounters<EngineCloseReason>& EngineServer::closed() const { return impl_->core->closed; }

}  // namespace kcs::socketio
