#include "engine/sfu/consumer.h"

#include <algorithm>
#include <cstring>

#include "engine/sfu/speaker_place.h"
#include "engine/sfu/webrtc_transport.h"
#include "engine/wire/red.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sfu {
namespace {

// Before the receiver has reported: how soon a packet may be sent again.
constexpr Duration kAssumedRtt = 100ms;

}  // namespace

Consumer::Consumer(const CreateConsumer& command, Producer& producer, WebRtcTransport& receiver,
                   Entropy& entropy)
    : id_(command.consumer),
      producer_(&producer),
      place_(producer.place()),
      receiver_(receiver),
      gate_(producer.kind(), static_cast<std::uint8_t>(producer.stream_count())),
      rewriter_(producer.codecs().front().clock_rate, entropy),
      newest_sent_(rewriter_.highest_sequence()),
      send_(command.ssrc, producer.codecs().front().clock_rate, producer.kind()),
      extensions_(command.extensions),
      extension_mask_(MaskOf(command.extensions)),
      paused_(command.paused),
      is_video_(producer.kind() == wire::MediaKind::kVideo),
      mid_size_(static_cast<std::uint8_t>(std::min(command.mid.size(), kMaxMid))),
      rtx_ssrc_(command.rtx_ssrc),
      // RFC 3711 3.3.1: the receiver guesses the roll-over counter from the first packet it sees.
      rtx_sequence_(1 + entropy.Below(0x7fff)),
      cname_(command.cname) {
  std::memcpy(mid_.data(), command.mid.data(), mid_size_);
  if (place_ != nullptr) offered_ = command.codecs;
  SetCodecs(command.codecs);
  producer_->AddConsumer(*this);
  OnStreams(producer_->alive_streams(), producer_->steady_streams(), Timestamp{});
  if (!paused_) producer_->Activate({this, &receiver_, receiver_.index()});
}

Consumer::~Consumer() {
  receiver_.pacer().Forget(*this);
  producer_->RemoveConsumer(*this);
}

ProducerId Consumer::of() const { return place_ != nullptr ? place_->id() : producer_->id(); }

// Consumers name codecs by the router's payload types; packets by the producer's index.
void Consumer::SetCodecs(std::span<const ConsumerCodec> offered) {
  codecs_.clear();
  red_codec_ = 255;
  for (const ProducerCodec& codec : producer_->codecs()) {
    const auto same = std::ranges::find(offered, codec.router_payload_type, &ConsumerCodec::payload_type);
    // Payload type 0 is none of ours: the receiver does not understand this codec.
    codecs_.push_back(same == offered.end() ? ConsumerCodec{} : *same);
    if (codec.codec == wire::CodecType::kOpus) opus_payload_type_ = codecs_.back().payload_type;
    if (codec.codec == wire::CodecType::kRed) red_codec_ = static_cast<std::uint8_t>(codecs_.size() - 1);
  }
}

void Consumer::Pause() {
  if (paused_) return;
  paused_ = true;
  Interrupt();
  DropPaced();
  producer_->Deactivate(*this);
}

void Consumer::Resume(Timestamp now) {
  if (!paused_) return;
  paused_ = false;
  producer_->Activate({this, &receiver_, receiver_.index()});
  RequestKeyFrame(now);
}

void Consumer::Interrupt() { gate_.Interrupt(); }

void Consumer::OnSourceRestarted(std::uint8_t stream) {
  if (gate_.current() == stream) Interrupt();
}

void Consumer::OnSourceReplaced(Producer& producer) {
  producer_ = &producer;
  SetCodecs(offered_);
  Interrupt();
  rewriter_.Replace();
}

void Consumer::OnStreams(std::uint8_t alive, std::uint8_t steady, Timestamp now) {
  if (gate_.OnStreams(alive, steady) && !paused_) RequestKeyFrame(now);
  receiver_.Reconsider(now);
}

void Consumer::SetTarget(media::LayerTarget target, Timestamp now) {
  if (gate_.SetTarget(target) && !paused_) RequestKeyFrame(now);
}

void Consumer::RequestKeyFrame(Timestamp now) {
  if (receiver_.peer().sealer() == nullptr) return;  // it is asked for when the receiver has connected
  if (const auto stream = gate_.wants_key_frame()) producer_->RequestKeyFrame(*stream, now);
}

void Consumer::OnPictureLost(Timestamp now) {
  if (paused_ || gate_.target().nothing) return;
  producer_->RequestKeyFrame(gate_.current().value_or(gate_.wanted()), now);
}

std::optional<media::Layers> Consumer::current_layers() const {
  if (paused_ || producer_->paused()) return std::nullopt;
  return gate_.current_layers();
}

