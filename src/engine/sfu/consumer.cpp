#include "engine/sfu/consumer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/sfu/speaker_place.h"
#include "engine/sfu/webrtc_transport.h"
#include "engine/wire/red.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sfu {
namespace {

// Before the receiver has reported: how soon a packet may be sent again.
constexpr Duration kAssumedRtt = 100ms;

// A sender has one name for all its receivers, so they share it.
std::shared_ptr<const std::string> NameFor(const Producer& producer, const std::string& cname) {
  const auto consumers = producer.consumers();
  if (!consumers.empty() && consumers.front()->cname() == cname) return consumers.front()->shared_cname();
  return std::make_shared<const std::string>(cname);
}

}  // namespace

Consumer::Consumer(const CreateConsumer& command, Producer& producer, WebRtcTransport& receiver,
                   Entropy& entropy)
    : producer_(&producer),
      receiver_(receiver),
      gate_(producer.kind(), static_cast<std::uint8_t>(producer.stream_count())),
      extensions_(command.extensions.ids()),
      mid_size_(static_cast<std::uint8_t>(std::min(command.mid.size(), kMaxMid))),
      extension_mask_(MaskOf(command.extensions)),
      paused_(command.paused),
      rewriter_(producer.codecs().front().clock_rate, entropy),
      send_(command.ssrc, producer.codecs().front().clock_rate, producer.kind()),
      id_(command.consumer),
      cname_(NameFor(producer, command.cname)) {
  std::memcpy(mid_.data(), command.mid.data(), mid_size_);
  if (producer.kind() == wire::MediaKind::kVideo) {
    video_ = std::make_unique<Video>();
    video_->newest_sent = rewriter_.highest_sequence();
  }
  if (producer.place() != nullptr) seat_ = std::make_unique<Seat>(Seat{producer.place(), command.codecs});
  // RFC 3711 3.3.1: the receiver guesses the roll-over counter from the first packet it sees.
  const std::uint64_t rtx_sequence = 1 + entropy.Below(0x7fff);
  if (command.rtx_ssrc.value() != 0) {
    rtx_ = std::make_unique<Rtx>();
    rtx_->ssrc = command.rtx_ssrc;
    rtx_->sequence = rtx_sequence;
  }
  SetCodecs(command.codecs);
  producer_->AddConsumer(*this);
  OnStreams(producer_->alive_streams(), producer_->steady_streams(), Timestamp{});
  if (!paused_) producer_->Activate({this, &receiver_, receiver_.index()});
}

Consumer::~Consumer() {
  if (is_video()) receiver_.pacer().Forget(*this);
  producer_->RemoveConsumer(*this);
}

ProducerId Consumer::of() const { return seat_ != nullptr ? seat_->place->id() : producer_->id(); }

