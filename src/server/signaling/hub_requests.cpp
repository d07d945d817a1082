#include <boost/json.hpp>
#include <utility>

#include "server/auth/password.h"
#include "server/ortc/capabilities.h"
#include "server/ortc/json.h"
#include "server/signaling/hub.h"
#include "server/socketio/arguments.h"

// The hub's way from an event to a meeting.
namespace kcs::signaling {
namespace {

using meeting::Error;
using meeting::ErrorCode;

}  // namespace

void Hub::OnEvent(const socketio::SocketPtr& socket, std::string_view event,
                  const socketio::Arguments& arguments, socketio::Ack ack) {
  Client* const client = ClientOf(socket);
  if (client == nullptr) return;
  if (!client->bucket.Take(env_.runtime.Now()) || client->queue.size() >= settings_.max_queued_events) {
    SendError(*client, event, ack, {ErrorCode::kRateLimited, "too many requests, slow down"});
    return;
  }
  client->queue.push_back({std::string(event), arguments.first(), std::move(ack)});
  runnable_.push_back(client->id);
  Pump();
}

void Hub::Pump() {
  if (pumping_) return;
  pumping_ = true;
  while (!runnable_.empty()) {
    const meeting::ClientId id = runnable_.front();
    runnable_.pop_front();
    const auto found = clients_.find(id);
    if (found != clients_.end()) Serve(found->second);
  }
  pumping_ = false;
}

void Hub::Serve(Client& client) {
  if (client.current || client.queue.empty()) return;
  Incoming incoming = std::move(client.queue.front());
  client.queue.pop_front();
  client.current =
      Current{meeting::RequestId{++last_request_}, std::move(incoming.event), std::move(incoming.ack)};

  auto parsed = ParseEvent(client.current->event, incoming.payload);
  ++counters_.requests[IsKnownEvent(client.current->event) ? client.current->event : "other"];
  if (!parsed) {
    Refuse(client, parsed.error());
    return;
  }
  Route(client, *std::move(parsed));
}

void Hub::Route(Client& client, ParsedEvent parsed) {
  if (auto* const body = std::get_if<meeting::Request::Body>(&parsed.action)) {
    RouteRequest(client, parsed.meeting_id, std::move(*body));
  } else if (auto* const join = std::get_if<JoinRoom>(&parsed.action)) {
    Join(client, parsed.meeting_id, std::move(*join));
  } else {
    WithRecord(client, parsed.meeting_id, [this](Client& asker, const meeting::MeetingRecord&) {
      Answer(asker, "rtp-capabilities", {{"rtpCapabilities", ortc::ToJson(ortc::RouterRtpCapabilities())}});
    });
  }
}

void Hub::RouteRequest(Client& client, const std::string& meeting_id, meeting::Request::Body body) {
  if (meeting::Meeting* const meeting = MeetingOf(client)) {
    if (!meeting_id.empty() && meeting_id != client.meeting_id) {
      Refuse(client, {ErrorCode::kInvalidState, "you are in another meeting, leave it first"});
      return;
    }
    const meeting::Request request{client.id, client.current->id, std::move(body)};
    Run(*meeting, meeting->Apply(request, meeting::UnixMillis{env_.runtime.UnixMillis()}));
    return;
  }
  if (meeting_id.empty()) {
    Refuse(client, {ErrorCode::kNotFound, "you have no such thing"});
    return;
  }
  WithRecord(client, meeting_id,
             [this, wanted = std::move(body)](Client& asker, const meeting::MeetingRecord& record) {
               if (!std::holds_alternative<meeting::AddTransport>(wanted)) {
                 Refuse(asker, {ErrorCode::kNotJoined, "join the meeting first"});
                 return;
               }
               Enter(asker, record, wanted);
             });
}

void Hub::Join(Client& client, const std::string& meeting_id, JoinRoom join) {
  if (MeetingOf(client) != nullptr && client.meeting_id != meeting_id) {
    Refuse(client, {ErrorCode::kInvalidState, "you are in another meeting, leave it first"});
    return;
  }
  WithRecord(client, meeting_id,
             [this, password = std::move(join.password), body = meeting::Join{join.speaker_places}](
                 Client& asker, const meeting::MeetingRecord& record) {
               if (!record.password_hash) {
                 Enter(asker, record, body);
               } else if (!password) {
                 Refuse(asker, {ErrorCode::kWrongPassword, "this meeting has a password"});
               } else {
                 CheckPassword(asker, record, *password, body);
               }
             });
}

void Hub::CheckPassword(Client& client, const meeting::MeetingRecord& record, const std::string& password,
                        meeting::Join join) {
  const auto right = std::make_shared<bool>(false);
  const auto work = [right, password, hash = *record.password_hash] {
    *right = auth::VerifyPassword(password, hash);
  };
  const auto then = [weak = std::weak_ptr<Hub*>(self_), ticket = Ticket{client.id, client.current->id}, right,
                     meeting_id = record.id, hash = *record.password_hash, join] {
    const auto self = weak.lock();
    if (!self) return;
    Hub& hub = **self;
    Client* const asker = hub.Find(ticket);
    if (asker == nullptr) return;
    if (*right) {
      // That took a while, and the meeting may have changed since.
      hub.WithRecord(*asker, meeting_id,
                     [&hub, hash, join](Client& joiner, const meeting::MeetingRecord& now) {
                       if (now.password_hash == hash) {
                         hub.Enter(joiner, now, join);
                       } else {
                         hub.Refuse(joiner, {ErrorCode::kWrongPassword, "the password is wrong"});
                       }
                     });
    } else {
      hub.Refuse(*asker, {ErrorCode::kWrongPassword, "the password is wrong"});
    }
    hub.Pump();
  };
  if (!env_.runtime.Blocking(work, then)) {
    Refuse(client, {ErrorCode::kUnavailable, "the server is too busy"});
  }
}

void Hub::Enter(Client& client, const meeting::MeetingRecord& record, meeting::Request::Body body) {
  meeting::Meeting* const meeting = env_.meetings.Open(record);
  if (meeting == nullptr) {
    Refuse(client, {ErrorCode::kUnavailable, "too many meetings are going on"});
    return;
  }
  if (const auto attached = meeting->Attach(client.id, client.identity); !attached) {
    Refuse(client, attached.error());
    env_.meetings.Settle(*meeting);
    return;
  }
  client.meeting_id = record.id;
  const meeting::Request request{client.id, client.current->id, std::move(body)};
  Run(*meeting, meeting->Apply(request, meeting::UnixMillis{env_.runtime.UnixMillis()}));
}

void Hub::WithRecord(Client& client, const std::string& meeting_id,
                     std::function<void(Client&, const meeting::MeetingRecord&)> then) {
  // Changes reach a meeting that takes place at once, so it knows as well as the directory. When a thousand
  // people come at the same time, all are let in in one turn, and what each is told of the others leaves
  // together.
  if (meeting::Meeting* const live = env_.meetings.Find(meeting_id); live != nullptr && !live->ended()) {
    const meeting::MeetingRecord record = live->record();
    then(client, record);
    return;
  }
  env_.directory.Find(meeting_id,
                      [weak = std::weak_ptr<Hub*>(self_), ticket = Ticket{client.id, client.current->id},
                       then = std::move(then)](Result<meeting::MeetingRecord, Error> record) {
                        const auto self = weak.lock();
                        if (!self) return;
                        Hub& hub = **self;
                        Client* const asker = hub.Find(ticket);
                        if (asker == nullptr) return;
                        if (record) {
                          then(*asker, *record);
                        } else {
                          hub.Refuse(*asker, record.error());
                        }
                        hub.Pump();
                      });
}

}  // namespace kcs::signaling
