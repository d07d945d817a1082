#include "server/app/application.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/log.h"
#include "io/child_process.h"
#include "io/event_loop.h"
#include "io/network_interfaces.h"
#include "io/system_entropy.h"
#include "server/app/guest_secret.h"
#include "server/app/metrics_page.h"
#include "server/app/settings_source.h"
#include "server/app/store_catalog.h"
#include "server/auth/token.h"
#include "server/http/asio_runtime.h"
#include "server/http/server.h"
#include "server/rest/api.h"
#include "server/signaling/hub.h"
#include "server/socketio/server.h"
#include "server/turn/ice_servers.h"
#include "server/workers/pool.h"

namespace kcs::app {
namespace {

constexpr std::size_t kMaxPayload = 2'000'000;  // of Engine.IO, as the wire contract says
constexpr Duration kStopGrace = 2s;

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail("cannot read " + path);
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<auth::TokenVerifier> MakeVerifier(const Config& config, const std::string& guest_secret) {
  const auth::TokenPolicy policy{config.token_issuer, config.token_audience, auth::kDefaultLeeway};
  switch (config.token_source) {
    case TokenSource::kGuest:
      return auth::TokenVerifier::FromSecret(guest_secret, policy);
    case TokenSource::kSecret:
      return auth::TokenVerifier::FromSecret(config.token_key, policy);
    case TokenSource::kPublicKeyFile:
    case TokenSource::kJwksFile:
      break;
  }
  const auto text = ReadFile(config.token_key);
  if (!text) return Fail(text.error());
  auto verifier = config.token_source == TokenSource::kJwksFile
                      ? auth::TokenVerifier::FromJwks(*text, policy)
                      : auth::TokenVerifier::FromPublicKey(*text, policy);
  if (!verifier) return Fail(config.token_key + ": " + verifier.error());
  return verifier;
}

Result<workers::PoolOptions> MakePoolOptions(const Config& config) {
  workers::PoolOptions options;
  for (std::uint32_t i = 0; i < config.workers; ++i) {
    const PortRange ports = WorkerPorts(config, i);
    workers::WorkerOptions worker;
    worker.executable = io::OwnExecutable();
    worker.arguments = {"worker"};
    worker.listen_ips = config.media_listen_ips;
    worker.min_port = ports.min;
    worker.max_port = ports.max;
    worker.audio_last_n = config.audio_last_n;
    worker.segmentation = config.gso;
    worker.run_padding = config.run_padding;
    worker.gathering = config.gathering;
    options.workers.push_back(std::move(worker));
  }
  options.announcement.own = workers::OwnAddresses(config.guest_mode());
  if (!config.announced_ip.empty()) {
    auto resolved = io::Resolve(config.announced_ip, 0);
    if (!resolved) return Fail("MEDIASOUP_ANNOUNCED_IP: " + resolved.error());
    options.announcement.announced = *std::move(resolved);
  }
  return options;
}

}  // namespace

struct Application::Parts {
  explicit Parts(const Config& c)
      : config(c),
        loop(runtime.io_context()),
        meetings({.participants = c.max_participants,
                  .waiting = c.max_participants,
                  .transports = c.max_transports_per_participant,
                  .producers = c.max_producers_per_participant,
                  .consumers = c.max_consumers_per_participant,
                  .speaker_places = c.audio_last_n},
                 c.max_meetings, entropy) {}

  const Config config;
  http::AsioRuntime runtime;
  io::EventLoop loop;
  io::SystemEntropy entropy;
  meeting::Meetings meetings;
  std::string guest_secret;
  std::optional<auth::TokenVerifier> verifier;
  std::unique_ptr<StoreCatalog> catalog;
  std::unique_ptr<workers::WorkerPool> pool;
  std::unique_ptr<socketio::Server> sockets;
  std::unique_ptr<signaling::Hub> hub;
  std::unique_ptr<rest::Api> api;
  std::unique_ptr<http::Server> server;
  int exit_code = 0;
  bool stopping = false;

  std::vector<turn::IceServer> IceServers(const std::string& user_id) const {
    return turn::IceServers({config.turn_host, config.turn_secret}, user_id, runtime.UnixMillis() / 1000);
  }

