#include <algorithm>
#include <utility>

#include "base/check.h"
#include "server/meeting/meeting.h"
#include "server/meeting/refuse.h"

// Transports, and the router that carries them.
namespace kcs::meeting {

void Meeting::On(Context& context, const AddTransport& body) {
  Session& session = context.session;
  if (session.transports.size() >= limits_.transports) {
    context.out.push_back(Refuse(context.request, ErrorCode::kInvalidState, "too many transports"));
    return;
  }
  const MediaId router = RequireRouter(context.out);
  Transport transport;
  transport.id = entropy_.Uuid();
  transport.media = NextMedia();
  transport.client = session.client;
  transport.direction = body.direction;
  const std::string id = transport.id;
  const MediaId media = transport.media;
  session.transports.push_back(id);
  names_.emplace(media, id);
  transports_.emplace(id, std::move(transport));
  Issue(context.request, {.step = Pending::Step::kAddTransport, .object = id},
        CreateTransport{router, media, session.client}, context.out);
}

void Meeting::FinishAddTransport(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  const auto found = transports_.find(pending.object);
  if (found == transports_.end()) {
    out.push_back(Refuse(pending, Vanished(pending)));
    return;
  }
  Transport& transport = found->second;
  if (!outcome) {
    std::erase(sessions_.at(transport.client).transports, transport.id);
    names_.erase(transport.media);
    transports_.erase(found);
    CloseRouterIfUnused(out);
    out.push_back(Refuse(pending, outcome.error()));
    return;
  }
  transport.ready = true;
  out.push_back(Grant(pending, TransportAdded{transport.id, transport.direction, *outcome}));
}

void Meeting::On(Context& context, const Connect& body) {
  Transport* const transport = FindTransport(context.session.client, body.transport_id);
  if (transport == nullptr) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotFound, "no such transport"));
    return;
  }
  if (transport->connecting) {
    context.out.push_back(
        Refuse(context.request, ErrorCode::kInvalidState, "the transport is connected already"));
    return;
  }
  transport->connecting = true;
  Issue(context.request, {.step = Pending::Step::kConnect, .object = transport->id},
        ConnectTransport{*router_, transport->media, body.role, body.fingerprints}, context.out);
}

void Meeting::FinishConnect(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  Transport* const transport = FindTransport(pending.client, pending.object);
  if (transport == nullptr) {
    out.push_back(Refuse(pending, Vanished(pending)));
    return;
  }
  if (!outcome) {
    transport->connecting = false;
    out.push_back(Refuse(pending, outcome.error()));
    return;
  }
  out.push_back(Grant(pending, TransportConnected{transport->id}));
}

void Meeting::On(Context& context, const Restart& body) {
  Transport* const transport = FindTransport(context.session.client, body.transport_id);
  if (transport == nullptr) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotFound, "no such transport"));
    return;
  }
  Issue(context.request, {.step = Pending::Step::kRestart, .object = transport->id},
        RestartIce{*router_, transport->media}, context.out);
}

void Meeting::FinishRestart(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  if (FindTransport(pending.client, pending.object) == nullptr) {
    out.push_back(Refuse(pending, Vanished(pending)));
  } else if (!outcome) {
    out.push_back(Refuse(pending, outcome.error()));
  } else {
    out.push_back(Grant(pending, IceRestarted{pending.object, outcome->ice}));
  }
}

MediaId Meeting::RequireRouter(Effects& out) {
  if (!router_) {
    router_ = ids_.Next();
    last_media_ = 0;
    out.push_back(Command{OpenRouter{*router_, MakePlaces()}, std::nullopt});
  }
  return *router_;
}

MediaId Meeting::NextMedia() {
  KCS_CHECK(router_ && last_media_ < kObjectMask);
  return MediaId{router_->value() + ++last_media_};
}

void Meeting::CloseRouterIfUnused(Effects& out) {
  if (!router_ || !transports_.empty()) return;
  out.push_back(Command{CloseRouter{*router_}, std::nullopt});
  ForgetPlaces(out);
  router_.reset();
}

Transport* Meeting::FindTransport(ClientId client, const std::string& id) {
  const auto found = transports_.find(id);
  if (found == transports_.end() || found->second.client != client || !found->second.ready) return nullptr;
  return &found->second;
}

Result<Transport*, Error> Meeting::ChooseTransport(const Session& session,
                                                   const std::optional<std::string>& id,
                                                   Direction direction) {
  if (id) {
    Transport* const transport = FindTransport(session.client, *id);
    if (transport == nullptr) return Fail(Error{ErrorCode::kNotFound, "no such transport"});
    if (transport->direction != direction) {
      return Fail(Error{ErrorCode::kInvalidState, "the transport is for the other direction"});
    }
    return transport;
  }
  for (auto it = session.transports.rbegin(); it != session.transports.rend(); ++it) {
    Transport* const transport = FindTransport(session.client, *it);
    if (transport != nullptr && transport->direction == direction) return transport;
  }
  return Fail(Error{ErrorCode::kInvalidState, direction == Direction::kSend
                                                  ? "create a send transport first"
                                                  : "create a receive transport first"});
}

void Meeting::ForgetMedia(Session& session, Effects& out) {
  for (const std::string& id : session.consumers) ForgetConsumer(id);
  for (const std::string& id : session.producers) ForgetProducer(id, out);
  for (const std::string& id : session.transports) {
    const auto found = transports_.find(id);
    const MediaId media = found->second.media;
    names_.erase(media);
    transports_.erase(found);
    // The last one goes with the router.
    if (!transports_.empty()) out.push_back(Command{CloseTransport{*router_, media}, std::nullopt});
  }
  session.consumers.clear();
  session.producers.clear();
  session.transports.clear();
}

Error Meeting::Vanished(const Pending& pending) const {
  if (!sessions_.contains(pending.client)) return Outsider();
  return {ErrorCode::kNotFound, "it was closed meanwhile"};
}

}  // namespace kcs::meeting
