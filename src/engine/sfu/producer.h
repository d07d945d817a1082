#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/congestion/layer_rates.h"
#include "engine/media/speech_activity.h"
#include "engine/sfu/commands.h"
#include "engine/sfu/producer_stream.h"
#include "engine/sfu/wanted_layers.h"
#include "engine/wire/extensions.h"

namespace kcs::sfu {

class Consumer;
class Router;
class SpeakerPlace;
class WebRtcTransport;

// One receiver of a producer, as the fan-out walks them.
struct ConsumerRow {
  Consumer* consumer = nullptr;
  WebRtcTransport* receiver = nullptr;
  std::uint32_t receiver_index = 0;  // the order of the rows: packets of several producers meet at a receiver
};

// What one sender sends of one kind: its encodings, and who receives them.
class Producer {
 public:
  static constexpr std::size_t kMaxEncodings = 8;
  static constexpr std::size_t kMaxCodecs = 16;
  static constexpr Duration kLayerInterval = 200ms;

  Producer(const CreateProducer& command, WebRtcTransport& transport);
  // Of a speaker place: sends nothing.
  Producer(const CreateProducer& command, Router& router, SpeakerPlace& place)
      : Producer(command, router, nullptr, &place) {}

  ProducerId id() const { return id_; }
  wire::MediaKind kind() const { return kind_; }
  Router& router() const { return router_; }
  // nullptr: it is a speaker place's, and place() is not.
  WebRtcTransport* transport() const { return transport_; }
  SpeakerPlace* place() const { return place_; }
  const std::string& mid() const { return mid_; }
  const wire::ExtensionMap& extensions() const { return extensions_; }
  std::span<const ProducerCodec> codecs() const { return codecs_; }
  bool paused() const { return paused_; }
  bool screen() const { return screen_; }
  bool waiting() const { return waiting_; }
  void Admit() { waiting_ = false; }
  // What each of its qualities costs, looked at anew every kLayerInterval.
  const congestion::LayerTable& layers(Timestamp now);

  // The highest spatial layer that any receiver would take, and has a link for, has changed; nullopt inside:
  // nobody wants any.
  struct LayersWanted {
    std::optional<std::uint8_t> spatial;
  };
  std::optional<LayersWanted> TakeLayersWanted(Timestamp now);
  Timestamp next_layers_wanted() const { return wishes_changed_ ? Timestamp::min() : wanted_.NextDeadline(); }
  // A receiver came, went, paused, wants something else, or its link carries another layer. Many at a time
  // are looked at once.
  void OnWishesChanged();

  // Of sound: who speaks.
  const media::SpeechActivity& speech() const { return speech_; }
  media::SpeechActivity& speech() { return speech_; }
  std::optional<std::uint8_t> TakeScoreChanged(Timestamp now);

  struct PayloadClass {
    std::uint8_t codec = 0;
    bool rtx = false;
  };
  // nullopt: a payload type that was not negotiated.
  std::optional<PayloadClass> ClassifyPayloadType(std::uint8_t payload_type) const;
  std::optional<std::uint8_t> StreamByRid(std::string_view rid) const;
  std::size_t stream_count() const { return streams_.size(); }
  ProducerStream& stream(std::size_t index) { return streams_[index]; }
  const ProducerStream& stream(std::size_t index) const { return streams_[index]; }
  std::span<ProducerStream> streams() { return streams_; }
  std::span<const ProducerStream> streams() const { return streams_; }

  // A packet of this producer's stream. Also tells consumers when the numbering began anew.
  Result<MediaPacket, wire::DropReason> OnPacket(IngressRtp packet, std::uint8_t stream, Timestamp now);

  void Pause();
  void Resume(Timestamp now);
  // Wishes a key frame of one stream, or of all.
  void RequestKeyFrame(std::uint8_t stream, Timestamp now);
  void RequestKeyFrame(Timestamp now);

  // Which streams arrive at all, and which steadily: a bit each. Of a producer with a single stream of video
  // these are the spatial layers inside it.
  std::uint8_t alive_streams() const { return alive_; }
  std::uint8_t steady_streams() const { return steady_; }
  // What each of these, up to each temporal layer, costs a receiver now.
  media::LayerBitrates LayerBitrates(Timestamp now) const;
  // Looks again, and tells the consumers when that changed. At each packet, and now and then for silence.
  void UpdateActivity(Timestamp now);

  // The receivers that get packets now, in ascending order of receiver_index.
  std::span<const ConsumerRow> rows() const { return rows_; }
  // All consumers, the paused ones too.
  std::span<Consumer* const> consumers() const { return consumers_; }
  void AddConsumer(Consumer& consumer);
  void RemoveConsumer(Consumer& consumer);
  void Activate(const ConsumerRow& row);
  void Deactivate(const Consumer& consumer);
  // The consumers of a speaker place that are here now get `to` instead, but those that receive for `but`.
  void HandOver(const SpeakerPlace& place, const WebRtcTransport* but, Producer& to);

  // The earliest of the streams' retransmission and key frame requests.
  Timestamp NextFeedback() const;
  std::uint8_t score(Timestamp now) const;

  struct Counters {
    std::uint64_t nacks_sent = 0;
    std::uint64_t plis_sent = 0;
  };
  Counters counters;

 private:
  Producer(const CreateProducer& command, Router& router, WebRtcTransport* transport, SpeakerPlace* place);
  void CollectWishes(Timestamp now);

  ProducerId id_;
  wire::MediaKind kind_;
  Router& router_;
  WebRtcTransport* transport_;
  SpeakerPlace* place_;
  bool paused_;
  bool screen_;
  bool waiting_;
  std::uint8_t alive_ = 0;
  std::uint8_t steady_ = 0;
  std::string mid_;
  wire::ExtensionMap extensions_;
  std::vector<ProducerCodec> codecs_;
  std::array<std::uint8_t, 128> payload_types_;  // codec index, | kRtx; kNone
  std::vector<ProducerStream> streams_;
  congestion::LayerTable layers_;
  congestion::LayerRates layer_rates_;
  Timestamp layers_at_ = Timestamp::min();
  std::array<std::uint8_t, congestion::kMaxSpatial> last_available_{};  // as in the table, when it was there
  WantedLayers wanted_;
  bool wishes_changed_ = false;
  media::SpeechActivity speech_;
  std::uint8_t told_score_ = 0;
  std::vector<ConsumerRow> rows_;
  std::vector<Consumer*> consumers_;
};

}  // namespace kcs::sfu
