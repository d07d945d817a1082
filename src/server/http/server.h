#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/result.h"
#include "base/time.h"
#include "server/http/router.h"
#include "server/http/server_event.h"

namespace kcs::http {

class AsioRuntime;

struct ServerLimits {
  std::size_t max_header_bytes = 16 * 1024;            // beyond: 431
  std::size_t max_body_bytes = 2'000'000 + 64 * 1024;  // beyond: 413
  std::size_t max_connections = 20'000;                // beyond: closed at once
  Duration header_timeout = 10s;                       // TLS handshake; a request's first to last header byte
  Duration body_timeout = 30s;                         // a request's body, whole
  Duration idle_timeout = 30s;                         // between two requests
  Duration write_timeout = 30s;                        // one answer, whole
};

struct ServerConfig {
  std::string listen_ip = "0.0.0.0";      // IPv4 or IPv6 text; "::" takes both
  std::uint16_t port = 0;                 // 0: the system chooses
  std::string tls_certificate;            // PEM path (chain); with it and the key the port speaks TLS only
  std::string tls_key;                    // PEM path
  std::vector<std::string> cors_origins;  // see CorsPolicy
  ServerLimits limits;
};

// HTTP/1.1 and WebSocket server on the runtime's thread.
class Server {
 public:
  Server(AsioRuntime& runtime, ServerConfig config, Router router);
  ~Server();  // closes whatever is still open
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Reads the certificate, binds and starts to accept. The error is one line for the operator.
  Result<void> Start();
  // The bound port, after Start().
  std::uint16_t port() const;
  // Stops accepting, closes idle connections and WebSockets (1001), lets running requests finish for at most
  // `grace`, then cuts them. `done` is called once nothing is left.
  void Stop(Duration grace, std::function<void()> done);

  std::size_t connections() const;
  const EnumCounters<ServerEvent>& counters() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kcs::http
