#pragma once

#include <any>
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "server/http/message.h"

// Everything here lives on the runtime's thread.
namespace kcs::socketio {

struct Arguments;
struct ConnectError;
struct SocketState;
class Namespace;
class Socket;
using SocketPtr = std::shared_ptr<Socket>;

// What the client said when it connected.
struct Handshake {
  std::shared_ptr<const http::Request> request;  // the Engine.IO handshake: headers, query, remote, tls
  std::shared_ptr<const boost::json::value>
      auth;  // the CONNECT packet's payload; an empty object when there was none
};

enum class DisconnectReason : std::uint8_t {
  kClientNamespaceDisconnect,  // the client called disconnect()
  kServerNamespaceDisconnect,  // Socket::Disconnect()
  kTransportClose,             // the connection ended
  kTransportError,             // the connection broke, or the client broke Engine.IO's rules
  kPingTimeout,
  kParseError,         // not Engine.IO or Socket.IO
  kForcedServerClose,  // a protocol violation, or Disconnect(true) of another namespace
  kServerShuttingDown,
  kSlowConsumer,  // its outgoing queue passed the bounds
};
// As in the official server: "transport close", "ping timeout", ...
std::string_view ToString(DisconnectReason reason);

// The way to answer one event. False when the client asked for no acknowledgement; calling it is harmless
// then. Only the first call counts. May be kept and called later.
class Ack {
 public:
  Ack() = default;
  explicit operator bool() const { return state_ != nullptr; }
  void operator()(const Arguments& arguments) const;
  void operator()(boost::json::value value) const;

 private:
  friend class Socket;
  struct State;
  explicit Ack(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// The client's answer to EmitWithAck; null arguments when it did not answer in time or has left.
using AckCallback = std::function<void(const Arguments* arguments)>;

// One client in one namespace.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Unique, unguessable, not the Engine.IO session id; also the name of a room with just this socket.
  const std::string& id() const;
  const Handshake& handshake() const;
  Namespace& nsp() const;
  // False until the client has been told that it is connected, and again once it has left.
  bool connected() const;

  // The application's own state; filled by the middleware or the connection handler.
  std::any& data();
  template <typename T>
  T* data_as() {
    return std::any_cast<T>(&data());
  }

  // Ignored when not connected. `event` must not be a reserved name ("connect", "disconnect", ...).
  void Emit(std::string_view event, const Arguments& arguments);
  void Emit(std::string_view event, boost::json::value value);
  // `callback` is called exactly once.
  void EmitWithAck(std::string_view event, const Arguments& arguments, Duration timeout,
                   AckCallback callback);

  void Join(std::string_view room);
  void Leave(std::string_view room);
  std::vector<std::string> Rooms() const;

  // Tells the client that it is disconnected from this namespace; with `close` its connection is closed as
  // well. The disconnect handler is called before this returns.
  void Disconnect(bool close = false);

 private:
  friend class Ack;
  friend class Client;
  friend class Namespace;

  void SendAck(std::uint64_t id, const Arguments& arguments);
  // False when nobody waits for that acknowledgement (any more).
  bool ResolveAck(std::uint64_t id, const Arguments* arguments);
  Ack MakeAck(std::optional<std::uint64_t> id);
  // The client is gone from the namespace: rooms, acknowledgements, the application's handler.
  void Left(DisconnectReason reason);

  explicit Socket(std::unique_ptr<SocketState> state);
  std::unique_ptr<SocketState> state_;
};

}  // namespace kcs::socketio
