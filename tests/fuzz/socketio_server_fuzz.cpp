// A whole Socket.IO server in virtual time. The input's lines are what one client does: 'g' polls, 'p...'
// posts, 'w' opens a WebSocket (an upgrade when there is a session), 't...' and 'b...' send on it, 'd' drops
// it, '+' lets time pass.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/entropy.h"
#include "server/http/manual_runtime.h"
#include "server/socketio/arguments.h"
#include "server/socketio/server.h"
#include "server/socketio/test_client.h"

using namespace kcs::socketio;
using namespace kcs::socketio::testing;

namespace {

class Fuzzed {
 public:
  Fuzzed() : server_(runtime_, entropy_, Config()) {
    for (Namespace* nsp : {&server_.Of("/"), &server_.Of("/custom")}) {
      nsp->OnConnection([](const SocketPtr& socket) {
        socket->Join("room");
        socket->Emit("auth", *socket->handshake().auth);
      });
      nsp->OnOther(
          [](const SocketPtr& socket, std::string_view event, const Arguments& arguments, const Ack& ack) {
            ack(arguments);
            if (event == "leave") socket->Disconnect();
            if (event == "kick") socket->Disconnect(true);
            socket->nsp().EmitTo("room", "back", arguments);
            socket->EmitWithAck("ask", arguments, kcs::Duration(1'000'000), [](const Arguments*) {});
          });
    }
  }

  void Do(std::string_view line) {
    if (line.empty()) return;
    const std::string_view rest = line.substr(1);
    switch (line[0]) {
      case 'g':
        Polled(Ask(server_.engine(), MakeRequest("GET", "polling", sid_)));
        return;
      case 'p':
        Ask(server_.engine(), MakeRequest("POST", "polling", sid_, rest));
        return;
      case 'w':
        if (sockets_.size() < 4)
          sockets_.emplace_back(server_.engine(), MakeRequest("GET", "websocket", sid_));
        return;
      case 't':
      case 'b':
        if (!sockets_.empty() && sockets_.back().is_open()) {
          line[0] == 't' ? sockets_.back().Text(rest) : sockets_.back().Binary(rest);
        }
        return;
      case 'd':
        if (!sockets_.empty() && !sockets_.back().refused) sockets_.back().Drop();
        if (!sockets_.empty()) sockets_.pop_back();
        return;
      case '+':
        runtime_.Advance(kcs::Duration(100'000 * static_cast<int>(rest.size() + 1)));
        return;
      default:
        return;
    }
  }

 private:
  static ServerConfig Config() {
    ServerConfig config;
    config.engine.max_pending_packets = 50;
    config.engine.ping_interval = kcs::Duration(300'000);
    config.engine.ping_timeout = kcs::Duration(200'000);
    return config;
  }

  void Polled(const std::shared_ptr<FakeResponder>& answer) {
    const std::string body = answer->body();
    const std::size_t start = body.find("\"sid\":\"");
    if (sid_.empty() && body.starts_with("0{") && start != std::string::npos)
      sid_ = body.substr(start + 7, 20);
    polls_.push_back(answer);
  }

  kcs::http::ManualRuntime runtime_;
  kcs::SeededEntropy entropy_{1};
  Server server_;
  std::string sid_;
  std::vector<TestConnection> sockets_;
  std::vector<std::shared_ptr<FakeResponder>> polls_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Fuzzed fuzzed;
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    fuzzed.Do(input.substr(0, end));
    input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  }
  return 0;
}
