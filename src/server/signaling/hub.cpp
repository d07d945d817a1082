#include "server/signaling/hub.h"

#include <boost/json.hpp>
#include <utility>

#include "server/signaling/authenticate.h"
#include "server/signaling/encode.h"
#include "server/socketio/arguments.h"

// The hub's sockets and effects; its requests are in hub_requests.cpp.
namespace kcs::signaling {
namespace {

namespace json = boost::json;

// What a socket carries between the handshake and its disconnection.
struct SocketData {
  meeting::Identity identity;
  meeting::ClientId client;
};

}  // namespace

Hub::Hub(Environment environment, Settings settings)
    : env_(std::move(environment)), settings_(settings), self_(std::make_shared<Hub*>(this)) {
  const std::weak_ptr<Hub*> weak = self_;
  env_.sockets.Use([weak](const socketio::SocketPtr& socket, const socketio::Next& next) {
    if (const auto hub = weak.lock()) (*hub)->OnConnecting(socket, next);
  });
  env_.sockets.OnConnection([weak](const socketio::SocketPtr& socket) {
    if (const auto hub = weak.lock()) (*hub)->OnConnection(socket);
  });
  env_.sockets.OnDisconnect([weak](const socketio::SocketPtr& socket, socketio::DisconnectReason) {
    const auto hub = weak.lock();
    if (!hub) return;
    // Not at once: a socket may break while something is being sent to it, in the middle of a request.
    (*hub)->env_.runtime.Post([weak, socket] {
      if (const auto later = weak.lock()) (*later)->OnDisconnect(socket);
    });
  });
  env_.sockets.OnOther([weak](const socketio::SocketPtr& socket, std::string_view event,
                              const socketio::Arguments& arguments, socketio::Ack ack) {
    if (const auto hub = weak.lock()) (*hub)->OnEvent(socket, event, arguments, std::move(ack));
  });
  env_.media.SetListener(this);
}

Hub::~Hub() { env_.media.SetListener(nullptr); }

void Hub::OnConnecting(const socketio::SocketPtr& socket, const socketio::Next& next) {
  const socketio::Handshake& handshake = socket->handshake();
  auto identity = Authenticate(handshake, env_.verifier, env_.runtime.UnixMillis() / 1000);
  if (!identity) {
    counters_.errors.Add(meeting::ErrorCode::kUnauthorized);
    next(socketio::ConnectError{identity.error(), json::object{{"code", "unauthorized"}}});
    return;
  }
  const auto count = sockets_by_ip_.find(handshake.request->remote.IpText());
  if (count != sockets_by_ip_.end() && count->second >= settings_.sockets_per_ip) {
    counters_.errors.Add(meeting::ErrorCode::kRateLimited);
    next(socketio::ConnectError{"too many connections from your address",
                                json::object{{"code", "rate-limited"}}});
    return;
  }
  socket->data() = SocketData{*std::move(identity), {}};
  next(std::nullopt);
}

void Hub::OnConnection(const socketio::SocketPtr& socket) {
  auto* const data = socket->data_as<SocketData>();
  if (data == nullptr) return;
  data->client = meeting::ClientId{++last_client_};
  const double rate = settings_.events_per_second;
  Client client{data->client,
                socket,
                data->identity,
                socket->handshake().request->remote.IpText(),
                {},
                {},
                {},
                TokenBucket(rate, rate * settings_.burst_seconds, env_.runtime.Now())};
  ++sockets_by_ip_[client.ip];
  clients_.emplace(data->client, std::move(client));
}

void Hub::OnDisconnect(const socketio::SocketPtr& socket) {
  Client* const client = ClientOf(socket);
  if (client == nullptr) return;
  const meeting::ClientId id = client->id;
  meeting::Meeting* const meeting = MeetingOf(*client);
  if (const auto count = sockets_by_ip_.find(client->ip);
      count != sockets_by_ip_.end() && --count->second == 0) {
    sockets_by_ip_.erase(count);
  }
  clients_.erase(id);
  if (meeting != nullptr) Run(*meeting, meeting->Detach(id, meeting::LeaveReason::kDisconnected));
}

Hub::Client* Hub::ClientOf(const socketio::SocketPtr& socket) {
  const auto* const data = socket->data_as<SocketData>();
  if (data == nullptr) return nullptr;
  const auto found = clients_.find(data->client);
  return found == clients_.end() ? nullptr : &found->second;
}

Hub::Client* Hub::Find(const Ticket& ticket) {
  const auto found = clients_.find(ticket.client);
  if (found == clients_.end() || !found->second.current || found->second.current->id != ticket.request) {
    return nullptr;
  }
  return &found->second;
}

meeting::Meeting* Hub::MeetingOf(const Client& client) {
  if (client.meeting_id.empty()) return nullptr;
  meeting::Meeting* const meeting = env_.meetings.Find(client.meeting_id);
  return meeting != nullptr && meeting->attached(client.id) ? meeting : nullptr;
}

void Hub::OnNotice(const meeting::MediaNotice& notice) {
  const meeting::MediaId router = meeting::RouterOf(SubjectOf(notice));
  if (meeting::Meeting* const meeting = env_.meetings.OfRouter(router)) Run(*meeting, meeting->Apply(notice));
}

void Hub::OnRouterLost(meeting::MediaId router) {
  if (meeting::Meeting* const meeting = env_.meetings.OfRouter(router)) Run(*meeting, meeting->MediaLost());
}

void Hub::EndMeeting(const std::string& meeting_id, std::string_view reason) {
  if (meeting::Meeting* const meeting = env_.meetings.Find(meeting_id)) Run(*meeting, meeting->End(reason));
}

void Hub::Run(meeting::Meeting& meeting, const meeting::Effects& effects) {
  const std::string meeting_id = meeting.record().id;
  for (const meeting::Effect& effect : effects) {
    std::visit([&](const auto& e) { Execute(meeting_id, e); }, effect);
  }
  env_.meetings.Settle(meeting);
  Pump();
}

void Hub::Execute(const std::string&, const meeting::Send& send) {
  std::vector<socketio::SocketPtr> receivers;
  receivers.reserve(send.to.size());
  for (const meeting::ClientId id : send.to) {
    const auto found = clients_.find(id);
    if (found != clients_.end()) receivers.push_back(found->second.socket);
  }
  if (receivers.empty()) return;
  Encoded encoded = Encode(send.event);
  env_.sockets.Emit(receivers, encoded.event, json::value(std::move(encoded.payload)));
}

template <typename Outcome>
auto Hub::Finisher(const std::string& meeting_id, meeting::OperationId operation) {
  return [weak = std::weak_ptr<Hub*>(self_), meeting_id, operation](const Outcome& outcome) {
    const auto self = weak.lock();
    if (!self) return;
    Hub& hub = **self;
    if (meeting::Meeting* const meeting = hub.env_.meetings.Find(meeting_id)) {
      hub.Run(*meeting, meeting->Apply(operation, outcome));
    }
  };
}

void Hub::Execute(const std::string& meeting_id, const meeting::Command& command) {
  if (!command.operation) {
    env_.media.Execute(command.command, {});
    return;
  }
  env_.media.Execute(command.command, Finisher<meeting::MediaOutcome>(meeting_id, *command.operation));
}

void Hub::Execute(const std::string& meeting_id, const meeting::AskStats& ask) {
  env_.media.GetRouterStats(
      ask.query, Finisher<Result<meeting::RouterStats, meeting::Error>>(meeting_id, ask.operation));
}

void Hub::Execute(const std::string&, const meeting::Reply& reply) {
  Client* const client = Find({reply.client, reply.request});
  if (client == nullptr) return;
  if (!reply.answer) {
    Refuse(*client, reply.answer.error());
    return;
  }
  const bool joins = std::holds_alternative<meeting::Joined>(*reply.answer);
  // A value for everybody who is there: thousands of small pieces, which live until the answer is sent.
  const auto memory = json::make_shared_resource<json::monotonic_resource>();
  const Encoded encoded =
      Encode(*reply.answer,
             joins ? env_.ice_servers(client->identity.user_id) : std::vector<turn::IceServer>{}, memory);
  Answer(*client, encoded.event, encoded.payload);
}

void Hub::Answer(Client& client, std::string_view event, const json::object& payload) {
  const Current current = *std::move(client.current);
  // Whoever joins a large meeting is told of everybody: serialised once for both.
  const std::string fields = json::serialize(payload);
  if (current.ack) {
    const std::string acknowledgement = R"({"ok":true)" + (payload.empty() ? "}" : "," + fields.substr(1));
    current.ack(socketio::Arguments::Serialised(acknowledgement));
  }
  if (!event.empty()) client.socket->Emit(event, socketio::Arguments::Serialised(fields));
  Done(client);
}

void Hub::Refuse(Client& client, const meeting::Error& error) {
  const Current current = *std::move(client.current);
  SendError(client, current.event, current.ack, error);
  Done(client);
}

void Hub::SendError(Client& client, std::string_view event, const socketio::Ack& ack,
                    const meeting::Error& error) {
  counters_.errors.Add(error.code);
  json::object body{{"code", ToString(error.code)}, {"message", error.message}};
  if (ack) ack(json::object{{"ok", false}, {"error", body}});
  body["event"] = event.substr(0, 100);
  client.socket->Emit("error", std::move(body));
}

void Hub::Done(Client& client) {
  client.current.reset();
  runnable_.push_back(client.id);
}

}  // namespace kcs::signaling
