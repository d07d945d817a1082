#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "server/ortc/types.h"

// The four steps from a sender to a receiver. Pure: the same input and entropy give the same output.
//   RtpParameters of the sender  --ProducerMapping-->  which payload type is which of the router's
//                                --ConsumableParameters-->  what a receiver could get, in the router's
//                                numbers
//   + RtpCapabilities of a receiver  --CanConsume, ConsumerParameters-->  RtpParameters of that receiver
// What comes from a client must have passed validate.h.
namespace kcs::ortc {

struct CodecMapping {
  std::uint8_t payload_type = 0;  // the sender's; media codecs and RTX alike
  std::uint8_t router_payload_type = 0;
};

struct EncodingMapping {
  std::string rid;
  std::optional<std::uint32_t> ssrc;
  std::string scalability_mode;
  std::uint32_t mapped_ssrc = 0;  // consecutive
};

struct RtpMapping {
  std::vector<CodecMapping> codecs;
  std::vector<EncodingMapping> encodings;

  // 0 when the sender's payload type is not mapped.
  std::uint8_t RouterPayloadType(std::uint8_t payload_type) const;
};

// The error names the codec that the router does not know, or what is missing to tell the encodings apart.
Result<RtpMapping> ProducerMapping(const RtpParameters& sender, const RtpCapabilities& router,
                                   Entropy& entropy);

// What a receiver of this sender could be offered.
RtpParameters ConsumableParameters(MediaKind kind, const RtpParameters& sender, const RtpCapabilities& router,
                                   const RtpMapping& mapping);

// The same of a sender that does not exist: sound, in whichever of the router's codecs. `cname`: RFC
// 3550 6.5.1.
RtpParameters AnySpeech(std::string cname, Entropy& entropy);

// Whether a receiver understands what the sender sends first.
bool CanConsume(const RtpParameters& consumable, const RtpCapabilities& receiver);

struct ConsumerOptions {
  MediaKind kind = MediaKind::kAudio;
  std::string mid;                // unique on the receiver's transport, at most 8 characters
  std::uint32_t ssrc = 0;         // 0: chosen with the entropy. RTX gets the next one.
  std::optional<bool> rtx;        // default: video only
  bool nack_without_rtx = false;  // leave the receiver its generic NACK for a stream that has no RTX
};

// Parameters for one receiver: one encoding, whatever the sender has. The error says why there can be none.
Result<RtpParameters> ConsumerParameters(const RtpParameters& consumable, const RtpCapabilities& receiver,
                                         const ConsumerOptions& options, Entropy& entropy);

// What the sender offers to choose from, by the number of encodings and the scalability mode (ANCHORS 5.11).
enum class StreamType : std::uint8_t { kSimple, kSimulcast, kSvc };
const char* ToString(StreamType type);  // "simple", ...
StreamType TypeOf(const RtpParameters& sender);

}  // namespace kcs::ortc