void Consumer::BeginSegment(std::uint8_t stream) {
  if (!rewriter_.started() || rewriter_.source() == stream) {
    rewriter_.Switch(stream, std::nullopt);
    rewriter_.Break();
    return;
  }
  std::optional<std::uint32_t> delta;
  const media::ReceiveStream* from = producer_->stream(rewriter_.source()).receive();
  const media::ReceiveStream* to = producer_->stream(stream).receive();
  if (from != nullptr && to != nullptr && from->sender_clock() && to->sender_clock()) {
    delta = media::TimestampDelta(*from->sender_clock(), *to->sender_clock(), to->clock_rate());
  }
  rewriter_.Switch(stream, delta);
}

inline bool Consumer::MustWait(Timestamp now) const { return is_video_ && receiver_.pacer().MustWait(now); }

inline void Consumer::NoteSent(const OutgoingPacket& packet, std::size_t payload_size, std::size_t size,
                               Timestamp now) {
  newest_sent_ = std::max(newest_sent_, packet.sequence);
  send_.OnPacket(packet.timestamp, payload_size, wire::kRtpFixedHeaderSize + size, now);
}

void Consumer::Forward(MediaPacket& packet, Timestamp now, const crypto::SrtpSealer& sealer,
                       const Tuple& tuple, EgressBatch& egress) {
  using Action = media::LayerGate::Action;
  media::LayerGate::Decision decision;
  if (packet.carries_media && codecs_[packet.codec].payload_type != 0) {
    decision = gate_.Decide(packet.stream, packet.frame, packet.sequence, packet.rtp.timestamp());
  } else {
    gate_.Skip(packet.stream, packet.sequence);
  }
  if (decision.wants_key_frame) RequestKeyFrame(now);
  if (decision.action == Action::kSwitch) BeginSegment(packet.stream);
  const bool left_out = decision.action == Action::kDrop;
  if (left_out && !LeaveOut(packet)) return;
  const auto mapped = rewriter_.Map(packet.stream, packet.sequence, packet.rtp.timestamp(), now);
  if (!mapped) return;
  if (left_out) {
    FillHole(packet, *mapped, now, sealer, tuple, egress);
    return;
  }

  // RFC 3551 4.1: "the first packet of a talkspurt [...] SHOULD be distinguished by setting the marker bit".
  const bool begins_talk = place_ != nullptr && mapped->first_of_segment;
  OutgoingPacket outgoing;
  outgoing.marker = packet.rtp.marker() || decision.ends_picture || begins_talk;
  outgoing.payload_type = codecs_[packet.codec].payload_type;
  outgoing.ssrc = send_.ssrc();
  outgoing.sequence = mapped->sequence;
  outgoing.timestamp = mapped->timestamp;
  outgoing.has_padding = packet.padding > 0;
  outgoing.body = packet.padded_payload();
  if (packet.frame.ids.size != 0) {
    if (const auto patch = pictures_.Map(mapped->segment, packet.frame.ids)) {
      outgoing.SetPrefixSize(
          media::WritePictureIds(outgoing.body, packet.frame.ids, *patch, outgoing.prefix.data()));
    }
  } else if (packet.codec == red_codec_) {
    outgoing.SetPrefixSize(wire::WriteRedHeader(outgoing.body, opus_payload_type_, outgoing.prefix.data()));
  }
  outgoing.body = outgoing.body.subspan(outgoing.prefix_size);
  if (MustWait(now)) {
    Pace(outgoing, &packet, now, sealer, tuple, egress);
    return;
  }
  packet.extension.Build(packet.rtp, producer_->extensions(), extensions_, extension_mask_);
  if (Send(outgoing, packet.extension, now, sealer, tuple, egress) == 0) return;
  NoteSent(outgoing, packet.rtp.payload_size(), packet.rtp.payload_size(), now);
}

bool Consumer::LeaveOut(const MediaPacket& packet) {
  if (gate_.current() != packet.stream) return false;
  if (!rewriter_.Drop(packet.stream, packet.sequence)) return true;
  // In VP9 references count in picture ids: they keep their distances.
  if (producer_->codecs()[packet.codec].codec == wire::CodecType::kVp8) pictures_.Drop(packet.frame.ids);
  return false;
}