  Result<void> OpenStore();
  Result<void> MakeSignaling();
  void MakeServer(const std::string& listen_ip);
  void Listen();
  void Announce() const;
  void Stop(int code);
};

Result<void> Application::Parts::OpenStore() {
  if (config.guest_mode()) {
    auto secret = LoadOrMakeGuestSecret(DataDirectory(config) + "/guest-secret", entropy);
    if (!secret) return Fail(secret.error());
    guest_secret = *std::move(secret);
  }
  auto made = MakeVerifier(config, guest_secret);
  if (!made) return Fail(made.error());
  verifier.emplace(*std::move(made));
  auto store = storage::MeetingStore::Open(config.database_url);
  if (!store) return Fail(store.error());
  catalog = std::make_unique<StoreCatalog>(runtime, *std::move(store));
  return {};
}

Result<void> Application::Parts::MakeSignaling() {
  const auto ice_servers = [this](const std::string& user_id) { return IceServers(user_id); };
  socketio::ServerConfig socket_config;
  socket_config.engine.max_payload = kMaxPayload;
  socket_config.engine.max_sessions = config.max_connections;
  sockets = std::make_unique<socketio::Server>(runtime, entropy, socket_config);
  hub = std::make_unique<signaling::Hub>(
      signaling::Environment{runtime, sockets->Of("/"), meetings, *pool, *catalog, *verifier, ice_servers},
      signaling::Settings{.events_per_second = config.max_events_per_second,
                          .sockets_per_ip = config.max_connections_per_ip});

  rest::StaticFiles files;
  if (const std::string root = FindWebRoot(config); !root.empty()) {
    auto loaded = rest::StaticFiles::Load(root);
    if (!loaded) return Fail(loaded.error());
    files = *std::move(loaded);
  }
  api = std::make_unique<rest::Api>(
      rest::Environment{runtime, entropy, *verifier, *catalog, meetings, *pool, *hub, ice_servers,
                        [this] { return MetricsPage(meetings, *hub, *pool, *sockets, *server); }},
      rest::Settings{.max_participants = config.max_participants,
                     .guest_secret = guest_secret,
                     .metrics_public = config.metrics_public},
      std::move(files));
  return {};
}

void Application::Parts::MakeServer(const std::string& listen_ip) {
  http::Router router;
  sockets->Mount(router);
  api->Register(router);
  http::ServerConfig server_config;
  server_config.listen_ip = listen_ip;
  server_config.port = config.port;
  server_config.tls_certificate = config.tls_cert;
  server_config.tls_key = config.tls_key;
  server_config.cors_origins = config.cors_origins;
  // Whoever polls has two connections at times; refusing with words comes before refusing to listen.
  server_config.limits.max_connections =
      std::max<std::size_t>(server_config.limits.max_connections, 2 * std::size_t{config.max_connections});
  server = std::make_unique<http::Server>(runtime, server_config, std::move(router));
}

void Application::Parts::Listen() {
  std::vector<std::string> choices{config.listen_host};
  // Guests have no passwords: nobody else's machine may come in.
  if (config.guest_mode()) {
    choices = {"127.0.0.1"};
  } else if (config.listen_host.empty()) {
    choices = {"::", "0.0.0.0"};
  }
  Result<void> started = Fail("nowhere to listen");
  for (const std::string& ip : choices) {
    MakeServer(ip);
    started = server->Start();
    if (started) return Announce();
  }
  std::fprintf(stderr, "kcs-meet: %s\n", started.error().c_str());
  Stop(1);
}

void Application::Parts::Announce() const {
  if (config.guest_mode()) {
    log::warn("guest mode: JWT_SECRET is not set, so anybody on this machine may come in, and nobody else");
  }
  std::printf("KCS Meet is at %s://localhost:%u/\n", config.tls_cert.empty() ? "http" : "https",
              static_cast<unsigned>(server->port()));
  std::fflush(stdout);
}

void Application::Parts::Stop(int code) {
  if (stopping) {
    runtime.Stop();
    return;
  }
  stopping = true;
  exit_code = code;
  log::info("stopping");
  sockets->Close();
  const auto stop_workers = [this] { pool->Stop(kStopGrace, [this] { runtime.Stop(); }); };
  if (server) {
    server->Stop(kStopGrace, stop_workers);
  } else {
    stop_workers();
  }
}

Application::Application(const Config& config) : parts_(std::make_unique<Parts>(config)) {}
Application::~Application() = default;

Result<void> Application::Prepare() {
  auto options = MakePoolOptions(parts_->config);
  if (!options) return Fail(options.error());
  if (auto opened = parts_->OpenStore(); !opened) return opened;
  parts_->pool = std::make_unique<workers::WorkerPool>(parts_->loop, *std::move(options));
  return parts_->MakeSignaling();
}

int Application::Run() {
  Parts& parts = *parts_;
  parts.runtime.OnSignals({SIGTERM, SIGINT}, [&parts](int) { parts.Stop(0); });
  parts.pool->WhenSettled([&parts](const Result<void>& settled) {
    if (parts.stopping) return;
    // It goes on without workers: they may come up later, and REST says what is wrong.
    if (!settled) log::error("no media worker is up: {}", settled.error());
    parts.Listen();
  });
  parts.runtime.Run();
  return parts.exit_code;
}

}  // namespace kcs::app
