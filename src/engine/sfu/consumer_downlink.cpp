// A consumer as one of those that share its receiver's link.
#include <algorithm>

#include "engine/sfu/consumer.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

// Padding repeats what was sent last: of all packets those may still be missed.
constexpr std::uint64_t kRepeated = 32;
// Of a packet on the wire, about: RTP, its extensions, SRTP.
constexpr std::size_t kHeaders = 12 + 20 + 16;

}  // namespace

congestion::VideoConsumer Consumer::Asks(std::uint32_t index, Timestamp now) {
  return {.index = index,
          .layers = &producer_->layers(now),
          .state = &video_->allocation,
          .priority = wishes.priority,
          .is_screen = producer_->screen(),
          .paused = paused_ || producer_->paused(),
          .preferred = wishes.preferred,
          .viewport = wishes.viewport};
}

void Consumer::SetShare(const congestion::VideoShare& share, bool congested, Timestamp now) {
  constexpr std::uint8_t kTop = congestion::kMaxSpatial;
  const std::uint8_t carried = CarriedOf(kTop);
  const auto sent = gate_.current_layers();
  const bool falls = congested && share.layers && sent && sent->spatial > share.layers->spatial;
  const bool in_one_stream = producer_->stream_count() == 1;
  video_->share = share;
  // Of layers in one stream a receiver decodes no picture before it has all that it was sent of those before,
  // and the full queue has lost some. The lowest layer's next key picture is less than all of that again, and
  // less than the key picture of several layers.
  if (in_one_stream && share.layers && (falls || (congested && !sent))) {
    video_->share.layers->spatial = 0;
    video_->begins_anew = true;
  } else if (!share.layers || share.layers->spatial == 0 || (sent && sent->spatial > 0)) {
    video_->begins_anew = false;
  }
  // (What is left out until then must not seem to be lost on the way.)
  if (video_->begins_anew) video_->share.bps = std::min(share.bps, LowestBps(share.layers->temporal, now));
  if (CarriedOf(kTop) != carried) producer_->OnWishesChanged();
  SetTarget(Target(), now);
  // A picture that is too large for the link waits in its queue, and sound behind it. Where a smaller one
  // takes a key frame, a moment without any is the lesser evil.
  if (falls && (in_one_stream || gate_.wants_key_frame())) {
    Interrupt();
    DropPaced();
    RequestKeyFrame(now);
  }
}

std::uint32_t Consumer::LowestBps(std::uint8_t temporal, Timestamp now) const {
  const auto& rates = producer_->layers(now).bps[0];
  std::size_t t = temporal;
  while (t > 0 && rates[t] == 0) --t;  // it may have fewer temporal layers than those above
  return rates[t] != 0 ? rates[t] : UINT32_MAX;
}

media::LayerTarget Consumer::Target() const {
  const congestion::VideoShare& share = video_->share;
  if (share.layers) return {.spatial = share.layers->spatial, .temporal = share.layers->temporal};
  // Whatever comes first.
  if (share.reason == congestion::AllocationReason::kUnavailable) {
    return {.spatial = wishes.preferred.spatial, .temporal = wishes.preferred.temporal};
  }
  return media::LayerTarget::Nothing();
}

void Consumer::Pace(const OutgoingPacket& outgoing, const MediaPacket* packet, Timestamp now,
                    const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress) {
  Pacer& pacer = receiver_.pacer();
  if (pacer.is_full()) {
    if (const PacedPacket* oldest = pacer.Take(now, true)) {
      oldest->consumer->SendPaced(*oldest, now, sealer, tuple, egress);
      egress.Seal();  // from its slot
    }
    pacer.ReleaseTaken();
  }
  if (pacer.empty()) receiver_.Touch();
  const std::size_t body = outgoing.prefix_size + outgoing.body.size();
  PacedPacket& paced = pacer.Add(now, static_cast<std::uint16_t>(body + kHeaders));
  paced.consumer = this;
  paced.source = {};
  if (packet != nullptr) {
    paced.slot = packet->slot;
    paced.source = packet->rtp.data();
  }
  paced.active_targets = gate_.active_targets();
  paced.outgoing = outgoing;
}

