#include <algorithm>
#include <utility>

#include "server/meeting/meeting.h"
#include "server/meeting/refuse.h"

// What a meeting tells about itself.
namespace kcs::meeting {
namespace {

// What a participant may ask for in the long run, whatever the meeting's size: an answer has as many entries
// as they have streams.
constexpr std::int64_t kMillisPerAnswer = 1000;
// Likewise all participants together: 5,000 streams a second.
constexpr std::int64_t kStreamsPerMilli = 5;
// Of one answer; it goes into a socket's queue of limited size.
constexpr std::size_t kMaxConsumers = 2000;

}  // namespace

void Meeting::On(Context& context, const GetStats& body) {
  const auto refuse = [&](ErrorCode code, std::string why) {
    context.out.push_back(Refuse(context.request, code, std::move(why)));
  };
  Session& session = context.session;
  if (!session.joined) return refuse(ErrorCode::kNotJoined, "join the meeting first");
  const std::string& subject_id = body.participant_id.value_or(session.identity.user_id);
  if (session.role == Role::kParticipant && subject_id != session.identity.user_id) {
    return refuse(ErrorCode::kForbidden, "only hosts see the statistics of others");
  }
  const Session* const subject = FindParticipant(subject_id);
  if (subject == nullptr) return refuse(ErrorCode::kNotFound, "there is no such participant");
  if (!session.stats.Allows(context.now) || !stats_.Allows(context.now)) {
    return refuse(ErrorCode::kRateLimited, "too many requests for statistics, slow down");
  }
  const auto streams = static_cast<std::int64_t>(subject->producers.size() + subject->consumers.size());
  session.stats.Spend(context.now, kMillisPerAnswer);
  stats_.Spend(context.now, std::min(1 + streams / kStreamsPerMilli, kMillisPerAnswer));
  if (subject->transports.empty()) {
    context.out.push_back(Grant(context.request, StatsRead{record_.id, census(), MediaBy(*subject), {}}));
    return;
  }
  StatsQuery query{*router_};
  for (const std::string& id : subject->transports) query.transports.push_back(transports_.at(id).media);
  const OperationId operation =
      Await(context.request, {.step = Pending::Step::kGetStats, .object = subject_id});
  context.out.push_back(AskStats{std::move(query), operation});
}

Effects Meeting::Apply(OperationId operation, Result<RouterStats, Error> stats) {
  Effects out;
  const auto found = pending_.find(operation);
  if (found == pending_.end()) return out;
  const Pending pending = std::move(found->second);
  pending_.erase(found);

  const Session* const subject = FindParticipant(pending.object);
  if (!sessions_.contains(pending.client)) {
    out.push_back(Refuse(pending, Outsider()));
  } else if (!stats) {
    out.push_back(Refuse(pending, stats.error()));
  } else if (subject == nullptr) {
    out.push_back(Refuse(pending, ErrorCode::kNotFound, "the participant has left meanwhile"));
  } else {
    MediaOf media = MediaBy(*subject);
    if (media.consumers.size() > kMaxConsumers) media.consumers.resize(kMaxConsumers);
    out.push_back(Grant(pending, StatsRead{record_.id, census(), std::move(media), *std::move(stats)}));
  }
  return out;
}

Census Meeting::census() const {
  Census census;
  census.participants = joined_.size();
  census.waiting = sessions_.size() - joined_.size();
  for (const auto& [id, producer] : producers_) {
    if (producer.ready && joined(producer.client)) ++census.producers;
  }
  for (const auto& [id, consumer] : consumers_) {
    if (consumer.ready) ++census.consumers;
  }
  return census;
}

MediaOf Meeting::MediaBy(const Session& session) const {
  MediaOf media{session.identity.user_id, session.identity.name, {}, {}, {}};
  for (const std::string& id : session.transports) {
    const Transport& transport = transports_.at(id);
    media.transports.push_back(
        {transport.media, id, transport.direction == Direction::kSend ? "send" : "recv"});
  }
  for (const std::string& id : session.producers) {
    const Producer& producer = producers_.at(id);
    media.producers.push_back({producer.media, id, std::string(ToString(producer.source))});
  }
  for (const std::string& id : session.consumers) {
    const Consumer& consumer = consumers_.at(id);
    media.consumers.push_back({consumer.media, id, consumer.producer_id});
  }
  return media;
}

std::vector<MediaOf> Meeting::MediaByParticipant() const {
  std::vector<MediaOf> all;
  all.reserve(joined_.size());
  for (const ClientId client : joined_) all.push_back(MediaBy(sessions_.at(client)));
  return all;
}

}  // namespace kcs::meeting
