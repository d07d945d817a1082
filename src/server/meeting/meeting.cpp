#include "server/meeting/meeting.h"

#include <algorithm>
#include <utility>

#include "server/meeting/refuse.h"

namespace kcs::meeting {

Meeting::Meeting(MeetingRecord record, Limits limits, RouterIdSource& ids, Entropy& entropy)
    : record_(std::move(record)), limits_(limits), ids_(ids), entropy_(entropy) {
  for (std::size_t i = 0; i < limits_.speaker_places; ++i) places_.push_back({entropy_.Uuid(), std::nullopt});
}

Meeting::~Meeting() = default;

Result<void, Error> Meeting::Attach(ClientId client, const Identity& identity) {
  if (ended_) return Fail(Outsider());
  if (sessions_.contains(client)) return {};
  if (sessions_.size() - joined_.size() >= limits_.waiting) {
    return Fail(Error{ErrorCode::kMeetingFull, "too many are waiting at the door of this meeting"});
  }
  Session session;
  session.client = client;
  session.identity = identity;
  session.role = RoleOf(identity);
  sessions_.emplace(client, std::move(session));
  return {};
}

Effects Meeting::Apply(const Request& request, UnixMillis now) {
  Effects out;
  Session* session = FindSession(request.client);
  if (session == nullptr) {
    out.push_back(Refuse(request, Outsider()));
    return out;
  }
  Context context{request, *session, now, out};
  std::visit([&](const auto& body) { On(context, body); }, request.body);
  return out;
}

Effects Meeting::Apply(OperationId operation, const MediaOutcome& outcome) {
  Effects out;
  const auto found = pending_.find(operation);
  if (found == pending_.end()) return out;
  const Pending pending = std::move(found->second);
  pending_.erase(found);

  switch (pending.step) {
    case Pending::Step::kGetStats:  // has an outcome of another kind
      break;
    case Pending::Step::kAddTransport:
      FinishAddTransport(pending, outcome, out);
      break;
    case Pending::Step::kConnect:
      FinishConnect(pending, outcome, out);
      break;
    case Pending::Step::kRestart:
      FinishRestart(pending, outcome, out);
      break;
    case Pending::Step::kProduce:
      FinishProduce(pending, outcome, out);
      break;
    case Pending::Step::kChangeProducer:
      FinishChangeProducer(pending, outcome, out);
      break;
    case Pending::Step::kConsume:
      FinishConsume(pending, outcome, out);
      break;
    case Pending::Step::kChangeConsumer:
      FinishChangeConsumer(pending, outcome, out);
      break;
  }
  return out;
}

Effects Meeting::Detach(ClientId client, LeaveReason reason) {
  Effects out;
  if (Session* session = FindSession(client)) RemoveSession(*session, reason, out);
  return out;
}

Effects Meeting::MediaLost() {
  Effects out;
  std::vector<ClientId> concerned = joined_;
  for (auto& [client, session] : sessions_) {
    if (!session.joined && !session.transports.empty()) concerned.push_back(client);
    session.transports.clear();
    session.producers.clear();
    session.consumers.clear();
  }
  transports_.clear();
  producers_.clear();
  consumers_.clear();
  names_.clear();
  router_.reset();
  if (!concerned.empty()) out.push_back(Send{std::move(concerned), MediaReset{record_.id, "worker-died"}});
  SetSpeaker(std::nullopt, out);
  ForgetPlaces(out);
  return out;
}

Effects Meeting::End(std::string_view reason) {
  Effects out;
  if (!joined_.empty()) out.push_back(Send{joined_, MeetingEnded{record_.id, std::string(reason)}});
  ended_ = true;
  sessions_.clear();
  joined_.clear();
  by_user_.clear();
  transports_.clear();
  producers_.clear();
  consumers_.clear();
  names_.clear();
  CloseRouterIfUnused(out);
  return out;
}

Error Meeting::Outsider() const {
  if (ended_) return {ErrorCode::kMeetingEnded, "the meeting has ended"};
  return {ErrorCode::kInvalidState, "no longer in this meeting"};
}

bool Meeting::joined(ClientId client) const {
  const auto found = sessions_.find(client);
  return found != sessions_.end() && found->second.joined;
}

OperationId Meeting::Await(const Request& request, Pending pending) {
  const OperationId operation{++last_operation_};
  pending.client = request.client;
  pending.request = request.id;
  pending_.emplace(operation, std::move(pending));
  return operation;
}

void Meeting::Issue(const Request& request, Pending pending, MediaCommand command, Effects& out) {
  out.push_back(Command{std::move(command), Await(request, std::move(pending))});
}

}  // namespace kcs::meeting
