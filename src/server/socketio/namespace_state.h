#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/socketio/core.h"
#include "server/socketio/encoder.h"
#include "server/socketio/namespace.h"

namespace kcs::socketio {

struct Namespace::Impl {
  Impl(ServerCore& core_in, std::string name_in) : core(core_in), name(std::move(name_in)) {}

  void Insert(const SocketPtr& socket);
  // Out of the namespace and of its rooms.
  void Erase(Socket& socket);
  bool Join(Socket& socket, std::string_view room);
  void Leave(Socket& socket, std::string_view room);
  // The members of one room, or the one socket of that id.
  void Collect(std::string_view room, std::vector<SocketPtr>& out) const;
  std::vector<SocketPtr> Resolve(const Audience& audience) const;
  void Broadcast(const std::vector<SocketPtr>& receivers, std::string_view event, const Arguments& arguments);

  ServerCore& core;
  std::string name;
  std::vector<Middleware> middlewares;
  ConnectionHandler on_connection;
  DisconnectHandler on_disconnect;
  AnyEventHandler on_other;
  std::map<std::string, EventHandler, std::less<>> on_event;

  std::unordered_map<std::string, SocketPtr> sockets;
  std::unordered_map<std::string, std::vector<Socket*>> rooms;
};

}  // namespace kcs::socketio
