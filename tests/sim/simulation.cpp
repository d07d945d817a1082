#include "simulation.h"

#include <algorithm>
#include <cstdio>

#include "base/check.h"

namespace kcs::sim {
namespace {

constexpr int kMostTurns = 10'000;  // of the core's timers, within a millisecond

}  // namespace

Simulation::Simulation(std::uint64_t seed, std::uint8_t audio_last_n)
    : entropy_(seed),
      core_(sfu::WorkerLimits{.audio_last_n = audio_last_n}, entropy_),
      client_certificate_(crypto::Certificate::Generate()),
      client_dtls_(client_certificate_) {
  sfu::CreateRouter router{kRouter};
  for (std::uint64_t i = 0; i < audio_last_n; ++i)
    router.speaker_places.push_back(sfu::ProducerId(kFirstPlace + i));
  Must(router);
}

sfu::CommandReply Simulation::Must(const sfu::Command& command) {
  auto reply = core_.OnCommand(command, now_, output_);
  if (!reply) {
    std::fprintf(stderr, "command refused: %s\n", reply.error().message.c_str());
    KCS_CHECK(reply);
  }
  Flush();
  return *reply;
}

Participant& Simulation::Join(Link link) {
  const auto number = static_cast<std::uint32_t>(participants_.size() + 1);
  participants_.push_back(std::make_unique<Participant>(*this, number, link));
  Participant& p = *participants_.back();
  const std::vector<crypto::Fingerprint> ours = {{"sha-256", core_.fingerprint()}};
  const std::vector<crypto::Fingerprint> theirs = {{"sha-256", client_certificate_.fingerprint_sha256()}};
  const auto connect = [&](sfu::TransportId id, transport::testing::TestPeer& peer, const Tuple& tuple) {
    const auto ice = std::get<transport::IceParameters>(
        Must(sfu::CreateTransport{kRouter, id, sfu::ParticipantId(number)}));
    Must(sfu::ConnectTransport{
        .transport = id, .remote_role = sfu::RemoteDtlsRole::kClient, .fingerprints = theirs});
    peer.Connect(ice, {tuple}, ours, now_);
    by_tuple_[tuple] = &p;
  };
  connect(p.send_transport(), p.send_, p.send_tuple_);
  connect(p.receive_transport(), p.receive_, p.receive_tuple_);
  return p;
}

Pipe& Simulation::AddPipe(const congestion::testing::LinkModel& model) {
  pipes_.push_back(std::make_unique<Pipe>(model, now_, entropy_.NextU64()));
  return *pipes_.back();
}

void Simulation::SendToCore(const Participant& from, const Tuple& tuple, std::vector<std::uint8_t> bytes) {
  if (from.link.up != nullptr) return from.link.up->Send(tuple, std::move(bytes), now_);
  to_core_.Send(tuple, std::move(bytes), from.link, now_, entropy_);
}

void Simulation::SendToPeer(Participant& to, const Tuple& tuple, std::vector<std::uint8_t> bytes) {
  if (tuple == to.receive_tuple()) {
    to.meter.sent_bytes += bytes.size();
    ++to.meter.sent;
  }
  if (to.link.down != nullptr) return to.link.down->Send(tuple, std::move(bytes), now_);
  to_peers_.Send(tuple, std::move(bytes), to.link, now_, entropy_);
}

void Simulation::AdvancePipes() {
  for (const auto& pipe : pipes_) {
    pipe->Advance(
        now_,
        [&](const Tuple& tuple, std::vector<std::uint8_t> bytes, Timestamp at, Duration queued) {
          Participant& peer = *by_tuple_.at(tuple);
          const bool up = peer.link.up == pipe.get();
          if (!up && tuple == peer.receive_tuple()) {
            peer.meter.arrived_bytes += bytes.size();
            peer.meter.queued.push_back(queued);
          }
          (up ? to_core_ : to_peers_).Send(tuple, std::move(bytes), peer.link, at, entropy_);
        },
        [&](const Tuple& tuple, Bytes bytes, bool queue_full) {
          Participant& peer = *by_tuple_.at(tuple);
          if (peer.link.up == pipe.get() || tuple != peer.receive_tuple()) return;
          ++(queue_full ? peer.meter.overflowed : peer.meter.lost);
          if (peer.IsSound(bytes)) ++peer.meter.sounds_lost;
        });
  }
}

void Simulation::Flush() {
  for (;;) {
    for (const transport::EgressDatagram& d : output_.datagrams.datagrams()) {
      const Bytes bytes = output_.datagrams.bytes(d);
      const auto to = by_tuple_.find(d.tuple);
      KCS_CHECK(to != by_tuple_.end());
      SendToPeer(*to->second, d.tuple, {bytes.begin(), bytes.end()});
    }
    for (const sfu::Notification& news : output_.notifications) {
      const auto* wanted = std::get_if<sfu::ProducerLayersWanted>(&news);
      if (wanted == nullptr) continue;
      for (const auto& participant : participants_)
        participant->OnLayersWanted(wanted->producer, wanted->max_spatial_layer, now_);
    }
    output_.Clear();
    const bool more = core_.Drain(now_, output_);
    if (!more && output_.datagrams.empty() && output_.notifications.empty()) return;
  }
}

void Simulation::DeliverToCore() {
  std::vector<sfu::IngressDatagram> batch;
  const auto flush_batch = [&] {
    core_.OnDatagrams(batch, now_, output_);
    Flush();
    batch.clear();
  };
  to_core_.Deliver(now_, [&](const Tuple& tuple, const std::vector<std::uint8_t>& bytes, Timestamp) {
    sfu::IngressDatagram datagram{
        .slot = core_.slab().Acquire(), .size = static_cast<std::uint16_t>(bytes.size()), .tuple = tuple};
    std::copy(bytes.begin(), bytes.end(), datagram.slot.bytes().begin());
    batch.push_back(std::move(datagram));
    if (batch.size() == 64) flush_batch();
  });
  if (!batch.empty()) flush_batch();
}

void Simulation::Step() {
  AdvancePipes();
  DeliverToCore();
  for (int turns = 0; core_.NextDeadline() <= now_; ++turns) {
    KCS_CHECK(turns < kMostTurns);  // or its deadline never moves
    core_.OnTimeout(now_, output_);
    Flush();
  }
  to_peers_.Deliver(now_, [&](const Tuple& tuple, const std::vector<std::uint8_t>& bytes, Timestamp at) {
    by_tuple_.at(tuple)->Deliver(tuple, bytes, at);
  });
  for (const auto& participant : participants_) participant->Tick(now_);
}

void Simulation::RunFor(Duration duration) {
  const Timestamp end = now_ + duration;
  while (now_ < end) {
    now_ += 1ms;
    Step();
  }
}

}  // namespace kcs::sim
