#include <algorithm>
#include <utility>

#include "server/meeting/meeting.h"
#include "server/meeting/refuse.h"
#include "server/ortc/engine_view.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/validate.h"

// What participants receive.
namespace kcs::meeting {
namespace {

// A camera comes before a screen, a microphone before what a screen plays.
bool IsSecondary(Source source) { return source == Source::kScreen || source == Source::kScreenAudio; }

}  // namespace

void Meeting::On(Context& context, const Consume& body) {
  const auto refuse = [&](Error error) { context.out.push_back(Refuse(context.request, std::move(error))); };
  Session& session = context.session;
  if (!session.joined) return refuse({ErrorCode::kNotJoined, "join the meeting first"});
  if (session.consumers.size() >= limits_.consumers) {
    return refuse({ErrorCode::kInvalidState, "too many consumers"});
  }
  const auto chosen = ProducerFor(session, body);
  if (!chosen) return refuse(chosen.error());
  Producer& producer = **chosen;
  if (const auto valid = ortc::ValidateRtpCapabilities(body.rtp_capabilities); !valid) {
    return refuse({ErrorCode::kInvalidPayload, "rtpCapabilities: " + valid.error()});
  }
  const auto chosen_transport = ChooseTransport(session, body.transport_id, Direction::kReceive);
  if (!chosen_transport) return refuse(chosen_transport.error());
  Transport& transport = **chosen_transport;
  if (!ortc::CanConsume(producer.consumable, body.rtp_capabilities)) {
    return refuse({ErrorCode::kCannotConsume, "you receive none of the codecs of this producer"});
  }
  const ortc::ConsumerOptions options{
      .kind = producer.kind, .mid = std::to_string(transport.next_mid), .ssrc = 0, .rtx = std::nullopt};
  auto parameters = ortc::ConsumerParameters(producer.consumable, body.rtp_capabilities, options, entropy_);
  if (!parameters) return refuse({ErrorCode::kCannotConsume, parameters.error()});
  transport.next_mid = (transport.next_mid + 1) % 100'000'000;  // a MID has at most 8 characters

  Consumer consumer;
  consumer.id = entropy_.Uuid();
  consumer.media = NextMedia();
  consumer.client = session.client;
  consumer.producer_id = producer.id;
  consumer.paused = body.paused;
  consumer.rtp_parameters = *std::move(parameters);

  const bool muted = session.audio_only && producer.kind == ortc::MediaKind::kVideo;
  CreateConsumer command{*router_,       transport.media,          consumer.media,
                         producer.media, consumer.paused || muted, ortc::ForEngine(consumer.rtp_parameters)};
  const std::string id = consumer.id;
  session.consumers.push_back(id);
  producer.consumers.push_back(id);
  names_.emplace(consumer.media, id);
  consumers_.emplace(id, std::move(consumer));
  Issue(context.request, {.step = Pending::Step::kConsume, .object = id}, std::move(command), context.out);
}

void Meeting::FinishConsume(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  const auto found = consumers_.find(pending.object);
  if (found == consumers_.end()) {
    out.push_back(Refuse(pending, Vanished(pending)));
    return;
  }
  Consumer& consumer = found->second;
  if (!outcome) {
    std::erase(sessions_.at(consumer.client).consumers, consumer.id);
    ForgetConsumer(pending.object);
    out.push_back(Refuse(pending, outcome.error()));
    return;
  }
  consumer.ready = true;
  const Producer& producer = producers_.at(consumer.producer_id);
  const Session* const owner = FindSession(producer.client);
  out.push_back(Grant(pending, Consumed{consumer.id, producer.id,
                                        owner ? std::optional(owner->identity.user_id) : std::nullopt,
                                        producer.kind, producer.source, producer.type,
                                        consumer.rtp_parameters, consumer.paused, producer.paused}));
}

void Meeting::On(Context& context, const ChangeConsumer& body) {
  Session& session = context.session;
  Consumer* const consumer = FindConsumer(session.client, body.consumer_id);
  if (consumer == nullptr) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotFound, "no such consumer of yours"));
    return;
  }
  constexpr std::uint32_t kHighest = 255;
  const ConsumerCommand command{.router = *router_,
                                .consumer = consumer->media,
                                .action = body.action,
                                .spatial_layer = body.spatial_layer,
                                .temporal_layer = body.temporal_layer.value_or(kHighest),
                                .priority = body.priority};
  if (body.action == ConsumerCommand::Action::kResume && IsMuted(*consumer)) {
    consumer->paused = false;  // it is kept till video is wanted again
    context.out.push_back(Grant(context.request, ConsumerChanged{consumer->id, body.action}));
    return;
  }
  if (body.action != ConsumerCommand::Action::kClose) {
    Issue(context.request,
          {.step = Pending::Step::kChangeConsumer, .object = consumer->id, .consumer_action = body.action},
          command, context.out);
    return;
  }
  const std::string id = consumer->id;
  context.out.push_back(Command{command, std::nullopt});
  context.out.push_back(Grant(context.request, ConsumerChanged{id, body.action}));
  std::erase(session.consumers, id);
  ForgetConsumer(id);
}

