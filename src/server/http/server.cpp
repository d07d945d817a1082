#include "server/http/server.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <optional>
#include <utility>

#include "server/http/connection.h"
#include "server/http/server_core.h"
#include "server/http/stream.h"

namespace kcs::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

SocketAddress ToAddress(const asio::ip::tcp::endpoint& endpoint) {
  SocketAddress address;
  address.port = endpoint.port();
  address.ip = endpoint.address().is_v4()
                   ? asio::ip::make_address_v6(asio::ip::v4_mapped, endpoint.address().to_v4()).to_bytes()
                   : endpoint.address().to_v6().to_bytes();
  return address;
}

// Null when neither file is configured.
Result<std::unique_ptr<asio::ssl::context>> LoadTls(const ServerConfig& config) {
  if (config.tls_certificate.empty() && config.tls_key.empty()) return std::unique_ptr<asio::ssl::context>();
  if (config.tls_certificate.empty() || config.tls_key.empty()) {
    return Fail("TLS needs both a certificate and a key");
  }
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
  // Tickets hold what a session needs to be resumed; nothing of it has to be kept here.
  SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
  ErrorCode error;
  context->use_certificate_chain_file(config.tls_certificate, error);
  if (error) {
    return Fail("cannot use TLS certificate '" + config.tls_certificate + "': " + error.message());
  }
  context->use_private_key_file(config.tls_key, asio::ssl::context::pem, error);
  if (error) {
    return Fail("cannot use TLS key '" + config.tls_key + "': " + error.message());
  }
  return context;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(AsioRuntime& runtime, ServerConfig config, Router router)
      : core(std::make_shared<ServerCore>(runtime, std::move(config), std::move(router))),
        acceptor(runtime.io_context().get_executor()) {}

  Result<void> Bind();
  Task<void> AcceptAll();
  void Adopt(TcpSocket socket);
  void Stop(Duration grace_time, std::function<void()> done);
  void CutAll();

  std::shared_ptr<ServerCore> core;
  std::unique_ptr<asio::ssl::context> tls;
  Acceptor acceptor;
  std::uint16_t port = 0;
  Timer grace;
};

Result<void> Server::Impl::Bind() {
  const ServerConfig& config = core->config;
  const auto failed = [&](const ErrorCode& error) {
    return Fail("cannot listen on " + config.listen_ip + " port " + std::to_string(config.port) + ": " +
                error.message());
  };
  ErrorCode error;
  const asio::ip::address address = asio::ip::make_address(config.listen_ip, error);
  if (error) return failed(error);
  const asio::ip::tcp::endpoint endpoint(address, config.port);
  acceptor.open(endpoint.protocol(), error);
  if (error) return failed(error);
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (address.is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  acceptor.bind(endpoint, error);
  if (error) return failed(error);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed(error);
  port = acceptor.local_endpoint(error).port();
  if (error) return failed(error);
  return {};
}

Task<void> Server::Impl::AcceptAll() {
  const auto self = shared_from_this();
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (!error) {
      Adopt(std::move(socket));
      continue;
    }
    if (error == asio::error::operation_aborted) break;
    // Out of descriptors, most likely: trying again at once would spin.
    core->counters.Add(ServerEvent::kAcceptFailed);
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               Executor>
        pause(acceptor.get_executor());
    pause.expires_after(100ms);
    co_await pause.async_wait(kAsTuple);
  }
}

void Server::Impl::Adopt(TcpSocket socket) {
  ErrorCode error;
  const asio::ip::tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;
  if (core->open.size() >= core->config.limits.max_connections) {
    core->counters.Add(ServerEvent::kRefusedTooMany);
    return;
  }
  core->counters.Add(ServerEvent::kAccepted);
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  Stream stream = tls ? Stream(std::move(socket), *tls) : Stream(std::move(socket));
  std::make_shared<Connection>(core, std::move(stream), ToAddress(remote))->Start();
}

void Server::Impl::CutAll() {
  const std::vector<OpenConnection*> open(core->open.begin(), core->open.end());
  // Cutting only closes sockets; the objects end later, from the event loop.
  for (OpenConnection* connection : open) connection->Cut();
}

void Server::Impl::Stop(Duration grace_time, std::function<void()> done) {
  ErrorCode ignored;
  acceptor.close(ignored);
  core->draining = true;
  if (core->open.empty()) {
    if (done) core->runtime.Post(std::move(done));
    return;
  }
  core->on_empty = [self = shared_from_this(), done = std::move(done)] {
    self->grace.Cancel();
    if (done) self->core->runtime.Post(done);
  };
  grace = core->runtime.After(grace_time, [this] { CutAll(); });
  const std::vector<OpenConnection*> open(core->open.begin(), core->open.end());
  for (OpenConnection* connection : open) connection->Drain();
}

Server::Server(AsioRuntime& runtime, ServerConfig config, Router router)
    : impl_(std::make_shared<Impl>(runtime, std::move(config), std::move(router))) {}

Server::~Server() {
  ErrorCode ignored;
  impl_->acceptor.close(ignored);
  impl_->core->on_empty = nullptr;
  impl_->CutAll();
}

Result<void> Server::Start() {
  auto tls = LoadTls(impl_->core->config);
  if (!tls) return Fail(std::move(tls.error()));
  impl_->tls = std::move(*tls);
  if (auto bound = impl_->Bind(); !bound) return bound;
  asio::co_spawn(
      impl_->acceptor.get_executor(), [impl = impl_] { return impl->AcceptAll(); }, asio::detached);
  return {};
}

std::uint16_t Server::port() const { return impl_->port; }
void Server::Stop(Duration grace, std::function<void()> done) { impl_->Stop(grace, std::move(done)); }
std::size_t Server::connections() const { return impl_->core->open.size(); }
const EnumCounters<ServerEvent>& Server::counters() const { return impl_->core->counters; }

}  // namespace kcs::http
