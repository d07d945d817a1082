#include "server/socketio/namespace.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "server/socketio/arguments.h"
#include "server/socketio/client.h"
#include "server/socketio/namespace_state.h"
#include "server/socketio/socket_state.h"

namespace kcs::socketio {

void Namespace::Impl::Insert(const SocketPtr& socket) { sockets.emplace(socket->id(), socket); }

void Namespace::Impl::Erase(Socket& socket) {
  for (const std::string& room : socket.Rooms()) Leave(socket, room);
  sockets.erase(socket.id());
}

bool Namespace::Impl::Join(Socket& socket, std::string_view room) {
  std::vector<Socket*>& members = rooms[std::string(room)];
  if (std::find(members.begin(), members.end(), &socket) != members.end()) return false;
  members.push_back(&socket);
  return true;
}

void Namespace::Impl::Leave(Socket& socket, std::string_view room) {
  const auto it = rooms.find(std::string(room));
  if (it == rooms.end()) return;
  std::erase(it->second, &socket);
  if (it->second.empty()) rooms.erase(it);
}

void Namespace::Impl::Collect(std::string_view room, std::vector<SocketPtr>& out) const {
  const std::string key(room);
  if (const auto it = rooms.find(key); it != rooms.end()) {
    for (Socket* member : it->second) out.push_back(member->shared_from_this());
  }
  if (const auto it = sockets.find(key); it != sockets.end()) out.push_back(it->second);
}

std::vector<SocketPtr> Namespace::Impl::Resolve(const Audience& audience) const {
  std::vector<SocketPtr> receivers;
  if (audience.rooms.empty()) {
    for (const auto& [id, socket] : sockets) receivers.push_back(socket);
  }
  for (const std::string& room : audience.rooms) Collect(room, receivers);
  if (audience.except.empty() && audience.rooms.size() < 2) return receivers;

  std::vector<SocketPtr> excluded;
  for (const std::string& room : audience.except) Collect(room, excluded);
  std::unordered_set<const Socket*> seen;
  for (const SocketPtr& socket : excluded) seen.insert(socket.get());
  std::erase_if(receivers, [&](const SocketPtr& socket) { return !seen.insert(socket.get()).second; });
  return receivers;
}

void Namespace::Impl::Broadcast(const std::vector<SocketPtr>& receivers, std::string_view event,
                                const Arguments& arguments) {
  core.counters.Add(ServerEvent::kBroadcast);
  if (receivers.empty()) return;
  const Frames frames = EncodeEvent(name, std::nullopt, event, arguments);
  for (const SocketPtr& socket : receivers) {
    if (const auto client = socket->state_->client.lock(); client && socket->connected())
      client->Send(frames);
  }
}

Namespace::Namespace(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Namespace::~Namespace() = default;

const std::string& Namespace::name() const { return impl_->name; }
void Namespace::Use(Middleware middleware) { impl_->middlewares.push_back(std::move(middleware)); }
void Namespace::OnConnection(ConnectionHandler handler) { impl_->on_connection = std::move(handler); }
void Namespace::OnOther(AnyEventHandler handler) { impl_->on_other = std::move(handler); }
void Namespace::OnDisconnect(DisconnectHandler handler) { impl_->on_disconnect = std::move(handler); }
void Namespace::On(std::string_view event, EventHandler handler) {
  impl_->on_event.insert_or_assign(std::string(event), std::move(handler));
}

void Namespace::Emit(const Audience& audience, std::string_view event, const Arguments& arguments) {
  impl_->Broadcast(impl_->Resolve(audience), event, arguments);
}

void Namespace::Emit(const Audience& audience, std::string_view event, boost::json::value value) {
  Emit(audience, event, Arguments(std::move(value)));
}

void Namespace::Emit(const std::vector<SocketPtr>& receivers, std::string_view event,
                     const Arguments& arguments) {
  impl_->Broadcast(receivers, event, arguments);
}

void Namespace::EmitTo(std::string_view room, std::string_view event, const Arguments& arguments,
                       std::string_view except) {
  Audience audience;
  audience.rooms.emplace_back(room);
  if (!except.empty()) audience.except.emplace_back(except);
  Emit(audience, event, arguments);
}

SocketPtr Namespace::Find(std::string_view socket_id) const {
  const auto it = impl_->sockets.find(std::string(socket_id));
  return it == impl_->sockets.end() ? nullptr : it->second;
}

std::vector<SocketPtr> Namespace::In(std::string_view room) const {
  std::vector<SocketPtr> out;
  impl_->Collect(room, out);
  return out;
}

std::vector<SocketPtr> Namespace::Sockets() const { return impl_->Resolve({}); }
std::size_t Namespace::socket_count() const { return impl_->sockets.size(); }

}  // namespace kcs::socketio
