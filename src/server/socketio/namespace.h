#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/socketio/socket.h"

namespace kcs::socketio {

// Called by a middleware exactly once, now or later: nothing lets the client in, an error refuses it.
using Next = std::function<void(std::optional<ConnectError>)>;
// Runs before a client is connected; the socket has its id and handshake already, and its data() may be
// filled.
using Middleware = std::function<void(const SocketPtr& socket, Next next)>;
using ConnectionHandler = std::function<void(const SocketPtr& socket)>;
using EventHandler = std::function<void(const SocketPtr& socket, const Arguments& arguments, Ack ack)>;
using AnyEventHandler =
    std::function<void(const SocketPtr& socket, std::string_view event, const Arguments& arguments, Ack ack)>;
using DisconnectHandler = std::function<void(const SocketPtr& socket, DisconnectReason reason)>;

// Who receives a broadcast: members of any of the rooms (everybody when there are none), except some.
struct Audience {
  std::vector<std::string> rooms;
  std::vector<std::string> except;  // rooms; a socket's id is the room of that socket alone
};

// One namespace: its handlers, sockets and rooms. Handlers are registered once, before the server starts; an
// exception that leaves one is counted and logged, and affects nobody.
class Namespace {
 public:
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  const std::string& name() const;

  // Middlewares run in order of registration, until one refuses.
  void Use(Middleware middleware);
  void OnConnection(ConnectionHandler handler);
  void On(std::string_view event, EventHandler handler);
  // Events without a handler of their own.
  void OnOther(AnyEventHandler handler);
  // Called once for each socket that was connected; it has left its rooms but still has its data.
  void OnDisconnect(DisconnectHandler handler);

  // Serialised once, whatever the number of receivers.
  void Emit(const Audience& audience, std::string_view event, const Arguments& arguments);
  void Emit(const Audience& audience, std::string_view event, boost::json::value value);
  // The same, to these; none of them twice.
  void Emit(const std::vector<SocketPtr>& receivers, std::string_view event, const Arguments& arguments);
  // To one room; `except` may be a socket's id.
  void EmitTo(std::string_view room, std::string_view event, const Arguments& arguments,
              std::string_view except = {});

  // Null when it is not connected here.
  SocketPtr Find(std::string_view socket_id) const;
  std::vector<SocketPtr> In(std::string_view room) const;
  std::vector<SocketPtr> Sockets() const;
  std::size_t socket_count() const;

 private:
  friend class Client;
  friend class Server;
  friend class Socket;
  struct Impl;
  explicit Namespace(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kcs::socketio
