#include "engine/sfu/producer.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/sfu/consumer.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

constexpr std::uint8_t kNone = 0xff;
constexpr std::uint8_t kRtx = 0x80;

}  // namespace

Producer::Producer(const CreateProducer& command, WebRtcTransport& transport)
    : Producer(command, transport.router(), &transport, nullptr) {}

Producer::Producer(const CreateProducer& command, Router& router, WebRtcTransport* transport,
                   SpeakerPlace* place)
    : id_(command.producer),
      kind_(command.kind),
      router_(router),
      transport_(transport),
      place_(place),
      paused_(command.paused),
      screen_(command.screen),
      waiting_(command.waiting),
      mid_(command.mid),
      extensions_(command.extensions),
      codecs_(command.codecs) {
  payload_types_.fill(kNone);
  for (std::size_t i = 0; i < codecs_.size(); ++i) {
    const auto index = static_cast<std::uint8_t>(i);
    payload_types_[codecs_[i].payload_type & 0x7f] = index;
    if (codecs_[i].rtx_payload_type != 0) payload_types_[codecs_[i].rtx_payload_type & 0x7f] = index | kRtx;
  }
  streams_.reserve(command.encodings.size());
  for (const ProducerEncoding& encoding : command.encodings) {
    streams_.emplace_back(static_cast<std::uint8_t>(streams_.size()), encoding, kind_);
  }
}

std::optional<Producer::PayloadClass> Producer::ClassifyPayloadType(std::uint8_t payload_type) const {
  const std::uint8_t entry = payload_types_[payload_type & 0x7f];
  if (entry == kNone) return std::nullopt;
  return PayloadClass{.codec = static_cast<std::uint8_t>(entry & ~kRtx), .rtx = (entry & kRtx) != 0};
}

std::optional<std::uint8_t> Producer::StreamByRid(std::string_view rid) const {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i].rid() == rid) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

Result<MediaPacket, wire::DropReason> Producer::OnPacket(IngressRtp packet, std::uint8_t stream,
                                                         Timestamp now) {
  const auto payload = ClassifyPayloadType(packet.rtp.payload_type());
  if (!payload) return Fail(wire::DropReason::kRtpUnknownPayloadType);
  ProducerStream& target = streams_[stream];
  const ProducerCodec& codec = codecs_[payload->codec];
  if (payload->rtx) {
    auto original = UnwrapRtx(std::move(packet), target.ssrc(), codec.payload_type);
    if (!original) return Fail(wire::DropReason::kRtxWithoutPayload);
    packet = std::move(*original);
  }
  auto taken =
      target.OnPacket(std::move(packet),
                      {.index = payload->codec,
                       .parameters = &codec,
                       .dependency_descriptor_id = extensions_.id(wire::ExtensionType::kDependencyDescriptor),
                       .frame_marking_id = extensions_.id(wire::ExtensionType::kFrameMarking)},
                      payload->rtx, now);
  if (!taken) return Fail(taken.error());
  if (taken->restarted) {
    const bool asks = !paused_ && !taken->packet.frame.key_frame;
    for (Consumer* consumer : consumers_) {
      if (consumer->OnSourceRestarted(stream) && asks) consumer->RequestKeyFrame(now);
    }
  }
  if (target.nack().TakeKeyFrameWanted()) target.key_frames().Request(now);
  UpdateActivity(now);
  if (paused_) return Fail(wire::DropReason::kProducerPaused);
  return std::move(taken->packet);
}

media::LayerBitrates Producer::LayerBitrates(Timestamp now) const {
  media::LayerBitrates table;
  if (kind_ != wire::MediaKind::kVideo) return table;
  if (streams_.size() == 1) {
    streams_[0].layers()->FillSpatial(table, now);
    return table;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i].layers()->FillStream(table, i, now);
  return table;
}

void Producer::UpdateActivity(Timestamp now) {
  unsigned alive = 0;
  unsigned steady = 0;
  const bool by_layer = kind_ == wire::MediaKind::kVideo && streams_.size() == 1;
  if (by_layer) {
    alive = streams_[0].layers()->alive(now);
    steady = streams_[0].layers()->steady(now);
  }
  for (std::size_t i = 0; i < streams_.size() && !by_layer; ++i) {
    const media::ReceiveStream* receive = streams_[i].receive();
    if (receive == nullptr) continue;
    if (receive->activity().IsAlive(now)) alive |= 1U << i;
    if (receive->activity().IsSteady(now)) steady |= 1U << i;
  }
  if (alive == alive_ && steady == steady_) return;
  alive_ = static_cast<std::uint8_t>(alive);
  steady_ = static_cast<std::uint8_t>(steady);
  layers_at_ = Timestamp::min();
  for (Consumer* consumer : consumers_) consumer->OnStreams(alive_, steady_, now);
}

