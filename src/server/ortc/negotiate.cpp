#include "server/ortc/negotiate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/ortc/capabilities.h"
#include "server/ortc/codec_match.h"
#include "server/ortc/format_parameters.h"
#include "server/ortc/header_extensions.h"
#include "server/ortc/red.h"
#include "server/ortc/scalability_mode.h"

namespace kcs::ortc {
namespace {

// Random SSRCs are taken from here: far from the probator's, and with room above for consecutive ones.
constexpr std::uint32_t kFirstSsrc = 100'000'000;
constexpr std::uint32_t kSsrcCount = 3'900'000'000;

std::uint32_t RandomSsrc(Entropy& entropy) { return kFirstSsrc + entropy.Below(kSsrcCount); }

const RtpCodecCapability* FindMatch(const RtpCapabilities& capabilities, const CodecView& codec) {
  const auto found = std::find_if(capabilities.codecs.begin(), capabilities.codecs.end(),
                                  [&](const auto& candidate) { return Matches(View(candidate), codec); });
  return found == capabilities.codecs.end() ? nullptr : &*found;
}

const RtpCodecCapability* FindRtx(const RtpCapabilities& capabilities, std::uint8_t payload_type) {
  const auto found =
      std::find_if(capabilities.codecs.begin(), capabilities.codecs.end(), [&](const auto& candidate) {
        return IsRtx(candidate.mime_type) && IntParameter(candidate.parameters, "apt") == payload_type;
      });
  return found == capabilities.codecs.end() ? nullptr : &*found;
}

const RtpCodecCapability* FindPayloadType(const RtpCapabilities& capabilities, std::uint8_t payload_type) {
  const auto found =
      std::find_if(capabilities.codecs.begin(), capabilities.codecs.end(),
                   [&](const auto& candidate) { return candidate.preferred_payload_type == payload_type; });
  return found == capabilities.codecs.end() ? nullptr : &*found;
}

std::string Describe(const RtpCodecParameters& codec) {
  std::string text = codec.mime_type + "/" + std::to_string(codec.clock_rate);
  if (codec.channels > 0) text += "/" + std::to_string(codec.channels);
  return text;
}

// The blocks of a RED packet name the payload type of their codec, which must be there too.
Result<void> CheckRed(const RtpParameters& sender) {
  for (const RtpCodecParameters& red : sender.codecs) {
    if (CodecOf(red.mime_type) != Codec::kRed) continue;
    const auto primary = RedPrimaryPayloadType(red.parameters);
    const bool found = std::any_of(sender.codecs.begin(), sender.codecs.end(), [&](const auto& codec) {
      return CodecOf(codec.mime_type) == Codec::kOpus && (!primary || codec.payload_type == *primary);
    });
    if (!found) return Fail("audio/red is without the audio/opus that it refers to");
  }
  return {};
}

Result<std::vector<CodecMapping>> MapCodecs(const RtpParameters& sender, const RtpCapabilities& router) {
  std::vector<CodecMapping> mapping;
  for (const RtpCodecParameters& codec : sender.codecs) {
    if (IsRtx(codec.mime_type)) continue;
    const RtpCodecCapability* match = FindMatch(router, View(codec));
    if (match == nullptr) {
      return Fail("unsupported codec " + Describe(codec) + " with payload type " +
                  std::to_string(codec.payload_type));
    }
    mapping.push_back({codec.payload_type, match->preferred_payload_type});
  }
  const std::size_t media_codecs = mapping.size();
  for (const RtpCodecParameters& codec : sender.codecs) {
    if (!IsRtx(codec.mime_type)) continue;
    const auto apt = IntParameter(codec.parameters, "apt");
    for (std::size_t i = 0; i < media_codecs; ++i) {
      if (mapping[i].payload_type != apt) continue;
      const RtpCodecCapability* rtx = FindRtx(router, mapping[i].router_payload_type);
      if (rtx == nullptr) return Fail("no RTX for payload type " + std::to_string(*apt));
      mapping.push_back({codec.payload_type, rtx->preferred_payload_type});
      break;
    }
  }
  return mapping;
}

std::uint32_t TemporalLayers(const RtpEncodingParameters& encoding) {
  return ParseScalabilityMode(encoding.scalability_mode).value_or(ScalabilityMode{}).temporal_layers;
}

// What a receiver is told of the sender's encodings, of which it gets one at a time.
RtpEncodingParameters ConsumerEncoding(const std::vector<RtpEncodingParameters>& encodings) {
  RtpEncodingParameters out;
  for (const RtpEncodingParameters& encoding : encodings) {
    if (encoding.max_bitrate) out.max_bitrate = std::max(out.max_bitrate.value_or(0), *encoding.max_bitrate);
    if (!encoding.scalability_mode.empty()) out.scalability_mode = encoding.scalability_mode;
  }
  if (encodings.size() > 1) {
    std::uint32_t temporal = 1;
    for (const auto& encoding : encodings) temporal = std::max(temporal, TemporalLayers(encoding));
    out.scalability_mode = "L" + std::to_string(encodings.size()) + "T" + std::to_string(temporal);
  }
  if (!encodings.empty()) out.dtx = encodings.front().dtx;
  return out;
}

bool HasExtension(const RtpParameters& parameters, Extension extension) {
  return std::any_of(parameters.header_extensions.begin(), parameters.header_extensions.end(),
                     [&](const auto& candidate) { return candidate.uri == Uri(extension); });
}

// One bandwidth estimation for a receiver: transport-wide feedback when it can, else REMB, else none.
void ReduceFeedback(RtpParameters& parameters) {
  const bool transport_cc = HasExtension(parameters, Extension::kTransportWideCc);
  const bool remb = !transport_cc && HasExtension(parameters, Extension::kAbsSendTime);
  for (RtpCodecParameters& codec : parameters.codecs) {
    std::erase_if(codec.rtcp_feedback, [&](const RtcpFeedback& feedback) {
      return (feedback.type == "transport-cc" && !transport_cc) || (feedback.type == "goog-remb" && !remb);
    });
  }
}

// The consumable's codecs that the receiver has, with the receiver's feedback; true when one has RTX.
bool KeepCodecs(const RtpParameters& consumable, const RtpCapabilities& receiver,
                const ConsumerOptions& options, RtpParameters& out) {
  const bool rtx_wanted = options.rtx.value_or(options.kind == MediaKind::kVideo);
  const bool nack_wanted = rtx_wanted || options.nack_without_rtx;
  bool any_rtx = false;
  for (const RtpCodecParameters& codec : consumable.codecs) {
    if (IsRtx(codec.mime_type)) continue;
    const RtpCodecCapability* match = FindMatch(receiver, View(codec));
    if (match == nullptr) continue;
    RtpCodecParameters kept = codec;
    kept.rtcp_feedback.clear();
    for (const RtcpFeedback& feedback : match->rtcp_feedback) {
      if (feedback == RtcpFeedback{"nack", ""} && !nack_wanted) continue;
      kept.rtcp_feedback.push_back(feedback);
    }
    out.codecs.push_back(std::move(kept));
    if (!rtx_wanted || FindRtx(receiver, match->preferred_payload_type) == nullptr) continue;
    for (const RtpCodecParameters& rtx : consumable.codecs) {
      if (!IsRtx(rtx.mime_type) || IntParameter(rtx.parameters, "apt") != codec.payload_type) continue;
      out.codecs.push_back(rtx);
      any_rtx = true;
    }
  }
  return any_rtx;
}

}  // namespace

std::uint8_t RtpMapping::RouterPayloadType(std::uint8_t payload_type) const {
  for (const CodecMapping& codec : codecs) {
    if (codec.payload_type == payload_type) return codec.router_payload_type;
  }
  return 0;
}

Result<RtpMapping> ProducerMapping(const RtpParameters& sender, const RtpCapabilities& router,
                                   Entropy& entropy) {
  if (auto red = CheckRed(sender); !red) return Fail(std::move(red.error()));
  RtpMapping mapping;
  auto codecs = MapCodecs(sender, router);
  if (!codecs) return Fail(std::move(codecs.error()));
  mapping.codecs = std::move(*codecs);

  const std::vector<RtpEncodingParameters> one(1);
  const auto& encodings = sender.encodings.empty() ? one : sender.encodings;
  std::uint32_t ssrc = RandomSsrc(entropy);
  for (const RtpEncodingParameters& encoding : encodings) {
    if (!encoding.ssrc && encoding.rid.empty() && sender.mid.empty()) {
      return Fail("encodings[0] has neither ssrc nor rid, and there is no mid");
    }
    mapping.encodings.push_back({encoding.rid, encoding.ssrc, encoding.scalability_mode, ssrc++});
  }
  return mapping;
}

RtpParameters ConsumableParameters(MediaKind kind, const RtpParameters& sender, const RtpCapabilities& router,
                                   const RtpMapping& mapping) {
  RtpParameters out;
  for (const RtpCodecParameters& codec : sender.codecs) {
    if (IsRtx(codec.mime_type)) continue;
    const RtpCodecCapability* match = FindPayloadType(router, mapping.RouterPayloadType(codec.payload_type));
    if (match == nullptr) continue;
    const bool twice = std::any_of(out.codecs.begin(), out.codecs.end(), [&](const auto& other) {
      return other.payload_type == match->preferred_payload_type;
    });
    if (twice) continue;
    out.codecs.push_back({match->mime_type, match->preferred_payload_type, match->clock_rate, match->channels,
                          FormatForReceivers(CodecOf(codec.mime_type), codec.parameters, match->parameters),
                          match->rtcp_feedback});
    if (const RtpCodecCapability* rtx = FindRtx(router, match->preferred_payload_type)) {
      out.codecs.push_back({rtx->mime_type, rtx->preferred_payload_type, rtx->clock_rate, rtx->channels,
                            rtx->parameters, rtx->rtcp_feedback});
    }
  }
  for (const RtpHeaderExtension& extension : router.header_extensions) {
    const bool sent =
        extension.direction == Direction::kSendRecv || extension.direction == Direction::kSendOnly;
    if (extension.kind != kind || !sent) continue;
    out.header_extensions.push_back({extension.uri, extension.preferred_id, extension.preferred_encrypt});
  }
  for (std::size_t i = 0; i < mapping.encodings.size(); ++i) {
    RtpEncodingParameters encoding =
        i < sender.encodings.size() ? sender.encodings[i] : RtpEncodingParameters{};
    encoding.ssrc = mapping.encodings[i].mapped_ssrc;
    encoding.rtx_ssrc.reset();
    encoding.rid.clear();
    encoding.codec_payload_type.reset();
    out.encodings.push_back(std::move(encoding));
  }
  out.rtcp = {sender.rtcp.cname, true};
  out.msid = sender.msid;
  return out;
}

RtpParameters AnySpeech(std::string cname, Entropy& entropy) {
  RtpParameters sender;
  RtpMapping mapping;
  for (const RtpCodecCapability& codec : RouterRtpCapabilities().codecs) {
    if (codec.kind != MediaKind::kAudio) continue;
    sender.codecs.push_back({codec.mime_type, codec.preferred_payload_type, codec.clock_rate, codec.channels,
                             codec.parameters, codec.rtcp_feedback});
    mapping.codecs.push_back({codec.preferred_payload_type, codec.preferred_payload_type});
  }
  sender.encodings.emplace_back();
  sender.rtcp.cname = std::move(cname);
  mapping.encodings.push_back({{}, {}, {}, RandomSsrc(entropy)});
  return ConsumableParameters(MediaKind::kAudio, sender, RouterRtpCapabilities(), mapping);
}

bool CanConsume(const RtpParameters& consumable, const RtpCapabilities& receiver) {
  for (const RtpCodecParameters& codec : consumable.codecs) {
    if (IsRtx(codec.mime_type)) continue;
    if (FindMatch(receiver, View(codec)) != nullptr) return true;
    // A sender that lists RED first sends RED, and nothing here turns it back into Opus.
    if (CodecOf(codec.mime_type) == Codec::kRed) return false;
  }
  return false;
}

Result<RtpParameters> ConsumerParameters(const RtpParameters& consumable, const RtpCapabilities& receiver,
                                         const ConsumerOptions& options, Entropy& entropy) {
  if (!CanConsume(consumable, receiver)) return Fail("the receiver has none of the sender's codecs");
  RtpParameters out;
  out.mid = options.mid;
  const bool rtx = KeepCodecs(consumable, receiver, options, out);
  for (const RtpHeaderExtensionParameters& extension : consumable.header_extensions) {
    const bool known = std::any_of(
        receiver.header_extensions.begin(), receiver.header_extensions.end(), [&](const auto& candidate) {
          return candidate.preferred_id == extension.id && candidate.uri == extension.uri;
        });
    if (known) out.header_extensions.push_back(extension);
  }
  ReduceFeedback(out);
  RtpEncodingParameters encoding = ConsumerEncoding(consumable.encodings);
  encoding.ssrc = options.ssrc != 0 ? options.ssrc : RandomSsrc(entropy);
  if (rtx) encoding.rtx_ssrc = *encoding.ssrc + 1;
  out.encodings.push_back(std::move(encoding));
  out.rtcp = consumable.rtcp;
  out.msid = consumable.msid;
  return out;
}

const char* ToString(StreamType type) {
  switch (type) {
    case StreamType::kSimple:
      return "simple";
    case StreamType::kSimulcast:
      return "simulcast";
    case StreamType::kSvc:
      break;
  }
  return "svc";
}

StreamType TypeOf(const RtpParameters& sender) {
  if (sender.encodings.size() > 1) return StreamType::kSimulcast;
  if (sender.encodings.empty()) return StreamType::kSimple;
  const auto mode =
      ParseScalabilityMode(sender.encodings.front().scalability_mode).value_or(ScalabilityMode{});
  return mode.spatial_layers > 1 || mode.temporal_layers > 1 ? StreamType::kSvc : StreamType::kSimple;
}

}  // namespace kcs::ortc
