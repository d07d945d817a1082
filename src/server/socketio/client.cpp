#include "server/socketio/client.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "server/socketio/arguments.h"
#include "server/socketio/namespace_state.h"
#include "server/socketio/socket_state.h"

namespace kcs::socketio {
namespace {

namespace json = boost::json;

PacketLimits LimitsOf(const ServerConfig& config) {
  PacketLimits limits;
  limits.max_attachments = config.max_attachments;
  limits.max_json_depth = config.max_json_depth;
  return limits;
}

DisconnectReason ReasonOf(EngineCloseReason reason) {
  switch (reason) {
    case EngineCloseReason::kTransportClose:
      return DisconnectReason::kTransportClose;
    case EngineCloseReason::kPingTimeout:
      return DisconnectReason::kPingTimeout;
    case EngineCloseReason::kParseError:
      return DisconnectReason::kParseError;
    case EngineCloseReason::kForcedClose:
      return DisconnectReason::kForcedServerClose;
    case EngineCloseReason::kOverflow:
      return DisconnectReason::kSlowConsumer;
    case EngineCloseReason::kTransportError:
    case EngineCloseReason::kPayloadTooLarge:
    case EngineCloseReason::kCount:
      break;
  }
  return DisconnectReason::kTransportError;
}

}  // namespace

Client::Client(std::shared_ptr<ServerCore> core, std::shared_ptr<EngineSession> session)
    : core_(std::move(core)), session_(std::move(session)), decoder_(LimitsOf(core_->config)) {}

void Client::Start() {
  EngineSession::Handlers handlers;
  handlers.on_message = [self = shared_from_this()](std::string_view message, bool binary) {
    self->OnMessage(message, binary);
  };
  handlers.on_close = [self = shared_from_this()](EngineCloseReason reason) { self->OnClose(reason); };
  session_->SetHandlers(std::move(handlers));
  connect_timer_ = core_->runtime.After(core_->config.connect_timeout, [this] {
    const bool joined = std::any_of(entries_.begin(), entries_.end(),
                                    [](const SocketPtr& socket) { return socket->connected(); });
    if (joined) return;
    core_->counters.Add(ServerEvent::kConnectTimeout);
    CloseSession(DisconnectReason::kForcedServerClose);
  });
}

void Client::Send(const Frames& frames) {
  for (const EngineFrame& frame : frames) session_->Send(frame);
}

SocketPtr Client::Find(std::string_view nsp) const {
  const auto it = std::find_if(entries_.begin(), entries_.end(),
                               [&](const SocketPtr& socket) { return socket->nsp().name() == nsp; });
  return it == entries_.end() ? nullptr : *it;
}

bool Client::Has(const SocketPtr& socket) const {
  return std::find(entries_.begin(), entries_.end(), socket) != entries_.end();
}

void Client::Remove(const Socket* socket) {
  std::erase_if(entries_, [&](const SocketPtr& entry) { return entry.get() == socket; });
}

void Client::OnMessage(std::string_view message, bool binary) {
  const auto self = shared_from_this();
  switch (binary ? decoder_.OnBinary(message) : decoder_.OnText(message)) {
    case PacketDecoder::Status::kIncomplete:
      return;
    case PacketDecoder::Status::kMalformed:
      core_->counters.Add(ServerEvent::kMalformedPacket);
      CloseSession(DisconnectReason::kParseError);
      return;
    case PacketDecoder::Status::kComplete:
      OnPacket(decoder_.packet(), std::move(decoder_.attachments()));
      return;
  }
}

void Client::OnPacket(Packet& packet, std::vector<Attachment> attachments) {
  const SocketPtr socket = Find(packet.nsp);
  if (packet.type == PacketType::kConnect && (!socket || !socket->connected())) {
    // Asked for twice while the middlewares still think: one answer will do for both.
    if (!socket) OnConnect(packet);
  } else if (socket && packet.type == PacketType::kDisconnect) {
    OnDisconnect(socket);
  } else if (socket && socket->connected() && packet.type == PacketType::kEvent) {
    OnEvent(socket, packet, std::move(attachments));
  } else if (socket && socket->connected() && packet.type == PacketType::kAck && packet.id) {
    Arguments arguments;
    arguments.values = std::move(packet.data.get_array());
    arguments.attachments = std::move(attachments);
    if (!socket->ResolveAck(*packet.id, &arguments)) core_->counters.Add(ServerEvent::kAckUnknown);
  } else {
    core_->counters.Add(ServerEvent::kInvalidState);
    CloseSession(DisconnectReason::kForcedServerClose);
  }
}

void Client::OnConnect(const Packet& packet) {
  Namespace* nsp = core_->Find(packet.nsp);
  if (nsp == nullptr) {
    core_->counters.Add(ServerEvent::kUnknownNamespace);
    Packet error;
    error.type = PacketType::kConnectError;
    error.nsp = packet.nsp;
    error.data = {{"message", "Invalid namespace"}};
    Send(EncodeControl(error));
    return;
  }
  auto state = std::make_unique<SocketState>();
  state->id = core_->entropy.Token(20);
  state->handshake.request = session_->request();
  state->handshake.auth = std::make_shared<const json::value>(
      packet.data.is_object() ? packet.data : json::value(json::object()));
  state->nsp = nsp;
  state->client = weak_from_this();
  const SocketPtr socket(new Socket(std::move(state)));
  entries_.push_back(socket);
  RunMiddleware(socket, 0);
}

void Client::RunMiddleware(const SocketPtr& socket, std::size_t index) {
  const std::vector<Middleware>& middlewares = socket->nsp().impl_->middlewares;
  if (index == middlewares.size()) {
    Admit(socket);
    return;
  }
  auto answered = std::make_shared<bool>(false);
  const Next next = [weak = weak_from_this(), socket, index,
                     answered](const std::optional<ConnectError>& error) {
    const auto self = weak.lock();
    // The client may have left, or given the connection up, in the meantime.
    if (std::exchange(*answered, true) || !self || !self->Has(socket)) return;
    if (error) {
      self->Refuse(socket, *error);
    } else {
      self->RunMiddleware(socket, index + 1);
    }
  };
  try {
    middlewares[index](socket, next);
  } catch (const std::exception& error) {
    core_->counters.Add(ServerEvent::kHandlerThrew);
    log::error("socket.io middleware failed: {}", error.what());
    next(ConnectError{"internal error", {{"code", "internal"}}});
  }
}

void Client::Refuse(const SocketPtr& socket, const ConnectError& error) {
  core_->counters.Add(ServerEvent::kRefused);
  Packet packet;
  packet.type = PacketType::kConnectError;
  packet.nsp = socket->nsp().name();
  json::object body{{"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  packet.data = std::move(body);
  Send(EncodeControl(packet));
  Remove(socket.get());
}

void Client::Admit(const SocketPtr& socket) {
  core_->counters.Add(ServerEvent::kConnected);
  connect_timer_.Cancel();
  Namespace::Impl& nsp = *socket->nsp().impl_;
  socket->state_->connected = true;
  nsp.Insert(socket);
  Packet packet;
  packet.type = PacketType::kConnect;
  packet.nsp = nsp.name;
  packet.data = {{"sid", socket->id()}};
  Send(EncodeControl(packet));
  core_->Call("connection", nsp.on_connection, socket);
}

void Client::OnDisconnect(const SocketPtr& socket) {
  Remove(socket.get());
  socket->Left(DisconnectReason::kClientNamespaceDisconnect);
}

void Client::OnEvent(const SocketPtr& socket, Packet& packet, std::vector<Attachment> attachments) {
  core_->counters.Add(ServerEvent::kEventReceived);
  json::array values = std::move(packet.data.get_array());
  std::string event;
  if (values.front().is_string()) {
    event = std::string_view(values.front().get_string());
  } else {
    event = json::serialize(values.front());
  }
  Arguments arguments;
  arguments.values.reserve(values.size() - 1);
  for (auto it = values.begin() + 1; it != values.end(); ++it) arguments.values.push_back(std::move(*it));
  arguments.attachments = std::move(attachments);

  const Namespace::Impl& nsp = *socket->nsp().impl_;
  const Ack ack = socket->MakeAck(packet.id);
  const auto handler = nsp.on_event.find(event);
  if (handler != nsp.on_event.end()) {
    core_->Call("event", handler->second, socket, arguments, ack);
  } else {
    core_->counters.Add(ServerEvent::kEventUnhandled);
    core_->Call("event", nsp.on_other, socket, event, arguments, ack);
  }
}

void Client::Disconnect(Socket& socket) {
  if (!socket.connected()) return;
  const auto self = shared_from_this();
  Packet packet;
  packet.type = PacketType::kDisconnect;
  packet.nsp = socket.nsp().name();
  Send(EncodeControl(packet));
  const SocketPtr keep = socket.shared_from_this();
  Remove(&socket);
  socket.Left(DisconnectReason::kServerNamespaceDisconnect);
}

void Client::DisconnectAll() {
  const auto self = shared_from_this();
  const Entries entries = entries_;
  for (const SocketPtr& socket : entries) Disconnect(*socket);
  CloseSession(DisconnectReason::kForcedServerClose);
}

void Client::CloseSession(DisconnectReason reason) {
  close_reason_ = reason;
  session_->Close();
}

void Client::OnClose(EngineCloseReason engine_reason) {
  const auto self = shared_from_this();
  connect_timer_.Cancel();
  DisconnectReason reason = close_reason_.value_or(ReasonOf(engine_reason));
  if (core_->closing) reason = DisconnectReason::kServerShuttingDown;
  const Entries entries = std::exchange(entries_, {});
  for (const SocketPtr& socket : entries) socket->Left(reason);
}

}  // namespace kcs::socketio
