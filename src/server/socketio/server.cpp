#include "server/socketio/server.h"

#include <utility>

#include "server/socketio/client.h"
#include "server/socketio/core.h"
#include "server/socketio/namespace_state.h"

namespace kcs::socketio {

struct Server::Impl {
  Impl(http::Runtime& runtime, Entropy& entropy, ServerConfig config)
      : core(std::make_shared<ServerCore>(runtime, entropy, std::move(config))),
        engine(runtime, entropy, core->config.engine,
               [core = core](const std::shared_ptr<EngineSession>& session) {
                 std::make_shared<Client>(core, session)->Start();
               }) {}

  std::shared_ptr<ServerCore> core;
  EngineServer engine;
};

Server::Server(http::Runtime& runtime, Entropy& entropy, ServerConfig config)
    : impl_(std::make_unique<Impl>(runtime, entropy, std::move(config))) {
  Of("/");
}

Server::~Server() { Close(); }

Namespace& Server::Of(std::string_view name) {
  auto& namespaces = impl_->core->namespaces;
  const auto it = namespaces.find(name);
  if (it != namespaces.end()) return *it->second;
  auto impl = std::make_unique<Namespace::Impl>(*impl_->core, std::string(name));
  std::unique_ptr<Namespace> created(new Namespace(std::move(impl)));
  return *namespaces.emplace(std::string(name), std::move(created)).first->second;
}

void Server::Mount(http::Router& router) { impl_->engine.Mount(router, impl_->core->config.path); }

void Server::Close() {
  impl_->core->closing = true;
  impl_->engine.Close();
}

const EnumCounters<ServerEvent>& Server::counters() const { return impl_->core->counters; }
EngineServer& Server::engine() { return impl_->engine; }

}  // namespace kcs::socketio