// Consumers name codecs by the router's payload types; packets by the producer's index.
void Consumer::SetCodecs(std::span<const ConsumerCodec> offered) {
  red_codec_ = 255;
  payload_types_ = {};
  reports_bandwidth_ = false;
  bool is_first = true;
  for (std::size_t i = 0; i < producer_->codecs().size(); ++i) {
    const ProducerCodec& codec = producer_->codecs()[i];
    const auto same = std::ranges::find(offered, codec.router_payload_type, &ConsumerCodec::payload_type);
    // Payload type 0 is none of ours: the receiver does not understand this codec.
    const ConsumerCodec mine = same == offered.end() ? ConsumerCodec{} : *same;
    payload_types_[i] = mine.payload_type;
    if (rtx_ != nullptr) rtx_->payload_types[i] = mine.rtx_payload_type;
    if (codec.codec == wire::CodecType::kOpus) opus_payload_type_ = mine.payload_type;
    if (codec.codec == wire::CodecType::kRed) red_codec_ = static_cast<std::uint8_t>(i);
    if (mine.payload_type == 0 || !std::exchange(is_first, false)) continue;
    reports_bandwidth_ = is_video() && (mine.feedback.transport_cc || mine.feedback.remb);
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

bool Consumer::OnSourceRestarted(std::uint8_t stream) {
  if (gate_.current() != stream) return false;
  Interrupt();
  return true;
}

void Consumer::OnSourceReplaced(Producer& producer) {
  producer_ = &producer;
  SetCodecs(seat_->offered);
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

inline bool Consumer::MustWait(Timestamp now) const { return is_video() && receiver_.pacer().MustWait(now); }

inline void Consumer::NoteSent(const OutgoingPacket& packet, std::size_t payload_size, std::size_t size,
                               Timestamp now) {
  if (is_video()) video_->newest_sent = std::max(video_->newest_sent, packet.sequence);
  send_.OnPacket(packet.timestamp, payload_size, wire::kRtpFixedHeaderSize + size, now);
}

void Consumer::Forward(MediaPacket& packet, Timestamp now, const crypto::SrtpSealer& sealer,
                       const Tuple& tuple, EgressBatch& egress) {
  using Action = media::LayerGate::Action;
  media::LayerGate::Decision decision;
  if (packet.carries_media && payload_types_[packet.codec] != 0) {
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
  const bool begins_talk = seat_ != nullptr && mapped->first_of_segment;
  OutgoingPacket outgoing;
  outgoing.marker = packet.rtp.marker() || decision.ends_picture || begins_talk;
  outgoing.payload_type = payload_types_[packet.codec];
  outgoing.ssrc = send_.ssrc();
  outgoing.sequence = mapped->sequence;
  outgoing.timestamp = mapped->timestamp;
  outgoing.has_padding = packet.padding > 0;
  outgoing.body = packet.padded_payload();
  if (packet.frame.ids.size != 0 && is_video()) {
    if (const auto patch = video_->picture_ids.Map(mapped->segment, packet.frame.ids)) {
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

std::size_t Consumer::LeavingSize(MediaPacket& packet) const {
  packet.extension.Build(packet.rtp, producer_->extensions(), extensions_, extension_mask_);
  std::size_t elements = 0;
  std::size_t data = 0;
  const auto add = [&](wire::ExtensionType type, std::size_t size) {
    if (extensions_.id(type) == 0 || size == 0) return;
    ++elements;
    data += size;
  };
  add(wire::ExtensionType::kMid, mid_size_);
  add(wire::ExtensionType::kTransportWideCc, wire::kTransportSequenceSize);
  add(wire::ExtensionType::kAbsSendTime, wire::kAbsSendTimeSize);
  return wire::kRtpFixedHeaderSize + packet.extension.WrittenSize(elements, data) + packet.rtp.payload_size();
}

bool Consumer::LeaveOut(const MediaPacket& packet) {
  if (gate_.current() != packet.stream) return false;
  if (!rewriter_.Drop(packet.stream, packet.sequence)) return true;
  // In VP9 references count in picture ids: they keep their distances.
  if (producer_->codecs()[packet.codec].codec == wire::CodecType::kVp8 && is_video()) {
    video_->picture_ids.Drop(packet.frame.ids);
  }
  return false;
}

void Consumer::FillHole(const MediaPacket& packet, const media::Rewriter::Mapped& mapped, Timestamp now,
                        const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress) {
  // RFC 3550 5.1: "The last octet of the padding contains a count of how many padding octets should be
  // ignored, including itself."
  static constexpr std::array<std::uint8_t, 1> kPadding{1};
  const std::uint8_t payload_type = payload_types_[packet.codec];
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

Bytes Consumer::DescriptorFor(const SharedExtension& extension, const OutgoingPacket& packet,
                              const PacedPacket* paced, MutableBytes memory) {
  const Bytes descriptor = extension.dependency_descriptor();
  if ((descriptor[0] & wire::kDdStartOfFrame) == 0) return {};
  const auto active = paced != nullptr ? paced->active_targets : gate_.active_targets();
  if (!active) return {};
  const bool again = packet.ssrc != send_.ssrc();
  // RFC 4588 4: the original number comes first.
  const auto original = again ? video_->newest_sent - static_cast<std::uint16_t>(
                                                          video_->newest_sent - LoadU16(packet.prefix.data()))
                              : packet.sequence;
  const bool has_structure = descriptor.size() > 3 && (descriptor[3] & wire::kDdHasStructure) != 0;
  const auto says = again ? video_->told_targets.OnRepeat(original)
                          : video_->told_targets.OnFrame(original, *active, has_structure);
  if (!says) return {};
  return memory.first(wire::WriteActiveDecodeTargets(descriptor, says->mask, says->count, memory));
}

std::size_t Consumer::Send(const OutgoingPacket& packet, const SharedExtension& extension, Timestamp now,
                           const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress,
                           const PacedPacket* paced) {
  std::uint8_t* header = egress.Reserve(wire::kRtpFixedHeaderSize + SharedExtension::kMaxWritten +
                                        packet.prefix_size + packet.body.size());
  if (header == nullptr) return 0;

  std::array<std::uint8_t, SharedExtension::kMaxDescriptor> descriptor;
  ReceiverExtension receiver = OwnExtension({mid_.data(), mid_size_}, now);
  if (extension.has_dependency_descriptor()) {
    receiver.dependency_descriptor = DescriptorFor(extension, packet, paced, descriptor);
  }
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
  receiver_.NoteMoved(now);
  if (receiver.transport_cc_id != 0) receiver_.NoteSent(receiver.transport_sequence, size, now);
  if (!is_video()) {
    if (receiver_.pacer().OnSound(now)) receiver_.Touch();
  } else if (paced == nullptr) {  // what has waited is charged where it was taken
    receiver_.pacer().OnSent(size, now);
  }
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
  if (rtx_ == nullptr) return;
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
    if (rtx_->gate.Ask(sequence, send_.rtt().value_or(kAssumedRtt), now) !=
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
  return is_video() && (!gate_.current() || origin.segment != rewriter_.segment());
}

Result<std::size_t, wire::DropReason> Consumer::RetransmitOne(const media::Rewriter::Origin& origin,
                                                              Timestamp now, const crypto::SrtpSealer& sealer,
                                                              const Tuple& tuple, EgressBatch& egress) {
  const media::PacketHistory& history = producer_->stream(origin.source).history();
  const media::StoredPacket* stored = history.Find(origin.source_sequence, now);
  if (stored == nullptr) return Fail(wire::DropReason::kHistoryMiss);
  const PacketTag tag = PacketTag::From(stored->tag);
  if (rtx_->payload_types[tag.codec] == 0) return Fail(wire::DropReason::kHistoryMiss);
  const auto rtp = wire::RtpPacket::Parse(stored->slot.bytes().subspan(stored->offset, stored->size));
  if (!rtp) return Fail(wire::DropReason::kHistoryMiss);

  // RFC 4588 4: the original sequence number comes first in the payload.
  OutgoingPacket outgoing;
  StoreU16(outgoing.prefix.data(), static_cast<std::uint16_t>(origin.sequence));
  std::size_t prefix_size = 2;
  Bytes body = rtp->payload();
  if (tag.has_picture_ids && is_video()) {
    const auto frame = wire::DescribePayload(producer_->codecs()[tag.codec].codec, body, rtp->marker());
    const auto patch = frame ? video_->picture_ids.MapAgain(origin.segment, frame->ids) : std::nullopt;
    if (!patch) return Fail(wire::DropReason::kHistoryMiss);
    const std::size_t size =
        media::WritePictureIds(body, frame->ids, *patch, outgoing.prefix.data() + prefix_size);
    prefix_size += size;
    body = body.subspan(size);
  }
  bool ended_picture = false;
  if (tag.end_of_frame && gate_.current() == origin.source) {
    const media::StoredPacket* next = history.Find(origin.source_sequence + 1, now);
    const bool goes_on = next != nullptr && next->rtp_timestamp == stored->rtp_timestamp;
    ended_picture =
        gate_.EndedPicture(rtp->timestamp(), tag.spatial,
                           goes_on ? PacketTag::From(next->tag).spatial : wire::FrameInfo::kUnknownLayer);
  }
  SharedExtension extension;
  extension.Build(*rtp, producer_->extensions(), extensions_, extension_mask_);
  outgoing.marker = rtp->marker() || ended_picture;
  outgoing.payload_type = rtx_->payload_types[tag.codec];
  outgoing.ssrc = rtx_->ssrc;
  outgoing.sequence = rtx_->sequence;
  outgoing.timestamp = stored->rtp_timestamp + origin.timestamp_offset;
  outgoing.SetPrefixSize(prefix_size);
  outgoing.body = body;
  const std::size_t size = Send(outgoing, extension, now, sealer, tuple, egress);
  if (size == 0) return Fail(wire::DropReason::kOutboxFull);
  ++rtx_->sequence;
  send_.OnRetransmission(wire::kRtpFixedHeaderSize + prefix_size + body.size(), now);
  return size;
}

std::optional<media::SendStream::SourceClock> Consumer::source_clock() const {
  if (!rewriter_.started()) return std::nullopt;
  if (seat_ != nullptr && !gate_.current()) return std::nullopt;  // nothing yet of who is there now
  const media::ReceiveStream* source = producer_->stream(rewriter_.source()).receive();
  if (source == nullptr || !source->sender_clock()) return std::nullopt;
  return media::SendStream::SourceClock{*source->sender_clock(), rewriter_.timestamp_offset()};
}

}  // namespace kcs::sfu