void Consumer::FillHole(const MediaPacket& packet, const media::Rewriter::Mapped& mapped, Timestamp now,
                        const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress) {
  // RFC 3550 5.1: "The last octet of the padding contains a count of how many padding octets should be
  // ignored, including itself."
  static constexpr std::array<std::uint8_t, 1> kPadding{1};
  const std::uint8_t payload_type = codecs_[packet.codec].payload_type;
  if (payload_type == 0) return;
  OutgoingPacket outgoing;
  outgoing.has_padding = true;
  outgoing.payload_type = payload_type;
  outgoing.ssrc = send_.ssrc();
  outgoing.sequence = mapped.sequence;
  outgoing.timestamp = mapped.timestamp;
  outgoing.body = kPadding;
  if (MustWait(now)) {
    Pace(outgoing, nullptr, now, sealer, tuple, egress);
    return;
  }
  SharedExtension extension;
  if (Send(outgoing, extension, now, sealer, tuple, egress) == 0) return;
  NoteSent(outgoing, 0, kPadding.size(), now);
}

Bytes Consumer::DescriptorFor(const SharedExtension& extension, const PacedPacket* paced, bool again,
                              MutableBytes memory) {
  const Bytes descriptor = extension.dependency_descriptor();
  if (descriptor.empty() || (descriptor[0] & wire::kDdStartOfFrame) == 0) return {};
  const auto active = paced != nullptr ? paced->active_targets : gate_.active_targets();
  if (!active || (active->all && !tells_active_targets_)) return {};
  const std::size_t size = wire::WriteActiveDecodeTargets(descriptor, active->mask, active->count, memory);
  // What cuts has to be taken back as well; a structure does that by itself.
  const bool has_structure = descriptor.size() > 3 && (descriptor[3] & wire::kDdHasStructure) != 0;
  if (size != 0 && !again) tells_active_targets_ = !active->all || !has_structure;
  return memory.first(size);
}

std::size_t Consumer::Send(const OutgoingPacket& packet, const SharedExtension& extension, Timestamp now,
                           const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress,
                           const PacedPacket* paced) {
  std::uint8_t* header = egress.Reserve(wire::kRtpFixedHeaderSize + SharedExtension::kMaxWritten +
                                        packet.prefix_size + packet.body.size());
  if (header == nullptr) return 0;

  std::array<std::uint8_t, SharedExtension::kMaxDescriptor> descriptor;
  ReceiverExtension receiver = OwnExtension({mid_.data(), mid_size_}, now);
  receiver.dependency_descriptor = DescriptorFor(extension, paced, packet.ssrc != send_.ssrc(), descriptor);
  const std::size_t extension_size = extension.Write(receiver, header + wire::kRtpFixedHeaderSize);

  // Version 2, and the P and X bits.
  header[0] =
      static_cast<std::uint8_t>(0x80 | (packet.has_padding ? 0x20 : 0) | (extension_size > 0 ? 0x10 : 0));
  header[wire::kRtpMarkerOffset] =
      static_cast<std::uint8_t>((packet.marker ? 0x80 : 0) | (packet.payload_type & 0x7f));
  StoreU16(header + wire::kRtpSequenceOffset, static_cast<std::uint16_t>(packet.sequence));
  StoreU32(header + wire::kRtpTimestampOffset, packet.timestamp);
  StoreU32(header + wire::kRtpSsrcOffset, packet.ssrc.value());

  const std::size_t size = egress.Add(sealer, tuple,
                                      {.header = header,
                                       .header_size = wire::kRtpFixedHeaderSize + extension_size,
                                       .prefix = packet.prefix_bytes(),
                                       .body = packet.body,
                                       .padding = packet.has_padding ? packet.body.back() : std::uint8_t{0},
                                       .ssrc = packet.ssrc.value(),
                                       .index = packet.sequence});
  receiver_.peer().CountSent(1, size);
  if (receiver.transport_cc_id != 0) receiver_.NoteSent(receiver.transport_sequence, size, now);
  // What has waited is charged where it was taken.
  if (is_video_ && paced == nullptr) receiver_.pacer().OnSent(size, now);
  return size;
}

void Consumer::SendPaced(const PacedPacket& packet, Timestamp now, const crypto::SrtpSealer& sealer,
                         const Tuple& tuple, EgressBatch& egress) {
  SharedExtension extension;
  const auto rtp = packet.source.empty() ? std::nullopt : wire::RtpPacket::Parse(packet.source);
  if (rtp) extension.Build(*rtp, producer_->extensions(), extensions_, extension_mask_);
  if (Send(packet.outgoing, extension, now, sealer, tuple, egress, &packet) == 0) return;
  const std::size_t size = rtp ? rtp->payload_size() : packet.outgoing.body.size();
  NoteSent(packet.outgoing, rtp ? size : 0, size, now);
}

