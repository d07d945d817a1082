// An echo server on Socket.IO under /socket.io/ (namespaces "/" and "/custom") and on bare Engine.IO under
// /engine.io/. Speaks what the official protocol test suites expect of the server they test.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "io/system_entropy.h"
#include "server/http/asio_runtime.h"
#include "server/http/server.h"
#include "server/socketio/arguments.h"
#include "server/socketio/server.h"

namespace {

namespace http = kcs::http;
namespace socketio = kcs::socketio;
using std::chrono::milliseconds;

struct Options {
  std::uint16_t port = 3000;
  int ping_interval_ms = 25'000;
  int ping_timeout_ms = 20'000;
  int connect_timeout_ms = 45'000;
  std::size_t max_payload = 1'000'000;
  std::string certificate;
  std::string key;
  std::vector<std::string> cors_origins;
};

void Serve(socketio::Namespace& nsp) {
  nsp.OnConnection(
      [](const socketio::SocketPtr& socket) { socket->Emit("auth", *socket->handshake().auth); });
  nsp.On("message", [](const socketio::SocketPtr& socket, const socketio::Arguments& arguments, const auto&) {
    socket->Emit("message-back", arguments);
  });
  nsp.On("message-with-ack",
         [](const auto&, const socketio::Arguments& arguments, const socketio::Ack& ack) { ack(arguments); });
  // What the conformance tests need on top: rooms, broadcasts, acknowledgements from the client, goodbyes.
  nsp.On("join", [](const socketio::SocketPtr& socket, const socketio::Arguments& arguments,
                    const socketio::Ack& ack) {
    if (arguments.first().is_string()) socket->Join(std::string_view(arguments.first().get_string()));
    ack(socketio::Arguments());
  });
  nsp.On("broadcast",
         [](const socketio::SocketPtr& socket, const socketio::Arguments& arguments, const auto&) {
           socket->nsp().EmitTo("room", "broadcasted", arguments, socket->id());
         });
  nsp.On("ask-me", [](const socketio::SocketPtr& socket, const socketio::Arguments& arguments, const auto&) {
    const std::weak_ptr<socketio::Socket> weak = socket;
    socket->EmitWithAck("question", arguments, std::chrono::seconds(2),
                        [weak](const socketio::Arguments* answer) {
                          const auto asked = weak.lock();
                          if (asked && answer != nullptr) asked->Emit("answered", *answer);
                        });
  });
  nsp.On("leave", [](const socketio::SocketPtr& socket, const auto&, const auto&) { socket->Disconnect(); });
  nsp.On("kick",
         [](const socketio::SocketPtr& socket, const auto&, const auto&) { socket->Disconnect(true); });
}

// Lets in only who says the magic word, after a while.
void Guard(socketio::Namespace& nsp, http::Runtime& runtime) {
  nsp.Use([&runtime](const socketio::SocketPtr& socket, const socketio::Next& next) {
    runtime.Post([socket, next] {
      const auto* auth = socket->handshake().auth->if_object();
      const auto* token = auth == nullptr ? nullptr : auth->if_contains("token");
      if (token != nullptr && *token == "please") {
        next(std::nullopt);
      } else {
        next(socketio::ConnectError{"not allowed", {{"code", "unauthorized"}}});
      }
    });
  });
}

void EchoEngine(const std::shared_ptr<socketio::EngineSession>& session) {
  const std::weak_ptr<socketio::EngineSession> weak = session;
  socketio::EngineSession::Handlers handlers;
  handlers.on_message = [weak](std::string_view message, bool binary) {
    const auto self = weak.lock();
    if (!self) return;
    self->Send(binary ? socketio::EngineFrame::BinaryMessage(std::make_shared<const std::string>(message))
                      : socketio::EngineFrame::TextMessage(message));
  };
  session->SetHandlers(std::move(handlers));
}

int Run(const Options& options) {
  http::AsioRuntime runtime;
  kcs::io::SystemEntropy entropy;
  socketio::ServerConfig config;
  config.engine.ping_interval = milliseconds(options.ping_interval_ms);
  config.engine.ping_timeout = milliseconds(options.ping_timeout_ms);
  config.engine.max_payload = options.max_payload;
  config.connect_timeout = milliseconds(options.connect_timeout_ms);
  socketio::Server server(runtime, entropy, config);
  Serve(server.Of("/"));
  Serve(server.Of("/custom"));
  Serve(server.Of("/guarded"));
  Guard(server.Of("/guarded"), runtime);
  socketio::EngineServer engine(runtime, entropy, config.engine, EchoEngine);

  http::Router router;
  server.Mount(router);
  engine.Mount(router, "/engine.io/");
  http::ServerConfig http_config;
  http_config.port = options.port;
  http_config.tls_certificate = options.certificate;
  http_config.tls_key = options.key;
  http_config.cors_origins = options.cors_origins;
  http::Server http_server(runtime, http_config, std::move(router));
  if (const auto started = http_server.Start(); !started) {
    std::cerr << started.error() << "\n";
    return 1;
  }
  std::cout << "listening on " << http_server.port() << std::endl;
  runtime.OnSignals({SIGINT, SIGTERM}, [&](int) {
    server.Close();
    engine.Close();
    http_server.Stop(std::chrono::seconds(2), [&runtime] { runtime.Stop(); });
  });
  runtime.Run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Socket.IO and Engine.IO echo server");
  app.add_option("--port", options.port, "TCP port, 0 for any")->capture_default_str();
  app.add_option("--ping-interval", options.ping_interval_ms, "milliseconds")->capture_default_str();
  app.add_option("--ping-timeout", options.ping_timeout_ms, "milliseconds")->capture_default_str();
  app.add_option("--connect-timeout", options.connect_timeout_ms, "milliseconds")->capture_default_str();
  app.add_option("--max-payload", options.max_payload, "bytes")->capture_default_str();
  app.add_option("--tls-cert", options.certificate, "PEM file");
  app.add_option("--tls-key", options.key, "PEM file");
  app.add_option("--cors-origin", options.cors_origins, "origin, or *");
  CLI11_PARSE(app, argc, argv);
  return Run(options);
}
