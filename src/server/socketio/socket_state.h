#pragma once

#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/http/runtime.h"
#include "server/socketio/socket.h"

namespace kcs::socketio {

class Client;

struct SocketState {
  struct PendingAck {
    AckCallback callback;
    http::Timer timer;
  };

  std::string id;
  Handshake handshake;
  Namespace* nsp = nullptr;
  std::weak_ptr<Client> client;
  bool connected = false;
  std::any data;
  std::vector<std::string> rooms;
  std::uint64_t next_ack = 0;
  std::map<std::uint64_t, PendingAck> acks;
};

}  // namespace kcs::socketio
