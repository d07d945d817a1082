#pragma once

#include <cstdint>
#include <string>
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
};
struct CloseRouter {
  MediaId router;
};

struct CreateTransport {
  MediaId router;
  MediaId transport;
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
};
struct ProducerCommand {
  enum class Action : std::uint8_t { kPause, kResume, kClose, kRequestKeyFrame };
  MediaId router;
  MediaId producer;
  Action action = Action::kPause;
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
  enum class Action : std::uint8_t { kPause, kResume, kClose, kRequestKeyFrame, kSetPreferredLayers };
  MediaId router;
  MediaId consumer;
  Action action = Action::kPause;
  std::uint32_t spatial_layer = 0;
  std::uint32_t temporal_layer = 0;
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
using MediaNotice = std::variant<TransportStateChanged>;

// The object a notice is about.
inline MediaId SubjectOf(const MediaNotice& notice) {
  return std::get<TransportStateChanged>(notice).transport;
}

}  // namespace kcs::meeting
