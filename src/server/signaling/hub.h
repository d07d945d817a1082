#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/counters.h"
#include "base/token_bucket.h"
#include "server/auth/token.h"
#include "server/http/runtime.h"
#include "server/meeting/media_plane.h"
#include "server/meeting/meetings.h"
#include "server/meeting/room_control.h"
#include "server/signaling/event_parser.h"
#include "server/socketio/namespace.h"
#include "server/turn/ice_servers.h"

namespace kcs::signaling {

struct Settings {
  std::uint32_t events_per_second = 100;  // of one socket, in the long run
  std::uint32_t burst_seconds =
      20;  // worth of events that may come at once: whoever joins consumes everybody
  std::size_t max_queued_events = 2000;  // of one socket, waiting for their turn
  std::size_t sockets_per_ip = 200;
};

// What the hub works with; everything must outlive it. All on the runtime's thread.
struct Environment {
  http::Runtime& runtime;
  socketio::Namespace& sockets;
  meeting::Meetings& meetings;
  meeting::MediaPlane& media;
  meeting::MeetingDirectory& directory;
  const auth::TokenVerifier& verifier;
  std::function<std::vector<turn::IceServer>(const std::string& user_id)> ice_servers;
};

// Between sockets and meetings: events in, acknowledgements and events out. The requests of one socket are
// served strictly one after the other, because clients match responses to requests by their order.
class Hub final : public meeting::MediaPlane::Listener, public meeting::RoomControl {
 public:
  // Registers its handlers at the namespace, and itself at the media plane.
  Hub(Environment environment, Settings settings);
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  void OnNotice(const meeting::MediaNotice& notice) override;
  void OnRouterLost(meeting::MediaId router) override;
  void EndMeeting(const std::string& meeting_id, std::string_view reason) override;

  struct Counters {
    std::map<std::string, std::uint64_t, std::less<>> requests;  // by event, unknown ones as "other"
    EnumCounters<meeting::ErrorCode> errors;
  };
  const Counters& counters() const { return counters_; }
  std::size_t sockets() const { return clients_.size(); }

 private:
  struct Incoming {
    std::string event;
    boost::json::value payload;
    socketio::Ack ack;
  };
  struct Current {
    meeting::RequestId id;
    std::string event;
    socketio::Ack ack;
  };
  struct Client {
    meeting::ClientId id;
    socketio::SocketPtr socket;
    meeting::Identity identity;
    std::string ip;
    std::string meeting_id;  // that it turned to last
    std::deque<Incoming> queue;
    std::optional<Current> current;
    TokenBucket bucket;
  };
  // A request under way, across waiting: the client may be gone when it goes on.
  struct Ticket {
    meeting::ClientId client;
    meeting::RequestId request;
  };

  // Sockets.
  void OnConnecting(const socketio::SocketPtr& socket, const socketio::Next& next);
  void OnConnection(const socketio::SocketPtr& socket);
  void OnDisconnect(const socketio::SocketPtr& socket);
  void OnEvent(const socketio::SocketPtr& socket, std::string_view event,
               const socketio::Arguments& arguments, socketio::Ack ack);
  Client* ClientOf(const socketio::SocketPtr& socket);
  Client* Find(const Ticket& ticket);

  // Requests.
  void Pump();
  void Serve(Client& client);
  void Route(Client& client, ParsedEvent parsed);
  void RouteRequest(Client& client, const std::string& meeting_id, meeting::Request::Body body);
  void Join(Client& client, const std::string& meeting_id, JoinRoom join);
  void CheckPassword(Client& client, const meeting::MeetingRecord& record, const std::string& password,
                     meeting::Join join);
  void Enter(Client& client, const meeting::MeetingRecord& record, meeting::Request::Body body);
  // Calls `then` with the record, now or later, or answers the request with why there is none.
  void WithRecord(Client& client, const std::string& meeting_id,
                  std::function<void(Client&, const meeting::MeetingRecord&)> then);
  meeting::Meeting* MeetingOf(const Client& client);

  // Answers.
  void Answer(Client& client, std::string_view event, const boost::json::object& payload);
  void Refuse(Client& client, const meeting::Error& error);
  void SendError(Client& client, std::string_view event, const socketio::Ack& ack,
                 const meeting::Error& error);
  void Done(Client& client);

  // Effects.
  void Run(meeting::Meeting& meeting, const meeting::Effects& effects);
  void Execute(const std::string& meeting_id, const meeting::Send& send);
  void Execute(const std::string& meeting_id, const meeting::Command& command);
  void Execute(const std::string& meeting_id, const meeting::AskStats& ask);
  void Execute(const std::string& meeting_id, const meeting::Reply& reply);
  // What a meeting waited for has come; it may have ended since.
  template <typename Outcome>
  auto Finisher(const std::string& meeting_id, meeting::OperationId operation);

  Environment env_;
  Settings settings_;
  Counters counters_;
  std::unordered_map<meeting::ClientId, Client> clients_;
  std::unordered_map<std::string, std::size_t> sockets_by_ip_;
  std::deque<meeting::ClientId> runnable_;
  bool pumping_ = false;
  std::uint64_t last_client_ = 0;
  std::uint64_t last_request_ = 0;
  std::shared_ptr<Hub*> self_;  // null once the hub is gone; for callbacks that may come later
};

}  // namespace kcs::signaling
