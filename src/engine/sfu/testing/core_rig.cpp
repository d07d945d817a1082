#include "engine/sfu/testing/core_rig.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"

namespace kcs::sfu::testing {
namespace {

constexpr std::uint8_t kRouterVideo = 101;
constexpr std::uint8_t kRouterRtx = 102;
constexpr std::uint8_t kRouterAudio = 100;
constexpr int kMostRounds = 10'000;  // of timers, at one moment

}  // namespace

CoreRig::Datagram CoreRig::Member::Rtp(Bytes plaintext) {
  KCS_CHECK(peer->SendRtp(plaintext));
  auto sent = peer->TakeOutgoing();
  return std::move(sent.back());
}

CoreRig::Datagram CoreRig::Member::Rtcp(Bytes plaintext) {
  KCS_CHECK(peer->SendRtcp(plaintext));
  auto sent = peer->TakeOutgoing();
  return std::move(sent.back());
}

CoreRig::CoreRig(std::size_t outbox_bytes, std::size_t outbox_datagrams)
    : CoreRig(WorkerLimits{.handshake_steps = 0}, outbox_bytes, outbox_datagrams) {}

CoreRig::CoreRig(std::uint8_t audio_last_n)
    : CoreRig(WorkerLimits{.audio_last_n = audio_last_n, .handshake_steps = 0}, 1024 * 1024, 1024) {}

CoreRig::CoreRig(WorkerLimits limits, std::size_t outbox_bytes, std::size_t outbox_datagrams)
    : core_(limits, entropy_),
      output_(outbox_bytes, outbox_datagrams),
      certificate_(crypto::Certificate::Generate()),
      dtls_(certificate_) {
  CreateRouter router{kRouter};
  for (std::uint64_t i = 0; i < limits.audio_last_n; ++i) {
    router.speaker_places.push_back(ProducerId(kFirstPlace + i));
  }
  Must(router);
}

CoreRig::Member& CoreRig::Join(std::optional<SocketAddress> address, ParticipantId participant) {
  const std::size_t number = members_.size() + 1;
  Member& member = members_.emplace_back();
  member.transport = TransportId(number);
  member.tuple.remote = address.value_or(SocketAddress::V4(10, 0, static_cast<std::uint8_t>(number >> 8),
                                                           static_cast<std::uint8_t>(number), 4000));
  member.peer = std::make_unique<transport::testing::TestPeer>(dtls_, entropy_);
  by_tuple_[member.tuple] = &member;

  const auto ice =
      std::get<transport::IceParameters>(Must(CreateTransport{kRouter, member.transport, participant}));
  Must(ConnectTransport{.transport = member.transport,
                        .remote_role = RemoteDtlsRole::kClient,
                        .fingerprints = {{"sha-256", certificate_.fingerprint_sha256()}}});
  member.peer->Connect(ice, {member.tuple}, {{"sha-256", core_.fingerprint()}}, now_);
  return member;
}

void CoreRig::Exchange() {
  for (bool silent = false; !silent;) {
    silent = true;
    for (Member& member : members_) {
      member.peer->Tick(now_);
      const auto outgoing = member.peer->TakeOutgoing();
      if (outgoing.empty()) continue;
      silent = false;
      Feed(outgoing);
    }
  }
}

void CoreRig::Advance(Duration duration) {
  const Timestamp end = now_ + duration;
  while (now_ < end) {
    now_ += std::min<Duration>(20ms, end - now_);
    RunTimers();
    Exchange();
  }
}

Result<CommandReply, CommandError> CoreRig::Try(const Command& command) {
  auto reply = core_.OnCommand(command, now_, output_);
  Carry();
  return reply;
}

CommandReply CoreRig::Must(const Command& command) {
  auto reply = Try(command);
  KCS_CHECK(reply);
  return std::move(*reply);
}

void CoreRig::Load(std::span<const Datagram> datagrams) {
  KCS_CHECK(datagrams.size() <= kBatch);
  for (batch_size_ = 0; batch_size_ < datagrams.size(); ++batch_size_) {
    const Datagram& datagram = datagrams[batch_size_];
    IngressDatagram& ingress = batch_[batch_size_];
    ingress.slot = core_.slab().Acquire();
    ingress.size = static_cast<std::uint16_t>(datagram.bytes.size());
    ingress.tuple = datagram.tuple;
    ingress.age = age_;
    std::ranges::copy(datagram.bytes, ingress.slot.bytes().begin());
  }
}

std::size_t CoreRig::Process() {
  core_.OnDatagrams(std::span(batch_).first(batch_size_), now_, output_);
  return Carry();
}

std::size_t CoreRig::RunTimers() {
  std::size_t made = 0;
  for (int rounds = 0; core_.NextDeadline() <= now_; ++rounds) {
    KCS_CHECK(rounds < kMostRounds);  // or a deadline that is due does not move on
    core_.OnTimeout(now_, output_);
    made += Carry();
  }
  return made;
}

std::size_t CoreRig::Feed(std::span<const Datagram> datagrams) {
  std::size_t made = 0;
  while (!datagrams.empty()) {
    const auto part = datagrams.first(std::min(datagrams.size(), kBatch));
    Load(part);
    made += Process();
    datagrams = datagrams.subspan(part.size());
  }
  return made;
}

std::size_t CoreRig::Carry() {
  std::size_t made = 0;
  for (;;) {
    const auto datagrams = output_.datagrams.datagrams();
    made += datagrams.size();
    if (observer_ && !datagrams.empty()) observer_(output_.datagrams);
    if (delivering_) {
      for (const transport::EgressDatagram& datagram : datagrams) {
        const auto to = by_tuple_.find(datagram.tuple);
        if (to != by_tuple_.end())
          to->second->peer->OnDatagram(datagram.tuple, output_.datagrams.bytes(datagram), now_);
      }
    }
    if (delivering_) {
      news_.insert(news_.end(), output_.notifications.begin(), output_.notifications.end());
    }
    output_.Clear();
    const bool more = core_.Drain(now_, output_);
    drains_ += more ? 1 : 0;
    if (!more && output_.datagrams.empty()) return made;
  }
}

ProducerEncoding Encoding(std::uint32_t ssrc, std::uint32_t rtx_ssrc, const std::string& rid) {
  ProducerEncoding encoding;
  encoding.ssrc = wire::Ssrc(ssrc);
  encoding.rtx_ssrc = wire::Ssrc(rtx_ssrc);
  encoding.rid = rid;
  return encoding;
}

CreateProducer VideoProducer(TransportId transport, ProducerId id, std::vector<ProducerEncoding> encodings) {
  CreateProducer command;
  command.transport = transport;
  command.producer = id;
  command.kind = wire::MediaKind::kVideo;
  command.mid = "v" + std::to_string(id.value());
  command.codecs.push_back({.codec = wire::CodecType::kVp8,
                            .clock_rate = 90'000,
                            .payload_type = kVideoPayloadType,
                            .rtx_payload_type = kRtxPayloadType,
                            .router_payload_type = kRouterVideo,
                            .router_rtx_payload_type = kRouterRtx,
                            .feedback = {.nack = true, .pli = true}});
  command.encodings = std::move(encodings);
  command.extensions.Set(wire::ExtensionType::kMid, kMidId);
  command.extensions.Set(wire::ExtensionType::kRid, kRidId);
  command.extensions.Set(wire::ExtensionType::kRepairedRid, kRepairedRidId);
  return command;
}

CreateProducer AudioProducer(TransportId transport, ProducerId id, wire::Ssrc ssrc) {
  CreateProducer command;
  command.transport = transport;
  command.producer = id;
  command.kind = wire::MediaKind::kAudio;
  command.mid = "a" + std::to_string(id.value());
  command.codecs.push_back({.codec = wire::CodecType::kOpus,
                            .clock_rate = 48'000,
                            .payload_type = kAudioPayloadType,
                            .router_payload_type = kRouterAudio,
                            .feedback = {}});
  command.encodings.push_back(Encoding(ssrc.value()));
  command.extensions.Set(wire::ExtensionType::kMid, kMidId);
  command.extensions.Set(wire::ExtensionType::kAudioLevel, kAudioLevelId);
  return command;
}

CreateConsumer ConsumerOf(const CreateProducer& producer, TransportId transport, ConsumerId id,
                          wire::Ssrc ssrc) {
  const bool video = producer.kind == wire::MediaKind::kVideo;
  CreateConsumer command;
  command.transport = transport;
  command.consumer = id;
  command.producer = producer.producer;
  command.paused = false;
  command.ssrc = ssrc;
  command.mid = std::to_string(id.value() % 1000);
  if (video) command.rtx_ssrc = wire::Ssrc(ssrc.value() + 1);
  command.codecs.push_back({.payload_type = video ? kRouterVideo : kRouterAudio,
                            .rtx_payload_type = video ? kRouterRtx : std::uint8_t{0},
                            .feedback = {.nack = video, .pli = video}});
  command.extensions.Set(wire::ExtensionType::kMid, 1);
  command.extensions.Set(video ? wire::ExtensionType::kTransportWideCc : wire::ExtensionType::kAudioLevel, 5);
  command.cname = "rig";
  return command;
}

}  // namespace kcs::sfu::testing
