#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "server/socketio/core.h"
#include "server/socketio/encoder.h"
#include "server/socketio/engine_server.h"
#include "server/socketio/packet_decoder.h"
#include "server/socketio/socket.h"

namespace kcs::socketio {

// One Engine.IO session as Socket.IO sees it: a decoder and a Socket for each namespace the client has
// joined.
class Client final : public std::enable_shared_from_this<Client> {
 public:
  Client(std::shared_ptr<ServerCore> core, std::shared_ptr<EngineSession> session);

  // Takes over the session's handlers and starts the wait for the first CONNECT.
  void Start();
  void Send(const Frames& frames);
  void Send(EngineFrame frame) { session_->Send(std::move(frame)); }
  ServerCore& core() { return *core_; }

  // Leaves one namespace, telling the client.
  void Disconnect(Socket& socket);
  // Leaves every namespace, telling the client, and closes the session.
  void DisconnectAll();

 private:
  // A namespace that was asked for; its socket is connected once the middlewares have let it in.
  using Entries = std::vector<SocketPtr>;

  void OnMessage(std::string_view message, bool binary);
  void OnClose(EngineCloseReason reason);
  void OnPacket(Packet& packet, std::vector<Attachment> attachments);
  void OnConnect(const Packet& packet);
  void OnDisconnect(const SocketPtr& socket);
  void OnEvent(const SocketPtr& socket, Packet& packet, std::vector<Attachment> attachments);
  void RunMiddleware(const SocketPtr& socket, std::size_t index);
  void Refuse(const SocketPtr& socket, const ConnectError& error);
  void Admit(const SocketPtr& socket);
  void CloseSession(DisconnectReason reason);

  SocketPtr Find(std::string_view nsp) const;
  bool Has(const SocketPtr& socket) const;
  void Remove(const Socket* socket);

  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<EngineSession> session_;
  PacketDecoder decoder_;
  Entries entries_;
  http::Timer connect_timer_;
  std::optional<DisconnectReason> close_reason_;  // when it is we who close
};

}  // namespace kcs::socketio