void Consumer::Retransmit(std::span<const std::uint16_t> sequences, Timestamp now,
                          const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress,
                          DropCounters& drops) {
  ++counters.nacks_received;
  if (rtx_ssrc_.value() == 0) return;
  for (const std::uint16_t sequence : sequences) {
    const auto origin = rewriter_.Source(sequence);
    if (!origin) {
      drops.Add(wire::DropReason::kHistoryMiss);
      continue;
    }
    if (receiver_.downlink().congested() && IsObsolete(*origin)) {
      drops.Add(wire::DropReason::kNackObsolete);
      continue;
    }
    if (retransmissions_.Ask(sequence, send_.rtt().value_or(kAssumedRtt), now) !=
            media::RetransmissionGate::Verdict::kSend ||
        !receiver_.downlink().MayRetransmit(now)) {
      drops.Add(wire::DropReason::kNackTooMany);
      continue;
    }
    const auto sent = RetransmitOne(*origin, now, sealer, tuple, egress);
    if (sent) {
      receiver_.downlink().OnRetransmitted(*sent);
    } else {
      drops.Add(sent.error());
    }
  }
}

bool Consumer::IsObsolete(const media::Rewriter::Origin& origin) const {
  // Each segment of a video begins with a key frame: it needs nothing from before. Within one, receivers do
  // not decode a picture before they have all its layers, even those that have been left out since.
  return is_video_ && (!gate_.current() || origin.segment != rewriter_.segment());
}

Result<std::size_t, wire::DropReason> Consumer::RetransmitOne(const media::Rewriter::Origin& origin,
                                                              Timestamp now, const crypto::SrtpSealer& sealer,
                                                              const Tuple& tuple, EgressBatch& egress) {
  const media::StoredPacket* stored =
      producer_->stream(origin.source).history().Find(origin.source_sequence, now);
  if (stored == nullptr) return Fail(wire::DropReason::kHistoryMiss);
  const PacketTag tag = PacketTag::From(stored->tag);
  if (codecs_[tag.codec].rtx_payload_type == 0) return Fail(wire::DropReason::kHistoryMiss);
  const auto rtp = wire::RtpPacket::Parse(stored->slot.bytes().subspan(stored->offset, stored->size));
  if (!rtp) return Fail(wire::DropReason::kHistoryMiss);

  // RFC 4588 4: the original sequence number comes first in the payload.
  OutgoingPacket outgoing;
  StoreU16(outgoing.prefix.data(), static_cast<std::uint16_t>(origin.sequence));
  std::size_t prefix_size = 2;
  Bytes body = rtp->payload();
  if (tag.has_picture_ids) {
    const auto frame = wire::DescribePayload(producer_->codecs()[tag.codec].codec, body, rtp->marker());
    const auto patch = frame ? pictures_.MapAgain(origin.segment, frame->ids) : std::nullopt;
    if (!patch) return Fail(wire::DropReason::kHistoryMiss);
    const std::size_t size =
        media::WritePictureIds(body, frame->ids, *patch, outgoing.prefix.data() + prefix_size);
    prefix_size += size;
    body = body.subspan(size);
  }
  const bool ended_picture = tag.end_of_frame && gate_.current() == origin.source &&
                             gate_.EndedPicture(rtp->timestamp(), tag.spatial);
  SharedExtension extension;
  extension.Build(*rtp, producer_->extensions(), extensions_, extension_mask_);
  outgoing.marker = rtp->marker() || ended_picture;
  outgoing.payload_type = codecs_[tag.codec].rtx_payload_type;
  outgoing.ssrc = rtx_ssrc_;
  outgoing.sequence = rtx_sequence_;
  outgoing.timestamp = stored->rtp_timestamp + origin.timestamp_offset;
  outgoing.SetPrefixSize(prefix_size);
  outgoing.body = body;
  const std::size_t size = Send(outgoing, extension, now, sealer, tuple, egress);
  if (size == 0) return Fail(wire::DropReason::kOutboxFull);
  ++rtx_sequence_;
  send_.OnRetransmission(wire::kRtpFixedHeaderSize + prefix_size + body.size(), now);
  return size;
}

std::optional<media::SendStream::SourceClock> Consumer::source_clock() const {
  if (!rewriter_.started()) return std::nullopt;
  if (place_ != nullptr && !gate_.current()) return std::nullopt;  // nothing yet of who is there now
  const media::ReceiveStream* source = producer_->stream(rewriter_.source()).receive();
  if (source == nullptr || !source->sender_clock()) return std::nullopt;
  return media::SendStream::SourceClock{*source->sender_clock(), rewriter_.timestamp_offset()};
}

}  // namespace kcs::sfu
