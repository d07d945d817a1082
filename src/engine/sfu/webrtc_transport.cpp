#include "engine/sfu/webrtc_transport.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace kcs::sfu {
namespace {

CommandError Error(CommandErrorCode code, const char* message) { return {code, message}; }

template <typename T>
void EraseOwned(std::vector<std::unique_ptr<T>>& owned, const T& object) {
  std::erase_if(owned, [&](const std::unique_ptr<T>& o) { return o.get() == &object; });
}

}  // namespace

WebRtcTransport::WebRtcTransport(const CreateTransport& command, std::uint32_t index, Router& router,
                                 crypto::DtlsContext& dtls, Entropy& entropy, Touched& touched,
                                 SharingTools& sharing)
    : id_(command.transport),
      participant_(command.participant),
      index_(index),
      router_(router),
      entropy_(entropy),
      touched_(touched),
      sharing_(sharing),
      peer_(dtls, entropy),
      rtcp_ssrc_(1 + entropy.Below(0xffffff)) {
  router_.Add(*this);
}

WebRtcTransport::~WebRtcTransport() { router_.Remove(*this); }

Result<Producer*, CommandError> WebRtcTransport::AddProducer(const CreateProducer& command) {
  if (producers_.size() >= kMaxProducers) return Fail(Error(CommandErrorCode::kLimit, "too many producers"));
  if (command.encodings.empty() || command.encodings.size() > Producer::kMaxEncodings ||
      command.codecs.empty() || command.codecs.size() > Producer::kMaxCodecs) {
    return Fail(Error(CommandErrorCode::kInvalid, "a producer needs 1 to 8 encodings and 1 to 16 codecs"));
  }
  auto producer = std::make_unique<Producer>(command, *this);
  if (!demuxer_.Add(*producer, command)) {
    return Fail(
        Error(CommandErrorCode::kAlreadyExists, "an SSRC or the MID is already used on this transport"));
  }
  for (const ProducerCodec& codec : command.codecs) {
    uses_remb_ = uses_remb_ || (codec.feedback.remb && !codec.feedback.transport_cc);
  }
  producers_.push_back(std::move(producer));
  router_.talk().Add(*producers_.back());
  return producers_.back().get();
}

void WebRtcTransport::RemoveProducer(Producer& producer) {
  KCS_CHECK(producer.consumers().empty());
  demuxer_.Remove(producer);
  router_.talk().Remove(producer);
  Touch();
  EraseOwned(producers_, producer);
}

Result<Consumer*, CommandError> WebRtcTransport::AddConsumer(const CreateConsumer& command,
                                                             Producer& producer, Timestamp now) {
  if (consumers_.size() >= kMaxConsumers) return Fail(Error(CommandErrorCode::kLimit, "too many consumers"));
  for (const wire::Ssrc ssrc : {command.ssrc, command.rtx_ssrc}) {
    const bool ours = ssrc == rtcp_ssrc_ || ssrc.value() == Prober::kProbatorSsrc;
    if (ssrc.value() != 0 && (ours || consumer_by_ssrc_.contains(ssrc))) {
      return Fail(Error(CommandErrorCode::kAlreadyExists, "the SSRC is already used on this transport"));
    }
  }
  if (command.ssrc.value() == 0 || command.mid.size() > Consumer::kMaxMid) {
    return Fail(
        Error(CommandErrorCode::kInvalid, "a consumer needs an SSRC and a MID of at most 8 characters"));
  }
  consumers_.push_back(std::make_unique<Consumer>(command, producer, *this, entropy_));
  Consumer& consumer = *consumers_.back();
  if (SpeakerPlace* place = producer.place()) place->OnConsumerAdded();
  consumer_by_ssrc_[command.ssrc] = &consumer;
  if (command.rtx_ssrc.value() != 0) consumer_by_ssrc_[command.rtx_ssrc] = &consumer;
  NoteMoved(now);
  if (next_sender_reports_ == kNever) next_sender_reports_ = now + kReportInterval;
  if (!consumer.paused()) consumer.RequestKeyFrame(now);
  Reconsider(now);
  return &consumer;
}

void WebRtcTransport::RemoveConsumer(Consumer& consumer) {
  boost::unordered::erase_if(consumer_by_ssrc_, [&](const auto& entry) { return entry.second == &consumer; });
  EraseOwned(consumers_, consumer);
}

Consumer* WebRtcTransport::ConsumerBySsrc(wire::Ssrc ssrc) const {
  const auto found = consumer_by_ssrc_.find(ssrc);
  return found == consumer_by_ssrc_.end() ? nullptr : found->second;
}

