#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/sfu/commands.h"
#include "engine/transport/testing/test_peer.h"
#include "media_sink.h"
#include "media_source.h"
#include "network.h"
#include "reporter.h"

namespace kcs::sim {

class Simulation;

// What arrived of all that was sent to a participant's receiving transport, since it was last asked.
struct PathMeter {
  std::uint64_t sent_bytes = 0;
  std::uint64_t arrived_bytes = 0;
  std::uint32_t sent = 0;
  std::uint32_t overflowed = 0;   // packets: the queue was full
  std::uint32_t lost = 0;         // packets: at random
  std::uint32_t sounds_lost = 0;  // packets, of all that were lost
  std::vector<Duration> queued;   // of each packet that arrived
};

// A simulated browser in a meeting: a transport to send, a transport to receive.
class Participant {
 public:
  // Whether it reports what arrives, so that the server can tell how its link fares.
  enum class Reports : std::uint8_t { kNone, kRemb, kTransportWide };

  Participant(Simulation& simulation, std::uint32_t number, Link link);

  std::uint32_t number() const { return number_; }
  Link link;
  Reports reports = Reports::kNone;  // to be set before it consumes anything
  PathMeter meter;
  bool obeys_layers_wanted = false;

  MediaSource& Publish(const SourceOptions& options) { return PublishAll({&options, 1}, false); }
  // One producer of several encodings, lowest first; returns the first.
  MediaSource& PublishAll(std::span<const SourceOptions> encodings, bool screen);
  // Somebody's producer, by its place among theirs.
  MediaSink& Consume(const Participant& sender, std::size_t producer);
  // Whoever is at a speaker place.
  MediaSink& ConsumePlace(std::uint64_t place);
  void Pause(const MediaSink& sink);
  void Resume(const MediaSink& sink);

  struct Published {
    sfu::ProducerId id;
    wire::MediaKind kind = wire::MediaKind::kVideo;
    std::vector<MediaSource*> encodings;
    bool layered = false;
  };
  const std::vector<Published>& producers() const { return producers_; }
  const std::vector<std::unique_ptr<MediaSource>>& sources() const { return sources_; }
  const std::vector<std::unique_ptr<MediaSink>>& sinks() const { return sinks_; }
  sfu::ConsumerId ConsumerOf(const MediaSink& sink) const { return by_ssrc_.at(sink.ssrc()).consumer; }
  bool connected() const { return send_.connected() && receive_.connected(); }
  std::uint64_t undecryptable() const { return receive_.undecryptable(); }
  // Whether a datagram on its way to the receiving transport is a packet of sound.
  bool IsSound(Bytes datagram) const;
  // The server says which encodings are worth sending; nullopt: none. Obeyed if obeys_layers_wanted.
  void OnLayersWanted(sfu::ProducerId producer, std::optional<std::uint8_t> highest, Timestamp now);
  // Key frames that the server asked for, of all its encodings together.
  std::uint64_t key_frame_requests() const { return key_frame_requests_; }
  sfu::TransportId send_transport() const { return sfu::TransportId(2ULL * number_); }
  sfu::TransportId receive_transport() const { return sfu::TransportId(2ULL * number_ + 1); }
  const Tuple& receive_tuple() const { return receive_tuple_; }

  void Tick(Timestamp now);
  // A datagram arrived at `at`, which is now or a moment before.
  void Deliver(const Tuple& tuple, Bytes bytes, Timestamp at);

 private:
  friend class Simulation;
  struct Receiving {
    MediaSink* sink = nullptr;
    sfu::ConsumerId consumer;
    bool rtx = false;
  };
  MediaSink& Consume(const Published& published);
  void OnSendersRtcp(Bytes compound);
  void OnReceived(Bytes rtp, Timestamp at);
  void SendFeedback(Timestamp now);

  struct LayersWish {
    Timestamp due{};
    std::size_t producer = 0;
    int highest = 0;
  };
  void ObeyLayersWanted(Timestamp now);

  Simulation& simulation_;
  std::uint32_t number_;
  transport::testing::TestPeer send_;
  transport::testing::TestPeer receive_;
  Tuple send_tuple_;
  Tuple receive_tuple_;
  std::uint16_t transport_sequence_ = 1;
  std::vector<std::unique_ptr<MediaSource>> sources_;
  std::vector<Published> producers_;
  std::vector<std::unique_ptr<MediaSink>> sinks_;
  std::map<std::uint32_t, Receiving> by_ssrc_;
  Reporter reporter_;
  std::uint64_t key_frame_requests_ = 0;
  std::deque<LayersWish> layers_wishes_;
  Timestamp next_sender_reports_{};
};

}  // namespace kcs::sim