void Meeting::FinishChangeConsumer(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  Consumer* const consumer = FindConsumer(pending.client, pending.object);
  if (consumer == nullptr) {
    out.push_back(Refuse(pending, Vanished(pending)));
    return;
  }
  if (!outcome) {
    out.push_back(Refuse(pending, outcome.error()));
    return;
  }
  if (pending.consumer_action == ConsumerCommand::Action::kPause) consumer->paused = true;
  if (pending.consumer_action == ConsumerCommand::Action::kResume) consumer->paused = false;
  out.push_back(Grant(pending, ConsumerChanged{consumer->id, pending.consumer_action}));
}

void Meeting::On(Context& context, const SetViewports& body) {
  const Session& session = context.session;
  for (const SetViewports::Shown& shown : body.consumers) {
    Consumer* const consumer = FindConsumer(session.client, shown.consumer_id);
    if (consumer == nullptr || consumer->viewport == shown.viewport) continue;
    if (producers_.at(consumer->producer_id).kind != ortc::MediaKind::kVideo) continue;
    consumer->viewport = shown.viewport;
    context.out.push_back(Command{ConsumerCommand{.router = *router_,
                                                  .consumer = consumer->media,
                                                  .action = ConsumerCommand::Action::kSetViewport,
                                                  .viewport = shown.viewport},
                                  std::nullopt});
  }
  context.out.push_back(Grant(context.request, Done{}));
}

void Meeting::On(Context& context, const SetAudioOnly& body) {
  Session& session = context.session;
  if (!session.joined) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotJoined, "join the meeting first"));
    return;
  }
  if (session.audio_only != body.enabled) {
    session.audio_only = body.enabled;
    const auto action = body.enabled ? ConsumerCommand::Action::kPause : ConsumerCommand::Action::kResume;
    for (const std::string& id : session.consumers) {
      const Consumer& consumer = consumers_.at(id);
      if (consumer.paused || producers_.at(consumer.producer_id).kind != ortc::MediaKind::kVideo) continue;
      context.out.push_back(Command{
          ConsumerCommand{.router = *router_, .consumer = consumer.media, .action = action}, std::nullopt});
    }
  }
  context.out.push_back(Grant(context.request, Done{}));
}

bool Meeting::IsMuted(const Consumer& consumer) const {
  return sessions_.at(consumer.client).audio_only &&
         producers_.at(consumer.producer_id).kind == ortc::MediaKind::kVideo;
}

Consumer* Meeting::FindConsumer(ClientId client, const std::string& id) {
  const auto found = consumers_.find(id);
  if (found == consumers_.end() || found->second.client != client || !found->second.ready) return nullptr;
  return &found->second;
}

Result<Producer*, Error> Meeting::ProducerFor(const Session& receiver, const Consume& wanted) {
  if (wanted.participant_id.empty()) {
    const auto found = producers_.find(wanted.producer_id.value_or(""));
    if (found == producers_.end() || !found->second.is_place) {
      return Fail(Error{ErrorCode::kNotFound, "no such speaker place"});
    }
    if (wanted.kind == found->second.kind) return &found->second;
    return Fail(Error{ErrorCode::kInvalidPayload, "the producer is of the other kind"});
  }
  const Session* const owner = FindParticipant(wanted.participant_id);
  if (owner == nullptr) return Fail(Error{ErrorCode::kNotFound, "no such participant"});
  return ChooseProducer(receiver, *owner, wanted);
}

// A named producer, or the first of that kind which the receiver does not have yet, so that a client that
// only knows kinds gets the camera and then the screen; when it has them all, the first again.
Result<Producer*, Error> Meeting::ChooseProducer(const Session& receiver, const Session& owner,
                                                 const Consume& wanted) {
  if (wanted.producer_id) {
    Producer* const producer = FindProducer(owner.client, *wanted.producer_id);
    if (producer == nullptr) return Fail(Error{ErrorCode::kNotFound, "no such producer of that participant"});
    if (producer->kind != wanted.kind) {
      return Fail(Error{ErrorCode::kInvalidPayload, "the producer is of the other kind"});
    }
    return producer;
  }
  Producer* best = nullptr;
  int best_rank = 0;
  for (const std::string& id : owner.producers) {
    Producer& producer = producers_.at(id);
    if (!producer.ready || producer.kind != wanted.kind) continue;
    const bool had = std::any_of(receiver.consumers.begin(), receiver.consumers.end(),
                                 [&](const std::string& c) { return consumers_.at(c).producer_id == id; });
    const int rank = (had ? 2 : 0) + (IsSecondary(producer.source) ? 1 : 0);
    if (best == nullptr || rank < best_rank) {
      best = &producer;
      best_rank = rank;
    }
  }
  if (best == nullptr)
    return Fail(Error{ErrorCode::kNotFound, "that participant sends nothing of that kind"});
  return best;
}

void Meeting::ForgetConsumer(const std::string& id) {
  const auto found = consumers_.find(id);
  if (found == consumers_.end()) return;
  const auto producer = producers_.find(found->second.producer_id);
  if (producer != producers_.end()) std::erase(producer->second.consumers, id);
  names_.erase(found->second.media);
  consumers_.erase(found);
}

}  // namespace kcs::meeting
