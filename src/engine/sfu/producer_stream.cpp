#include "engine/sfu/producer_stream.h"

#include <cstring>
#include <utility>

namespace kcs::sfu {

std::optional<IngressRtp> UnwrapRtx(IngressRtp packet, wire::Ssrc media_ssrc,
                                    std::uint8_t media_payload_type) {
  constexpr std::size_t kOsnSize = 2;
  const std::size_t header_size = packet.rtp.header_size();
  if (packet.rtp.payload_size() < kOsnSize) return std::nullopt;

  // RFC 4588 4: "If the original RTP header carried an RTP header extension, the retransmission packet SHOULD
  // carry the same header extension."
  const MutableBytes original = packet.bytes.subspan(kOsnSize);
  const std::uint16_t sequence = LoadU16(packet.bytes.data() + header_size);
  std::memmove(original.data(), packet.bytes.data(), header_size);
  original[wire::kRtpMarkerOffset] =
      static_cast<std::uint8_t>((original[wire::kRtpMarkerOffset] & 0x80) | media_payload_type);
  StoreU16(original.data() + wire::kRtpSequenceOffset, sequence);
  StoreU32(original.data() + wire::kRtpSsrcOffset, media_ssrc.value());
  const auto rtp = wire::RtpPacket::Parse(original);
  if (!rtp) return std::nullopt;
  return IngressRtp{std::move(packet.slot), original, *rtp};
}

ProducerStream::ProducerStream(std::uint8_t index, const ProducerEncoding& encoding, wire::MediaKind kind)
    : encoding_(encoding),
      index_(index),
      needs_key_frames_(kind == wire::MediaKind::kVideo),
      nack_(media::NackGenerator::Options{.needs_key_frames = kind == wire::MediaKind::kVideo}),
      layers_(kind == wire::MediaKind::kVideo ? std::make_unique<media::LayerMeter>() : nullptr) {}

bool ProducerStream::BeginStream(const wire::RtpPacket& rtp, std::uint32_t clock_rate) {
  const bool another = receive_.has_value();
  shed_ = false;
  const std::uint64_t above = another ? receive_->highest_sequence() : 0;
  receive_.emplace(rtp.ssrc(), clock_rate, above);
  nack_.Reset();
  history_.Clear();
  return another;
}

Result<ProducerStream::Taken, wire::DropReason> ProducerStream::OnPacket(IngressRtp packet,
                                                                         const Codec& codec, bool recovered,
                                                                         Timestamp now) {
  bool restarted = false;
  if (!receive_ || receive_->ssrc() != packet.rtp.ssrc()) {
    if (recovered) return Fail(wire::DropReason::kRtpUnknownStream);
    restarted = BeginStream(packet.rtp, codec.parameters->clock_rate);
  }
  const wire::RtpPacket& rtp = packet.rtp;
  const std::uint64_t highest_before = receive_->highest_sequence();
  const media::ReceivedPacket received =
      receive_->OnPacket(rtp.sequence_number(), rtp.timestamp(), rtp.size(), now, recovered);
  if (!media::IsUsable(received.arrival)) {
    return Fail(received.arrival == media::Arrival::kDuplicate ? wire::DropReason::kRtpDuplicate
                                                               : wire::DropReason::kRtpTooOld);
  }
  if (received.restarted) history_.Clear();
  if (received.restarted || IsFirstAfterShed(received, highest_before)) {
    restarted = true;
    nack_.Reset();
  }

  Taken taken{.packet = {.rtp = rtp,
                         .slot = std::move(packet.slot),
                         .sequence = received.sequence,
                         .frame = {},
                         .codec = codec.index,
                         .stream = index_,
                         .carries_media = true,
                         .padding = 0,
                         .extension = {}},
              .restarted = restarted};
  taken.packet.carries_media = Describe(taken.packet, codec);
  nack_.OnPacket(received.sequence, taken.packet.frame.key_frame, now);
  if (needs_key_frames_ && taken.packet.frame.key_frame) key_frames_.OnKeyFrame();
  if (taken.packet.carries_media) {
    const auto offset = packet.bytes.data() - taken.packet.slot.bytes().data();
    history_.Add({.slot = taken.packet.slot,
                  .sequence = received.sequence,
                  .arrived = now,
                  .rtp_timestamp = rtp.timestamp(),
                  .offset = static_cast<std::uint16_t>(offset),
                  .size = static_cast<std::uint16_t>(rtp.size()),
                  .tag = PacketTag{.codec = codec.index,
                                   .spatial = taken.packet.frame.spatial,
                                   .end_of_frame = taken.packet.frame.end_of_frame,
                                   .has_picture_ids = taken.packet.frame.ids.size != 0}
                             .ToBits()});
    if (layers_ && !recovered) layers_->OnPacket(taken.packet.frame, rtp.size(), rtp.timestamp(), now);
  }
  return taken;
}

// After a gap. A stream of which nothing was shed goes on as if nothing had been.
bool ProducerStream::IsFirstAfterShed(const media::ReceivedPacket& received, std::uint64_t highest_before) {
  if (!shed_ || received.arrival != media::Arrival::kNewest) return false;
  shed_ = false;
  return received.sequence > highest_before + 1;
}

bool ProducerStream::Describe(MediaPacket& packet, const Codec& codec) {
  if (packet.rtp.payload_size() == 0) return false;  // padding only: it probes our path, not the receivers'

  std::optional<wire::DependencyDescriptor> descriptor;
  if (codec.dependency_descriptor_id != 0) {
    const Bytes data = packet.rtp.Extension(codec.dependency_descriptor_id);
    if (!data.empty()) {
      if (!dependencies_) dependencies_ = std::make_unique<wire::DependencyDescriptorState>();
      descriptor = wire::DependencyDescriptor::Parse(data, *dependencies_);
    }
  }
  const auto marking = codec.frame_marking_id == 0
                           ? std::nullopt
                           : wire::FrameMarking::Parse(packet.rtp.Extension(codec.frame_marking_id));
  const auto frame =
      wire::DescribePayload(codec.parameters->codec, packet.rtp.payload(), packet.rtp.marker(),
                            descriptor ? &*descriptor : nullptr, marking ? &*marking : nullptr);
  if (!frame) {
    ++malformed_payloads_;
    return false;
  }
  packet.frame = *frame;
  return true;
}

}  // namespace kcs::sfu