bool WebRtcTransport::Sheds(Duration age) {
  const bool sheds = age > (sheds_ ? kFresh : kStale);
  if (std::exchange(sheds_, sheds) && !sheds) {
    for (const auto& producer : producers_) {
      for (ProducerStream& stream : producer->streams()) stream.OnShed();
    }
  }
  return sheds;
}

Result<WebRtcTransport::Routed, wire::DropReason> WebRtcTransport::OnRtp(SlotRef slot, MutableBytes packet,
                                                                         Timestamp arrived, Timestamp now) {
  const auto rtp = wire::RtpPacket::Parse(packet);
  if (!rtp) return Fail(wire::DropReason::kRtpMalformed);
  const StreamRef stream = demuxer_.Find(*rtp);
  if (stream.producer == nullptr) return Fail(wire::DropReason::kRtpUnknownStream);
  LearnFromPacket(*stream.producer, *rtp, arrived);
  if (next_receiver_report_ == kNever) next_receiver_report_ = now + kReportInterval;
  NoteMoved(now);

  auto taken = stream.producer->OnPacket({std::move(slot), packet, *rtp}, stream.stream, now);
  if (!taken) return Fail(taken.error());
  if (stream.producer->kind() == wire::MediaKind::kAudio && !Hear(*stream.producer, taken->rtp, now)) {
    return Fail(wire::DropReason::kSpeakerNotForwarded);
  }
  return Routed{stream.producer, std::move(*taken)};
}

bool WebRtcTransport::Hear(Producer& producer, const wire::RtpPacket& rtp, Timestamp now) {
  if (producer.waiting()) return false;
  const std::uint8_t id = producer.extensions().id(wire::ExtensionType::kAudioLevel);
  const auto level = id == 0 ? std::nullopt : wire::AudioLevel::Parse(rtp.Extension(id));
  return !level || router_.talk().OnPacket(producer, level->level, level->voice, now);
}

// The sender judges the path by these times, so they must not be those of our own load.
void WebRtcTransport::LearnFromPacket(const Producer& producer, const wire::RtpPacket& rtp,
                                      Timestamp arrived) {
  const auto extension = [&](wire::ExtensionType type) {
    const std::uint8_t id = producer.extensions().id(type);
    return id == 0 ? Bytes{} : rtp.Extension(id);
  };
  if (const auto sequence = wire::ParseTransportSequence(extension(wire::ExtensionType::kTransportWideCc))) {
    feedback_.OnPacket(*sequence, arrived);
  }
  if (uses_remb_) {
    remb_.OnPacket(rtp.size(), wire::ParseAbsSendTime(extension(wire::ExtensionType::kAbsSendTime)), arrived);
  }
}

std::size_t WebRtcTransport::SendPaced(std::size_t bytes, Timestamp now, transport::Outbox& out) {
  const Tuple* tuple = peer_.selected_tuple();
  const crypto::SrtpSealer* sealer = peer_.sealer();
  if (tuple == nullptr || sealer == nullptr) {
    pacer_.Clear();
    return 0;
  }
  std::size_t sent = 0;
  EgressBatch egress(out);
  while (out.CanHold(1)) {
    const PacedPacket* packet = pacer_.Take(now, sent < bytes);
    if (packet == nullptr) break;
    packet->consumer->SendPaced(*packet, now, *sealer, *tuple, egress);
    sent += packet->size;
  }
  egress.Seal();
  pacer_.ReleaseTaken();
  return sent;
}

void WebRtcTransport::SendProbes(Timestamp now, transport::Outbox& out) {
  const auto chunk = downlink_.TakeProbe();
  if (!chunk) return;
  // Pictures that wait are the best padding.
  const std::size_t sent = pacer_.empty() ? 0 : SendPaced(chunk->bytes, now, out);
  if (sent >= chunk->bytes) return;
  EgressBatch egress(out);
  prober_.Send(chunk->bytes - sent, chunk->packet_size, *this, now, egress);
}

void WebRtcTransport::PrefetchParts() const {
  kcs::Prefetch(peer_.selected_tuple(), sizeof(Tuple));
  if (const auto* sealer = peer_.sealer()) sealer->Prefetch();
  downlink_.PrefetchHistory(transport_sequence_);
}

void WebRtcTransport::OnConnected(Timestamp now) {
  NoteMoved(now);
  for (const auto& consumer : consumers_) {
    if (!consumer->paused()) consumer->RequestKeyFrame(now);
  }
}

}  // namespace kcs::sfu