void Consumer::DropPaced() {
  if (receiver_.pacer().Forget(*this) > 0) rewriter_.TakeBack(video_->newest_sent);
}

std::size_t Consumer::Repeat(Timestamp now, EgressBatch& egress) {
  const Tuple* tuple = receiver_.peer().selected_tuple();
  const crypto::SrtpSealer* sealer = receiver_.peer().sealer();
  if (paused_ || rtx_ == nullptr || !rewriter_.started() || tuple == nullptr || sealer == nullptr) {
    return 0;
  }
  for (std::uint64_t tried = 0; tried < kRepeated; ++tried) {
    const auto sequence = static_cast<std::uint16_t>(video_->newest_sent - video_->repeated++ % kRepeated);
    const auto origin = rewriter_.Source(sequence);
    if (!origin) continue;
    if (const auto size = RetransmitOne(*origin, now, *sealer, *tuple, egress)) return *size;
  }
  return 0;
}

ReceiverExtension Consumer::OwnExtension(Bytes mid, Timestamp now) const {
  const auto id = [&](wire::ExtensionType type) { return extensions_.id(type); };
  ReceiverExtension extension;
  extension.mid = mid;
  extension.mid_id = id(wire::ExtensionType::kMid);
  extension.transport_cc_id = id(wire::ExtensionType::kTransportWideCc);
  extension.abs_send_time_id = id(wire::ExtensionType::kAbsSendTime);
  if (extension.transport_cc_id != 0) extension.transport_sequence = receiver_.NextTransportSequence();
  if (extension.abs_send_time_id != 0) extension.abs_send_time = wire::ToAbsSendTime(now);
  return extension;
}

std::optional<ConsumerLayersChanged> Consumer::TakeLayersChanged() {
  std::optional<congestion::Layers> layers;
  if (const auto now = current_layers()) layers = congestion::Layers{now->spatial, now->temporal};
  if (!video_->share.layers) layers.reset();
  // Before the first packet there is nothing to tell but that there will be none.
  if (!layers && video_->share.layers) return std::nullopt;
  if (video_->told && layers == video_->told_layers && video_->share.reason == video_->told_reason)
    return std::nullopt;
  if (is_switching()) return std::nullopt;
  video_->told = true;
  video_->told_layers = layers;
  video_->told_reason = video_->share.reason;
  return ConsumerLayersChanged{.consumer = id_, .layers = layers, .reason = video_->share.reason};
}

bool Consumer::has_begun_anew() const {
  const auto now = current_layers();
  return video_->begins_anew && now && now->spatial > 0;
}

bool Consumer::is_switching() const {
  if (!video_->share.layers) return false;
  const auto now = current_layers();
  return !now || congestion::Layers{now->spatial, now->temporal} != *video_->share.layers;
}

std::optional<std::uint8_t> Consumer::wanted_spatial(Timestamp now) const {
  if (paused_ || !wishes.viewport.visible) return std::nullopt;
  const std::uint8_t shown =
      congestion::SpatialCap(producer_->layers(now), wishes.viewport, producer_->screen());
  return std::min(shown, wishes.preferred.spatial);
}

std::uint8_t Consumer::CarriedOf(std::uint8_t wanted) const {
  if (video_->share.reason != congestion::AllocationReason::kBandwidth) return wanted;
  return std::min(wanted, video_->share.layers ? video_->share.layers->spatial : std::uint8_t{0});
}

std::optional<std::uint8_t> Consumer::TakeScoreChanged() {
  if (send_.packets() == 0 || send_.score() == told_score_) return std::nullopt;
  return told_score_ = send_.score();
}

}  // namespace kcs::sfu
