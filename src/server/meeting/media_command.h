#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "server/meeting/error.h"
#include "server/meeting/ids.h"
#include "server/ortc/engine_view.h"

// What a meeting asks of the media workers. Values only: the pool of workers turns them into messages.
namespace kcs::meeting {

struct Fingerprint {
  std::string algorithm;  // "sha-256"
  std::string value;      // "AB:CD:..."
};

enum class DtlsRole : std::uint8_t { kAuto, kClient, kServer };

struct IceParameters {
  std::string username_fragment;
  std::string password;
};

// RFC 8839 5.1, as WebRTC clients take it.
struct IceCandidate {
  std::string foundation;
  std::uint32_t priority = 0;
  std::string ip;  // or a name
  std::string protocol;
  std::uint16_t port = 0;
  std::string tcp_type;  // "passive" for TCP
};

// What a client needs to reach a transport. After a restart of ICE only `ice` is set.
struct TransportOffer {
  IceParameters ice;
  std::vector<IceCandidate> candidates;
  std::vector<Fingerprint> fingerprints;
};

// A router is a meeting on a worker: opening it places the meeting; closing it closes everything in it.
struct OpenRouter {
  MediaId router;
  std::vector<MediaId> speaker_places =
      {};  // producers of whoever speaks; none, or as many as are heard at a time
};
struct CloseRouter {
  MediaId router;
};

struct CreateTransport {
  MediaId router;
  MediaId transport;
  ClientId participant = {};  // who shall not hear themselves
};
struct ConnectTransport {
  MediaId router;
  MediaId transport;
  DtlsRole remote_role = DtlsRole::kAuto;
  std::vector<Fingerprint> fingerprints;
};
struct RestartIce {
  MediaId router;
  MediaId transport;
};
// With the transport's producers and consumers, and the consumers of those producers.
struct CloseTransport {
  MediaId router;
  MediaId transport;
};

struct CreateProducer {
  MediaId router;
  MediaId transport;
  MediaId producer;
  bool paused = false;
  bool screen = false;
  ortc::EngineProducer stream;
  bool waiting = false;  // what it says is not heard before it is admitted
};
struct ProducerCommand {
  enum class Action : std::uint8_t { kPause, kResume, kClose, kRequestKeyFrame, kAdmit };
  MediaId router;
  MediaId producer;
  Action action = Action::kPause;
};

// What a receiver shows of a consumer, in device pixels; 0: not known.
struct Viewport {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool visible = true;
  friend bool operator==(const Viewport&, const Viewport&) = default;
};

struct CreateConsumer {
  MediaId router;
  MediaId transport;
  MediaId consumer;
  MediaId producer;
  bool paused = true;
  ortc::EngineConsumer stream;
};
struct ConsumerCommand {
  enum class Action : std::uint8_t {
    kPause,
    kResume,
    kClose,
    kRequestKeyFrame,
    kSetPreferredLayers,
    kSetPriority,
    kSetViewport
  };
  MediaId router;
  MediaId consumer;
  Action action = Action::kPause;
  std::uint32_t spatial_layer = 0;
  std::uint32_t temporal_layer = 0;
  std::uint32_t priority = 0;  // 1...255
  Viewport viewport = {};
};

using MediaCommand =
    std::variant<OpenRouter, CloseRouter, CreateTransport, ConnectTransport, RestartIce, CloseTransport,
                 CreateProducer, ProducerCommand, CreateConsumer, ConsumerCommand>;

// How a command ended. The offer is filled for CreateTransport and RestartIce.
using MediaOutcome = Result<TransportOffer, Error>;

// What the workers tell on their own.
struct TransportStateChanged {
  enum class Ice : std::uint8_t { kNew, kConnected, kCompleted, kDisconnected };
  enum class Dtls : std::uint8_t { kNew, kConnecting, kConnected, kFailed, kClosed };
  MediaId transport;
  Ice ice = Ice::kNew;
  Dtls dtls = Dtls::kNew;
};
// How the path of a transport is doing; every other second while media flows.
struct TransportQuality {
  MediaId transport;
  double score = 1;    // 0...1
  double rtt_ms = -1;  // -1: unknown
  double jitter_ms = 0;
  double loss = 0;                      // fraction
  std::uint32_t available_bitrate = 0;  // towards the client, bits per second; 0: unknown
};
// Up to which spatial layer anybody receives a producer; absent: nobody receives it.
struct ProducerLayersWanted {
  MediaId producer;
  std::optional<std::uint32_t> max_spatial_layer;
};
enum class LayersReason : std::uint8_t { kPreferred, kBandwidth, kUnavailable, kViewport };

constexpr std::string_view ToString(LayersReason reason) {
  switch (reason) {
    case LayersReason::kPreferred:
      return "preferred";
    case LayersReason::kBandwidth:
      return "bandwidth";
    case LayersReason::kUnavailable:
      return "unavailable";
    case LayersReason::kViewport:
      break;
  }
  return "viewport";
}

struct ConsumerLayersChanged {
  MediaId consumer;
  std::optional<std::uint32_t> spatial_layer;  // absent, like the other: nothing is sent now
  std::optional<std::uint32_t> temporal_layer;
  LayersReason reason = LayersReason::kPreferred;  // why it is not more
};
struct ProducerScoreChanged {
  MediaId producer;
  std::uint32_t score = 0;  // 0...10
};
struct ConsumerScoreChanged {
  MediaId consumer;
  std::uint32_t score = 0;
};
// Absent: nobody leads the talk any more.
struct ActiveSpeakerChanged {
  MediaId router;
  std::optional<MediaId> producer;
};
struct AudioLevels {
  struct Level {
    MediaId producer;
    std::uint32_t level = 127;  // -dBov
  };
  MediaId router;
  std::vector<Level> levels;  // who can be heard
};
struct SpeakerPlacesChanged {
  MediaId router;
  std::vector<std::optional<MediaId>> producers;  // in the order of the places; absent: nobody is there
};
using MediaNotice = std::variant<TransportStateChanged, TransportQuality, ProducerLayersWanted,
                                 ConsumerLayersChanged, ProducerScoreChanged, ConsumerScoreChanged,
                                 ActiveSpeakerChanged, AudioLevels, SpeakerPlacesChanged>;

// The object a notice is about.
inline MediaId SubjectOf(const TransportStateChanged& notice) { return notice.transport; }
inline MediaId SubjectOf(const TransportQuality& notice) { return notice.transport; }
inline MediaId SubjectOf(const ProducerLayersWanted& notice) { return notice.producer; }
inline MediaId SubjectOf(const ConsumerLayersChanged& notice) { return notice.consumer; }
inline MediaId SubjectOf(const ProducerScoreChanged& notice) { return notice.producer; }
inline MediaId SubjectOf(const ConsumerScoreChanged& notice) { return notice.consumer; }
inline MediaId SubjectOf(const ActiveSpeakerChanged& notice) { return notice.router; }
inline MediaId SubjectOf(const AudioLevels& notice) { return notice.router; }
inline MediaId SubjectOf(const SpeakerPlacesChanged& notice) { return notice.router; }
inline MediaId SubjectOf(const MediaNotice& notice) {
  return std::visit([](const auto& n) { return SubjectOf(n); }, notice);
}

}  // namespace kcs::meeting
