#include <algorithm>
#include <utility>

#include "server/meeting/meeting.h"
#include "server/meeting/refuse.h"
#include "server/ortc/capabilities.h"
#include "server/ortc/engine_view.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/validate.h"

// What participants send.
namespace kcs::meeting {
namespace {

ortc::MediaKind KindOf(Source source) {
  return source == Source::kCamera || source == Source::kScreen ? ortc::MediaKind::kVideo
                                                                : ortc::MediaKind::kAudio;
}

}  // namespace

void Meeting::On(Context& context, const Produce& body) {
  const auto refuse = [&](ErrorCode code, std::string message) {
    context.out.push_back(Refuse(context.request, code, std::move(message)));
  };
  Session& session = context.session;
  if (session.producers.size() >= limits_.producers) {
    return refuse(ErrorCode::kInvalidState, "too many producers");
  }
  const Source source =
      body.source.value_or(body.kind == ortc::MediaKind::kVideo ? Source::kCamera : Source::kMicrophone);
  if (KindOf(source) != body.kind) {
    return refuse(ErrorCode::kInvalidPayload, "source does not fit the kind");
  }
  const auto transport = ChooseTransport(session, body.transport_id, Direction::kSend);
  if (!transport) {
    context.out.push_back(Refuse(context.request, transport.error()));
    return;
  }
  if (const auto valid = ortc::ValidateRtpParameters(body.kind, body.rtp_parameters); !valid) {
    return refuse(ErrorCode::kInvalidPayload, "rtpParameters: " + valid.error());
  }
  const ortc::RtpCapabilities& capabilities = ortc::RouterRtpCapabilities();
  const auto mapping = ortc::ProducerMapping(body.rtp_parameters, capabilities, entropy_);
  if (!mapping) return refuse(ErrorCode::kInvalidPayload, "rtpParameters: " + mapping.error());

  Producer producer;
  producer.id = entropy_.Uuid();
  producer.media = NextMedia();
  producer.client = session.client;
  producer.kind = body.kind;
  producer.source = source;
  producer.paused = body.paused;
  producer.type = ortc::TypeOf(body.rtp_parameters);
  producer.consumable = ortc::ConsumableParameters(body.kind, body.rtp_parameters, capabilities, *mapping);
  // Receivers play streams of one CNAME in time with each other (RFC 3550 6.5.1), so what one participant
  // sends must not differ in it. The first producer's counts.
  std::string& cname = (*transport)->cname;
  if (cname.empty()) cname = body.rtp_parameters.rtcp.cname;
  if (cname.empty()) cname = entropy_.Token(8);
  producer.consumable.rtcp.cname = cname;

  CreateProducer command{*router_,
                         (*transport)->media,
                         producer.media,
                         producer.paused,
                         source == Source::kScreen || source == Source::kScreenAudio,
                         ortc::ForEngine(body.kind, body.rtp_parameters, *mapping),
                         !session.joined && !places_.empty()};
  const std::string id = producer.id;
  session.producers.push_back(id);
  names_.emplace(producer.media, id);
  producers_.emplace(id, std::move(producer));
  Issue(context.request, {.step = Pending::Step::kProduce, .object = id}, std::move(command), context.out);
}

void Meeting::FinishProduce(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  const auto found = producers_.find(pending.object);
  if (found == producers_.end()) {
    out.push_back(Refuse(pending, Vanished(pending)));
    return;
  }
  Producer& producer = found->second;
  Session& session = sessions_.at(producer.client);
  if (!outcome) {
    std::erase(session.producers, producer.id);
    names_.erase(producer.media);
    producers_.erase(found);
    out.push_back(Refuse(pending, outcome.error()));
    return;
  }
  producer.ready = true;
  out.push_back(Grant(pending, Produced{producer.id, producer.kind}));
  if (!session.joined) return;  // announced on joining
  const ProducerInfo info{producer.id, producer.kind, producer.source, producer.paused};
  SendToOthers(session.client, NewProducer{session.identity.user_id, info}, out);
}

void Meeting::On(Context& context, const ChangeProducer& body) {
  Session& session = context.session;
  Producer* const producer = FindProducer(session.client, body.producer_id);
  if (producer == nullptr) {
    context.out.push_back(Refuse(context.request, ErrorCode::kNotFound, "no such producer of yours"));
    return;
  }
  const ProducerCommand command{*router_, producer->media, body.action};
  if (body.action != ProducerCommand::Action::kClose) {
    Issue(context.request,
          {.step = Pending::Step::kChangeProducer, .object = producer->id, .producer_action = body.action},
          command, context.out);
    return;
  }
  const std::string id = producer->id;
  context.out.push_back(Command{command, std::nullopt});
  context.out.push_back(Grant(context.request, ProducerChanged{id, body.action}));
  if (session.joined) {
    SendToOthers(session.client, ProducerClosed{session.identity.user_id, id, producer->kind}, context.out);
  }
  std::erase(session.producers, id);
  ForgetProducer(id, context.out);
}

void Meeting::FinishChangeProducer(const Pending& pending, const MediaOutcome& outcome, Effects& out) {
  Producer* const producer = FindProducer(pending.client, pending.object);
  if (producer == nullptr) {
    out.push_back(Refuse(pending, Vanished(pending)));
    return;
  }
  if (!outcome) {
    out.push_back(Refuse(pending, outcome.error()));
    return;
  }
  out.push_back(Grant(pending, ProducerChanged{producer->id, pending.producer_action}));
  if (pending.producer_action == ProducerCommand::Action::kRequestKeyFrame) return;

  const bool paused = pending.producer_action == ProducerCommand::Action::kPause;
  if (producer->paused == paused) return;
  producer->paused = paused;
  const Session& session = sessions_.at(producer->client);
  if (!session.joined) return;
  SendToOthers(session.client, ProducerPaused{session.identity.user_id, producer->id, producer->kind, paused},
               out);
}

Producer* Meeting::FindProducer(ClientId client, const std::string& id) {
  const auto found = producers_.find(id);
  if (found == producers_.end() || found->second.client != client || !found->second.ready) return nullptr;
  return &found->second;
}

void Meeting::ForgetProducer(const std::string& id, Effects& out) {
  const auto found = producers_.find(id);
  if (found == producers_.end()) return;
  const Producer producer = std::move(found->second);
  names_.erase(producer.media);
  producers_.erase(found);
  for (const std::string& consumer_id : producer.consumers) {
    const auto it = consumers_.find(consumer_id);
    if (it == consumers_.end()) continue;
    const Consumer& consumer = it->second;
    if (consumer.ready) {
      out.push_back(Send{{consumer.client}, ConsumerClosed{consumer.id, id, "producer-closed"}});
    }
    std::erase(sessions_.at(consumer.client).consumers, consumer_id);
    names_.erase(consumer.media);
    consumers_.erase(it);
  }
}

}  // namespace kcs::meeting
