// The commands of a worker: objects made, joined and removed. Each either does all it says or nothing.
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/sfu/worker_core.h"

namespace kcs::sfu {
namespace {

auto Error(CommandErrorCode code, const char* message) { return Fail(CommandError{code, message}); }
auto NotFound(const char* what) { return Error(CommandErrorCode::kNotFound, what); }
auto Exists(const char* what) { return Error(CommandErrorCode::kAlreadyExists, what); }

constexpr auto kNoRouter = "no such router";
constexpr auto kNoTransport = "no such transport";
constexpr auto kNoProducer = "no such producer";
constexpr auto kNoConsumer = "no such consumer";

transport::RemoteDtlsRole ToTransport(RemoteDtlsRole role) {
  switch (role) {
    case RemoteDtlsRole::kAuto:
      return transport::RemoteDtlsRole::kAuto;
    case RemoteDtlsRole::kClient:
      return transport::RemoteDtlsRole::kClient;
    case RemoteDtlsRole::kServer:
      return transport::RemoteDtlsRole::kServer;
  }
  return transport::RemoteDtlsRole::kAuto;
}

}  // namespace

Result<CommandReply, CommandError> WorkerCore::OnCommand(const Command& command, Timestamp now,
                                                         WorkerOutput& out) {
  KCS_CHECK(fan_out_.empty());
  auto reply = std::visit([&](const auto& c) { return Apply(c, now, out); }, command);
  Settle(now, out);
  return reply;
}

WorkerCore::Reply WorkerCore::Apply(const CreateRouter& command, Timestamp, WorkerOutput&) {
  if (routers_.contains(command.router)) return Exists("the router exists");
  if (routers_.size() >= limits_.max_routers) return Error(CommandErrorCode::kLimit, "too many routers");
  const std::size_t places = command.speaker_places.size();
  if (places != 0 && places != limits_.audio_last_n) {
    return Error(CommandErrorCode::kInvalid, "as many speaker places as speakers that are forwarded");
  }
  routers_.emplace(command.router,
                   std::make_unique<Router>(command.router, limits_.audio_last_n, command.speaker_places));
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const CloseRouter& command, Timestamp now, WorkerOutput& out) {
  const auto found = routers_.find(command.router);
  if (found == routers_.end()) return NotFound(kNoRouter);
  Router& router = *found->second;
  while (!router.transports().empty()) Remove(*router.transports().back(), now, out);
  routers_.erase(found);
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const CreateTransport& command, Timestamp, WorkerOutput&) {
  const auto router = routers_.find(command.router);
  if (router == routers_.end()) return NotFound(kNoRouter);
  if (transport_index_.contains(command.transport)) return Exists("the transport exists");
  if (transport_index_.size() >= limits_.max_transports) {
    return Error(CommandErrorCode::kLimit, "too many transports");
  }
  if (free_indices_.empty()) {
    free_indices_.push_back(static_cast<std::uint32_t>(transports_.size()));
    transports_.emplace_back();
  }
  const std::uint32_t index = free_indices_.back();
  free_indices_.pop_back();
  transports_[index] =
      std::make_unique<WebRtcTransport>(command, index, *router->second, dtls_, entropy_, touched_, sharing_);
  transport_index_[command.transport] = index;
  const transport::IceParameters& ice = transports_[index]->peer().local_ice();
  by_ufrag_[ice.username_fragment] = index;
  return CommandReply{ice};
}

WorkerCore::Reply WorkerCore::Apply(const ConnectTransport& command, Timestamp now, WorkerOutput& out) {
  WebRtcTransport* transport = FindTransport(command.transport);
  if (transport == nullptr) return NotFound(kNoTransport);
  if (transport->peer().has_early_datagrams()) handshakes_.Charge(now);
  const auto connected =
      transport->peer().Connect(ToTransport(command.remote_role), command.fingerprints, now, out.datagrams);
  touched_.Add(transport->index());
  if (!connected) {
    const bool repeated = connected.error() != transport::ConnectError::kNoFingerprint;
    return Error(repeated ? CommandErrorCode::kInvalidState : CommandErrorCode::kInvalid,
                 transport::ToString(connected.error()));
  }
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const RestartIce& command, Timestamp, WorkerOutput&) {
  WebRtcTransport* transport = FindTransport(command.transport);
  if (transport == nullptr) return NotFound(kNoTransport);
  std::vector<std::string> retired;
  const transport::IceParameters ice = transport->peer().RestartIce(entropy_, retired);
  ForgetUfrags(retired);
  by_ufrag_[ice.username_fragment] = transport->index();
  return CommandReply{ice};
}

WorkerCore::Reply WorkerCore::Apply(const CloseTransport& command, Timestamp now, WorkerOutput& out) {
  WebRtcTransport* transport = FindTransport(command.transport);
  if (transport == nullptr) return NotFound(kNoTransport);
  Remove(*transport, now, out);
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const CreateProducer& command, Timestamp, WorkerOutput&) {
  WebRtcTransport* transport = FindTransport(command.transport);
  if (transport == nullptr) return NotFound(kNoTransport);
  if (producers_.contains(command.producer)) return Exists("the producer exists");
  const auto producer = transport->AddProducer(command);
  if (!producer) return Fail(producer.error());
  producers_[command.producer] = *producer;
  (*producer)->OnWishesChanged();
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const ProducerCommand& command, Timestamp now, WorkerOutput&) {
  const auto found = producers_.find(command.producer);
  if (found == producers_.end()) return NotFound(kNoProducer);
  Producer& producer = *found->second;
  switch (command.action) {
    case ProducerAction::kPause:
      producer.Pause();
      producer.router().talk().OnPaused(producer);
      break;
    case ProducerAction::kResume:
      producer.Resume(now);
      break;
    case ProducerAction::kClose:
      Remove(producer, now);
      return CommandReply{};
    case ProducerAction::kRequestKeyFrame:
      producer.RequestKeyFrame(now);
      return CommandReply{};
    case ProducerAction::kAdmit:
      producer.Admit();
      return CommandReply{};
  }
  // Their links carry more or less now.
  for (Consumer* consumer : producer.consumers()) consumer->receiver().Reconsider(now);
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const CreateConsumer& command, Timestamp now, WorkerOutput&) {
  WebRtcTransport* transport = FindTransport(command.transport);
  if (transport == nullptr) return NotFound(kNoTransport);
  const auto found = producers_.find(command.producer);
  Producer* producer =
      found != producers_.end() ? found->second : transport->router().talk().FindPlace(command.producer);
  if (producer == nullptr || &producer->router() != &transport->router()) return NotFound(kNoProducer);
  if (consumers_.contains(command.consumer)) return Exists("the consumer exists");
  const auto consumer = transport->AddConsumer(command, *producer, now);
  if (!consumer) return Fail(consumer.error());
  consumers_[command.consumer] = *consumer;
  producer->OnWishesChanged();
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const ConsumerCommand& command, Timestamp now, WorkerOutput&) {
  const auto found = consumers_.find(command.consumer);
  if (found == consumers_.end()) return NotFound(kNoConsumer);
  Consumer& consumer = *found->second;
  switch (command.action) {
    case ConsumerAction::kPause:
      consumer.Pause();
      break;
    case ConsumerAction::kResume:
      consumer.Resume(now);
      break;
    case ConsumerAction::kClose:
      Remove(consumer, now);
      return CommandReply{};
    case ConsumerAction::kRequestKeyFrame:
      consumer.OnPictureLost(now);
      break;
    case ConsumerAction::kSetPreferredLayers:
      consumer.wishes.preferred = {.spatial = command.spatial_layer, .temporal = command.temporal_layer};
      break;
    case ConsumerAction::kSetPriority:
      consumer.wishes.priority = command.priority;
      break;
    case ConsumerAction::kSetViewport:
      consumer.wishes.viewport = command.viewport;
      break;
  }
  consumer.receiver().Reconsider(now);
  consumer.producer().OnWishesChanged();
  return CommandReply{};
}

WorkerCore::Reply WorkerCore::Apply(const GetRouterStats& command, Timestamp now, WorkerOutput&) {
  const auto found = routers_.find(command.router);
  if (found == routers_.end()) return NotFound(kNoRouter);
  return CommandReply{StatsOf(*found->second, command.transports, now)};
}

WorkerCore::Reply WorkerCore::Apply(const GetWorkerStats&, Timestamp, WorkerOutput&) {
  return CommandReply{stats()};
}

WebRtcTransport* WorkerCore::FindTransport(TransportId id) const {
  const auto found = transport_index_.find(id);
  return found == transport_index_.end() ? nullptr : transports_[found->second].get();
}

void WorkerCore::Remove(WebRtcTransport& transport, Timestamp now, WorkerOutput& out) {
  while (!transport.consumers().empty()) Remove(*transport.consumers().back(), now);
  while (!transport.producers().empty()) Remove(*transport.producers().back(), now);
  transport.peer().Close(now, out.datagrams);

  const std::uint32_t index = transport.index();
  for (const std::string_view ufrag : transport.peer().ufrags()) by_ufrag_.erase(std::string(ufrag));
  for (const Tuple& tuple : transport.peer().tuples()) {
    const auto entry = by_tuple_.find(tuple);
    if (entry == by_tuple_.end() || entry->second != index) continue;
    if (tuple.protocol == Protocol::kTcp) out.abandoned_connections.push_back(tuple.socket);
    by_tuple_.erase(entry);
  }
  last_transport_ = nullptr;
  deadlines_.Remove(index);
  handshakes_.Forget(index);
  transport_index_.erase(transport.id());
  transports_[index].reset();
  free_indices_.push_back(index);
}

void WorkerCore::Remove(Producer& producer, Timestamp now) {
  producer.router().talk().OnPaused(producer);  // a speaker place keeps its consumers
  while (!producer.consumers().empty()) Remove(*producer.consumers().back(), now);
  producers_.erase(producer.id());
  frame_ends_.Forget(producer);
  producer.transport()->RemoveProducer(producer);
}

void WorkerCore::Remove(Consumer& consumer, Timestamp now) {
  consumers_.erase(consumer.id());
  WebRtcTransport& receiver = consumer.receiver();
  Producer& producer = consumer.producer();
  receiver.RemoveConsumer(consumer);
  receiver.Reconsider(now);
  producer.OnWishesChanged();
}

}  // namespace kcs::sfu
