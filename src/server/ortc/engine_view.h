#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/ortc/codec_match.h"
#include "server/ortc/header_extensions.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/types.h"

// What the media engine has to know of a producer or consumer, without names, URIs and fmtp: the shape of
// CreateProducer and CreateConsumer in proto/worker.proto.
namespace kcs::ortc {

struct EngineFeedback {
  bool nack = false;
  bool pli = false;
  bool fir = false;
  bool transport_cc = false;
  bool remb = false;

  friend bool operator==(const EngineFeedback&, const EngineFeedback&) = default;
};

struct EngineExtension {
  Extension extension = Extension::kUnknown;
  std::uint8_t id = 0;

  friend bool operator==(const EngineExtension&, const EngineExtension&) = default;
};

struct EngineProducerCodec {
  Codec codec = Codec::kUnknown;
  std::uint32_t clock_rate = 0;
  std::uint8_t payload_type = 0;
  std::uint8_t rtx_payload_type = 0;  // 0: none
  std::uint8_t router_payload_type = 0;
  std::uint8_t router_rtx_payload_type = 0;
  EngineFeedback feedback;
};

struct EngineEncoding {
  std::uint32_t ssrc = 0;  // 0: to be learnt
  std::uint32_t rtx_ssrc = 0;
  std::string rid;
  std::uint8_t spatial_layers = 1;
  std::uint8_t temporal_layers = 1;
  bool dtx = false;
  std::uint32_t max_bitrate = 0;  // bits per second; 0: unknown
};

struct EngineProducer {
  MediaKind kind = MediaKind::kAudio;
  std::string mid;
  std::vector<EngineProducerCodec> codecs;  // media codecs only, the first is the one in use at the start
  std::vector<EngineEncoding> encodings;
  std::vector<EngineExtension> extensions;  // with the sender's ids; unknown ones left out
};

struct EngineConsumerCodec {
  std::uint8_t payload_type = 0;
  std::uint8_t rtx_payload_type = 0;
  EngineFeedback feedback;
};

struct EngineConsumer {
  std::string mid;
  std::uint32_t ssrc = 0;
  std::uint32_t rtx_ssrc = 0;
  std::vector<EngineConsumerCodec> codecs;
  std::vector<EngineExtension> extensions;  // with the router's ids
  std::string cname;
};

EngineProducer ForEngine(MediaKind kind, const RtpParameters& sender, const RtpMapping& mapping);
EngineConsumer ForEngine(const RtpParameters& consumer);

}  // namespace kcs::ortc
