#include "server/socketio/socket.h"

#include <algorithm>
#include <utility>

#include "server/socketio/arguments.h"
#include "server/socketio/client.h"
#include "server/socketio/namespace_state.h"
#include "server/socketio/socket_state.h"

namespace kcs::socketio {

std::string_view ToString(DisconnectReason reason) {
  switch (reason) {
    case DisconnectReason::kClientNamespaceDisconnect:
      return "client namespace disconnect";
    case DisconnectReason::kServerNamespaceDisconnect:
      return "server namespace disconnect";
    case DisconnectReason::kTransportClose:
      return "transport close";
    case DisconnectReason::kTransportError:
      return "transport error";
    case DisconnectReason::kPingTimeout:
      return "ping timeout";
    case DisconnectReason::kParseError:
      return "parse error";
    case DisconnectReason::kForcedServerClose:
      return "forced server close";
    case DisconnectReason::kServerShuttingDown:
      return "server shutting down";
    case DisconnectReason::kSlowConsumer:
      return "slow consumer";
  }
  return "unknown";
}

const boost::json::value& Arguments::first() const {
  static const boost::json::value kNull;
  return values.empty() ? kNull : values.front();
}

struct Ack::State {
  std::weak_ptr<Socket> socket;
  std::uint64_t id = 0;
  bool used = false;
};

void Ack::operator()(const Arguments& arguments) const {
  if (!state_ || state_->used) return;
  state_->used = true;
  const auto socket = state_->socket.lock();
  if (socket && socket->connected()) socket->SendAck(state_->id, arguments);
}

void Ack::operator()(boost::json::value value) const { (*this)(Arguments(std::move(value))); }

Socket::Socket(std::unique_ptr<SocketState> state) : state_(std::move(state)) {}
Socket::~Socket() = default;

const std::string& Socket::id() const { return state_->id; }
const Handshake& Socket::handshake() const { return state_->handshake; }
Namespace& Socket::nsp() const { return *state_->nsp; }
bool Socket::connected() const { return state_->connected; }
std::any& Socket::data() { return state_->data; }
std::vector<std::string> Socket::Rooms() const { return state_->rooms; }

void Socket::Emit(std::string_view event, const Arguments& arguments) {
  const auto client = state_->client.lock();
  if (!client || !state_->connected) return;
  client->core().counters.Add(ServerEvent::kEventSent);
  client->Send(EncodeEvent(state_->nsp->name(), std::nullopt, event, arguments));
}

void Socket::Emit(std::string_view event, boost::json::value value) {
  Emit(event, Arguments(std::move(value)));
}

void Socket::EmitWithAck(std::string_view event, const Arguments& arguments, Duration timeout,
                         AckCallback callback) {
  const auto client = state_->client.lock();
  if (!client || !state_->connected) {
    callback(nullptr);
    return;
  }
  ServerCore& core = client->core();
  if (state_->acks.size() >= core.config.max_pending_acks) {
    core.counters.Add(ServerEvent::kTooManyAcks);
    callback(nullptr);
    return;
  }
  const std::uint64_t id = state_->next_ack++;
  http::Timer timer = core.runtime.After(timeout, [weak = weak_from_this(), id, &core] {
    const auto self = weak.lock();
    if (!self) return;
    core.counters.Add(ServerEvent::kAckTimeout);
    self->ResolveAck(id, nullptr);
  });
  state_->acks.emplace(id, SocketState::PendingAck{std::move(callback), std::move(timer)});
  core.counters.Add(ServerEvent::kEventSent);
  client->Send(EncodeEvent(state_->nsp->name(), id, event, arguments));
}

bool Socket::ResolveAck(std::uint64_t id, const Arguments* arguments) {
  const auto node = state_->acks.extract(id);
  if (node.empty()) return false;
  state_->nsp->impl_->core.Call("acknowledgement", node.mapped().callback, arguments);
  return true;
}

void Socket::SendAck(std::uint64_t id, const Arguments& arguments) {
  if (const auto client = state_->client.lock()) client->Send(EncodeAck(state_->nsp->name(), id, arguments));
}

Ack Socket::MakeAck(std::optional<std::uint64_t> id) {
  if (!id) return {};
  auto state = std::make_shared<Ack::State>();
  state->socket = weak_from_this();
  state->id = *id;
  return Ack(std::move(state));
}

void Socket::Join(std::string_view room) {
  if (!state_->connected) return;
  Namespace::Impl& nsp = *state_->nsp->impl_;
  if (state_->rooms.size() >= nsp.core.config.max_rooms_per_socket) {
    nsp.core.counters.Add(ServerEvent::kTooManyRooms);
    return;
  }
  if (nsp.Join(*this, room)) state_->rooms.emplace_back(room);
}

void Socket::Leave(std::string_view room) {
  if (std::erase(state_->rooms, room) > 0) state_->nsp->impl_->Leave(*this, room);
}

void Socket::Left(DisconnectReason reason) {
  const SocketPtr self = shared_from_this();
  Namespace::Impl& nsp = *state_->nsp->impl_;
  if (!std::exchange(state_->connected, false)) return;
  nsp.Erase(*this);
  state_->rooms.clear();
  while (!state_->acks.empty()) ResolveAck(state_->acks.begin()->first, nullptr);
  nsp.core.Call("disconnect", nsp.on_disconnect, self, reason);
}

void Socket::Disconnect(bool close) {
  const auto client = state_->client.lock();
  if (!client) return;
  if (close) {
    client->DisconnectAll();
  } else {
    client->Disconnect(*this);
  }
}

}  // namespace kcs::socketio
