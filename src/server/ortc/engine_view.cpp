#include "server/ortc/engine_view.h"

#include <algorithm>

#include "server/ortc/scalability_mode.h"

namespace kcs::ortc {
namespace {

EngineFeedback FeedbackOf(const std::vector<RtcpFeedback>& feedback,
                          const std::vector<EngineExtension>& extensions) {
  const auto has = [&](const char* type, const char* parameter) {
    return std::find(feedback.begin(), feedback.end(), RtcpFeedback{type, parameter}) != feedback.end();
  };
  const auto numbered = [&](Extension extension) {
    return std::any_of(extensions.begin(), extensions.end(),
                       [&](const EngineExtension& e) { return e.extension == extension; });
  };
  EngineFeedback out;
  out.nack = has("nack", "");
  out.pli = has("nack", "pli");
  out.fir = has("ccm", "fir");
  // Feedback about arrival times needs the extension it is about; one kind at a time.
  out.transport_cc = has("transport-cc", "") && numbered(Extension::kTransportWideCc);
  out.remb = has("goog-remb", "") && numbered(Extension::kAbsSendTime) && !out.transport_cc;
  return out;
}

std::vector<EngineExtension> ExtensionsOf(const std::vector<RtpHeaderExtensionParameters>& extensions) {
  std::vector<EngineExtension> out;
  for (const auto& extension : extensions) {
    const Extension known = ExtensionOf(extension.uri);
    if (known != Extension::kUnknown && !extension.encrypt) out.push_back({known, extension.id});
  }
  return out;
}

// The payload type of the RTX codec for `payload_type`; 0 when there is none.
std::uint8_t RtxFor(const std::vector<RtpCodecParameters>& codecs, std::uint8_t payload_type) {
  for (const auto& codec : codecs) {
    if (IsRtx(codec.mime_type) && IntParameter(codec.parameters, "apt") == payload_type)
      return codec.payload_type;
  }
  return 0;
}

EngineEncoding EncodingOf(const RtpEncodingParameters& encoding) {
  const auto mode = ParseScalabilityMode(encoding.scalability_mode).value_or(ScalabilityMode{});
  EngineEncoding out;
  out.ssrc = encoding.ssrc.value_or(0);
  out.rtx_ssrc = encoding.rtx_ssrc.value_or(0);
  out.rid = encoding.rid;
  out.spatial_layers = mode.spatial_layers;
  out.temporal_layers = mode.temporal_layers;
  out.dtx = encoding.dtx;
  out.max_bitrate = encoding.max_bitrate.value_or(0);
  return out;
}

}  // namespace

EngineProducer ForEngine(MediaKind kind, const RtpParameters& sender, const RtpMapping& mapping) {
  EngineProducer out;
  out.kind = kind;
  out.mid = sender.mid;
  out.extensions = ExtensionsOf(sender.header_extensions);
  for (const RtpCodecParameters& codec : sender.codecs) {
    if (IsRtx(codec.mime_type)) continue;
    EngineProducerCodec engine;
    engine.codec = CodecOf(codec.mime_type);
    engine.clock_rate = codec.clock_rate;
    engine.payload_type = codec.payload_type;
    engine.rtx_payload_type = RtxFor(sender.codecs, codec.payload_type);
    engine.router_payload_type = mapping.RouterPayloadType(codec.payload_type);
    if (engine.rtx_payload_type != 0) {
      engine.router_rtx_payload_type = mapping.RouterPayloadType(engine.rtx_payload_type);
    }
    engine.feedback = FeedbackOf(codec.rtcp_feedback, out.extensions);
    out.codecs.push_back(engine);
  }
  for (const auto& encoding : sender.encodings) out.encodings.push_back(EncodingOf(encoding));
  if (out.encodings.empty()) out.encodings.emplace_back();
  return out;
}

EngineConsumer ForEngine(const RtpParameters& consumer) {
  EngineConsumer out;
  out.mid = consumer.mid;
  out.extensions = ExtensionsOf(consumer.header_extensions);
  if (!consumer.encodings.empty()) {
    out.ssrc = consumer.encodings.front().ssrc.value_or(0);
    out.rtx_ssrc = consumer.encodings.front().rtx_ssrc.value_or(0);
  }
  for (const RtpCodecParameters& codec : consumer.codecs) {
    if (IsRtx(codec.mime_type)) continue;
    out.codecs.push_back({codec.payload_type, RtxFor(consumer.codecs, codec.payload_type),
                          FeedbackOf(codec.rtcp_feedback, out.extensions)});
  }
  out.cname = consumer.rtcp.cname;
  return out;
}

}  // namespace kcs::ortc
