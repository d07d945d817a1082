#include <algorithm>
#include <iterator>
#include <utility>

#include "server/meeting/meeting.h"
#include "server/meeting/refuse.h"

// Who is in the meeting: joining, leaving, and what people do without media.
namespace kcs::meeting {

void Meeting::On(Context& context, const Join& body) {
  Session& session = context.session;
  const Request& request = context.request;
  Effects& out = context.out;
  if (session.joined) {
    out.push_back(Refuse(request, ErrorCode::kInvalidState, "already joined"));
    return;
  }
  Session* const former = FindParticipant(session.identity.user_id);
  const std::size_t others = joined_.size() - (former != nullptr ? 1 : 0);
  if (others >= Capacity()) {
    out.push_back(Refuse(request, ErrorCode::kMeetingFull, "the meeting is full"));
    return;
  }
  if (former != nullptr) RemoveSession(*former, LeaveReason::kReplaced, out);

  session.role = RoleOf(session.identity);
  session.joined = true;
  session.joined_at = context.now;
  session.speaker_places = body.speaker_places && !places_.empty();
  joined_.push_back(session.client);
  by_user_.emplace(session.identity.user_id, session.client);

  const ParticipantInfo self = Describe(session);
  Joined answer{session.identity.user_id, record_.id, record_.title, record_.host_id, session.role,
                Participants(),           {}};
  Effects there;
  for (const ParticipantInfo& info : answer.participants) {
    if (info.participant_id == self.participant_id) continue;
    for (const ProducerInfo& producer : info.producers) {
      there.push_back(Send{{session.client}, NewProducer{info.participant_id, producer}});
    }
  }
  if (session.speaker_places) {
    for (const Place& place : places_) answer.speaker_places.push_back(place.id);
  }
  out.push_back(Grant(request, std::move(answer)));
  if (!places_.empty()) AdmitSpeaker(session, out);
  std::move(there.begin(), there.end(), std::back_inserter(out));
  // The state of things, for whose changes alone there are events.
  if (speaker_) out.push_back(Send{{session.client}, ActiveSpeaker{speaker_}});
  if (session.speaker_places) out.push_back(Send{{session.client}, DescribePlaces()});
  for (const ClientId other : joined_) {
    const Session& theirs = sessions_.at(other);
    if (other == session.client || theirs.quality.value_or(Quality::kExcellent) == Quality::kExcellent) {
      continue;
    }
    if (auto quality = QualityOf(theirs)) out.push_back(Send{{session.client}, *std::move(quality)});
  }
  SendToOthers(session.client, ParticipantJoined{self.participant_id, self.user_name, self.role}, out);
  for (const ProducerInfo& producer : self.producers) {
    SendToOthers(session.client, NewProducer{self.participant_id, producer}, out);
  }
}

void Meeting::On(Context& context, const Leave&) {
  context.out.push_back(Grant(context.request, Done{}));
  RemoveSession(context.session, LeaveReason::kLeft, context.out);
}

void Meeting::On(Context& context, const RaiseHand& body) {
  Session& session = context.session;
  if (!session.joined) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotJoined, "join the meeting first"));
    return;
  }
  session.hand_raised = body.raised;
  context.out.push_back(Grant(context.request, Done{}));
  context.out.push_back(
      Send{joined_, HandRaised{session.identity.user_id, session.identity.name, body.raised, context.now}});
}

void Meeting::On(Context& context, const React& body) {
  const Session& session = context.session;
  if (!session.joined) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotJoined, "join the meeting first"));
    return;
  }
  context.out.push_back(Grant(context.request, Done{}));
  context.out.push_back(
      Send{joined_, Reaction{session.identity.user_id, session.identity.name, body.reaction, context.now}});
}

void Meeting::RemoveSession(Session& session, LeaveReason reason, Effects& out) {
  const ClientId client = session.client;
  const std::string user_id = session.identity.user_id;
  const bool was_joined = session.joined;

  std::erase(joined_, client);
  session.joined = false;
  if (was_joined) {
    by_user_.erase(user_id);
    // Who leaves, whatever the reason, gives the others one producer-closed for each producer,
    // consumer-closed for each of their consumers of it, and one participant-left (wire contract 3.2).
    for (const std::string& id : session.producers) {
      const Producer& producer = producers_.at(id);
      if (producer.ready) SendToOthers(client, ProducerClosed{user_id, id, producer.kind}, out);
      ForgetProducer(id, out);
    }
    session.producers.clear();
    SendToOthers(client, ParticipantLeft{user_id, reason}, out);
    if (speaker_ == user_id) SetSpeaker(std::nullopt, out);
    // Who did not go by themselves should know.
    if (reason == LeaveReason::kReplaced || reason == LeaveReason::kKicked) {
      out.push_back(Send{{client}, ParticipantLeft{user_id, reason}});
    }
  }
  ForgetMedia(session, out);
  sessions_.erase(client);
  CloseRouterIfUnused(out);
}

Session* Meeting::FindSession(ClientId client) {
  const auto found = sessions_.find(client);
  return found == sessions_.end() ? nullptr : &found->second;
}

Session* Meeting::FindParticipant(const std::string& user_id) {
  const auto found = by_user_.find(user_id);
  return found == by_user_.end() ? nullptr : FindSession(found->second);
}

std::size_t Meeting::Capacity() const {
  if (record_.max_participants == 0) return limits_.participants;
  return std::min<std::size_t>(record_.max_participants, limits_.participants);
}

Role Meeting::RoleOf(const Identity& identity) const {
  return identity.user_id == record_.host_id ? Role::kHost : Role::kParticipant;
}

std::vector<ClientId> Meeting::EverybodyBut(ClientId client) const {
  std::vector<ClientId> others;
  others.reserve(joined_.size());
  for (const ClientId other : joined_) {
    if (other != client) others.push_back(other);
  }
  return others;
}

void Meeting::SendToOthers(ClientId but, Event event, Effects& out) const {
  std::vector<ClientId> others = EverybodyBut(but);
  if (!others.empty()) out.push_back(Send{std::move(others), std::move(event)});
}

ParticipantInfo Meeting::Describe(const Session& session) const {
  ParticipantInfo info{session.identity.user_id, session.identity.name, session.role,
                       session.hand_raised,      session.joined_at,     {}};
  for (const std::string& id : session.producers) {
    const Producer& producer = producers_.at(id);
    if (producer.ready) info.producers.push_back({id, producer.kind, producer.source, producer.paused});
  }
  return info;
}

std::vector<ParticipantInfo> Meeting::Participants() const {
  std::vector<ParticipantInfo> all;
  all.reserve(joined_.size());
  for (const ClientId client : joined_) all.push_back(Describe(sessions_.at(client)));
  return all;
}

}  // namespace kcs::meeting