const congestion::LayerTable& Producer::layers(Timestamp now) {
  if (layers_at_ != Timestamp::min() && now - layers_at_ < kLayerInterval) return layers_;
  layers_at_ = now;
  const media::LayerBitrates measured = LayerBitrates(now);
  const ProducerEncoding& encoding = streams_.front().encoding();
  layers_.available = measured.available;
  for (std::size_t i = 0; i < measured.available.size(); ++i) {
    if (measured.available[i] != 0) {
      last_available_[i] = measured.available[i];
    } else if (wanted_.IsDormant(i, now)) {
      // At its remembered rate, so that receivers' links are probed for it.
      layers_.available[i] = last_available_[i];
    }
  }
  // What was announced, or more if more comes.
  layers_.spatial_layers =
      streams_.size() > 1 ? static_cast<std::uint8_t>(streams_.size()) : encoding.spatial_layers;
  layers_.temporal_layers = encoding.temporal_layers;
  for (std::size_t i = 0; i < layers_.available.size(); ++i) {
    const int temporal = std::bit_width(layers_.available[i]);
    if (temporal == 0) continue;
    layers_.spatial_layers = std::max(layers_.spatial_layers, static_cast<std::uint8_t>(i + 1));
    layers_.temporal_layers = std::max(layers_.temporal_layers, static_cast<std::uint8_t>(temporal));
  }
  layer_rates_.Update(measured.bps, measured.available, now);
  layer_rates_.Fill(layers_);
  return layers_;
}

void Producer::OnWishesChanged() {
  if (kind_ != wire::MediaKind::kVideo) return;
  wishes_changed_ = true;
  transport_->Touch();
}

void Producer::CollectWishes(Timestamp now) {
  wishes_changed_ = false;
  int wished = WantedLayers::kNone;
  int carried = WantedLayers::kNone;
  for (const Consumer* consumer : consumers_) {
    const auto spatial = consumer->wanted_spatial(now);
    if (!spatial) continue;
    wished = std::max<int>(wished, *spatial);
    carried = std::max<int>(carried, consumer->CarriedOf(*spatial));
  }
  // All there are: a sender that adds one need not ask again.
  const auto all = [&](int highest) {
    return highest + 1 >= layers_.spatial_layers ? WantedLayers::kAll : highest;
  };
  wanted_.Update(all(wished), all(carried), now);
}

std::optional<Producer::LayersWanted> Producer::TakeLayersWanted(Timestamp now) {
  if (wishes_changed_) CollectWishes(now);
  const auto told = wanted_.Take(now);
  if (!told) return std::nullopt;
  layers_at_ = Timestamp::min();
  if (*told == WantedLayers::kNone) return LayersWanted{};
  return LayersWanted{static_cast<std::uint8_t>(std::min(*told, layers_.spatial_layers - 1))};
}

std::optional<std::uint8_t> Producer::TakeScoreChanged(Timestamp now) {
  const std::uint8_t present = score(now);
  if (present == told_score_) return std::nullopt;
  return told_score_ = present;
}

void Producer::Pause() {
  paused_ = true;
  for (ProducerStream& stream : streams_) stream.Pause();
}

void Producer::Resume(Timestamp now) {
  if (!std::exchange(paused_, false)) return;
  for (Consumer* consumer : consumers_) consumer->OnProducerResumed();
  RequestKeyFrame(now);
}

void Producer::RequestKeyFrame(std::uint8_t stream, Timestamp now) {
  if (kind_ != wire::MediaKind::kVideo || stream >= streams_.size()) return;
  streams_[stream].key_frames().Request(now);
  transport_->Touch();
}

void Producer::RequestKeyFrame(Timestamp now) {
  for (std::size_t i = 0; i < streams_.size(); ++i) RequestKeyFrame(static_cast<std::uint8_t>(i), now);
}

void Producer::AddConsumer(Consumer& consumer) { consumers_.push_back(&consumer); }

void Producer::RemoveConsumer(Consumer& consumer) {
  Deactivate(consumer);
  std::erase(consumers_, &consumer);
}

void Producer::Activate(const ConsumerRow& row) {
  const auto place = std::ranges::upper_bound(rows_, row.receiver_index, {}, &ConsumerRow::receiver_index);
  rows_.insert(place, row);
}

void Producer::Deactivate(const Consumer& consumer) {
  std::erase_if(rows_, [&](const ConsumerRow& row) { return row.consumer == &consumer; });
}

void Producer::HandOver(const SpeakerPlace& place, const WebRtcTransport* but, Producer& to) {
  const auto stays = [&](const Consumer& consumer) {
    return consumer.place() != &place || (but != nullptr && consumer.receiver().IsOfSameParticipant(*but));
  };
  std::erase_if(consumers_, [&](Consumer* consumer) {
    if (stays(*consumer)) return false;
    consumer->OnSourceReplaced(to);
    to.consumers_.push_back(consumer);
    return true;
  });
  std::erase_if(rows_, [&](const ConsumerRow& row) {
    if (stays(*row.consumer)) return false;
    to.rows_.push_back(row);
    return true;
  });
  std::ranges::sort(to.rows_, {}, &ConsumerRow::receiver_index);
}

Timestamp Producer::NextFeedback() const {
  Timestamp next = kNever;
  for (const ProducerStream& stream : streams_) next = std::min(next, stream.NextFeedback());
  return next;
}

std::uint8_t Producer::score(Timestamp now) const {
  std::uint8_t best = 0;
  for (const ProducerStream& stream : streams_) {
    if (stream.receive() != nullptr) best = std::max(best, stream.receive()->score(now));
  }
  return best;
}

}  // namespace kcs::sfu
