#include "server/ortc/json.h"

#include <boost/json.hpp>
#include <utility>

#include "server/ortc/codec_match.h"
#include "server/ortc/json_read.h"

namespace kcs::ortc {
namespace {

namespace json = boost::json;

constexpr std::uint8_t kMaxPayloadType = 127;

// "a missing channels means one" holds for audio only.
std::uint8_t ReadChannels(const JsonObject& object, std::string_view mime_type) {
  if (!SameMimeType(mime_type.substr(0, 6), "audio/")) return 0;
  return object.Optional<std::uint8_t>("channels", 1).value_or(1);
}

CodecParameters ReadFormat(const JsonObject& parent) {
  CodecParameters out;
  const json::value* value = parent.Find("parameters");
  if (value == nullptr) return out;
  const JsonObject object(*value, parent.PathOf("parameters"), parent.errors());
  object.Members([&](std::string_view name, const json::value& member) {
    if (const auto number = AsInteger(member)) {
      out.emplace(name, *number);
    } else if (const auto* text = member.if_string()) {
      out.emplace(name, std::string(*text));
    } else if (member.is_null()) {
      out.emplace(name, std::string());  // what has a name and no value in SDP
    } else {
      object.errors().Add(object.PathOf(name.substr(0, 64)), "neither an integer nor a string");
    }
  });
  return out;
}

std::vector<RtcpFeedback> ReadFeedback(const JsonObject& parent) {
  std::vector<RtcpFeedback> out;
  parent.List("rtcpFeedback", false, [&](const json::value& value, const std::string& path) {
    const JsonObject object(value, path, parent.errors());
    out.push_back({object.Text("type", true), object.Text("parameter", false)});
  });
  return out;
}

MediaKind ReadKind(const JsonObject& object, std::string_view text) {
  if (text == "audio") return MediaKind::kAudio;
  if (text != "video") object.errors().Add(object.PathOf("kind"), "neither audio nor video");
  return MediaKind::kVideo;
}

Direction ReadDirection(const JsonObject& object) {
  const std::string text = object.Text("direction", false);
  if (text.empty() || text == "sendrecv") return Direction::kSendRecv;
  if (text == "sendonly") return Direction::kSendOnly;
  if (text == "recvonly") return Direction::kRecvOnly;
  if (text != "inactive") {
    object.errors().Add(object.PathOf("direction"), "none of sendrecv, sendonly, recvonly, inactive");
  }
  return Direction::kInactive;
}

// What capabilities and parameters of a codec have in common.
template <typename Codec>
void ReadCodecFormat(const JsonObject& object, Codec& out) {
  out.clock_rate = object.Required<std::uint32_t>("clockRate", 1);
  out.channels = ReadChannels(object, out.mime_type);
  out.parameters = ReadFormat(object);
  out.rtcp_feedback = ReadFeedback(object);
}

RtpCodecCapability ReadCapability(const JsonObject& object) {
  RtpCodecCapability out;
  out.mime_type = object.Text("mimeType", true);
  // The kind is also the first half of the MIME type, and a client need not say it twice.
  const std::string kind = object.Text("kind", false);
  out.kind = ReadKind(object, kind.empty() ? std::string_view(out.mime_type).substr(0, 5) : kind);
  out.preferred_payload_type = object.Required<std::uint8_t>("preferredPayloadType", 0, kMaxPayloadType);
  ReadCodecFormat(object, out);
  return out;
}

RtpHeaderExtension ReadExtension(const JsonObject& object) {
  RtpHeaderExtension out;
  out.kind = ReadKind(object, object.Text("kind", true));
  out.uri = object.Text("uri", true);
  out.preferred_id = object.Required<std::uint8_t>("preferredId", 1);
  out.preferred_encrypt = object.Boolean("preferredEncrypt", false);
  out.direction = ReadDirection(object);
  return out;
}

RtpCodecParameters ReadCodec(const JsonObject& object) {
  RtpCodecParameters out;
  out.mime_type = object.Text("mimeType", true);
  out.payload_type = object.Required<std::uint8_t>("payloadType", 0, kMaxPayloadType);
  ReadCodecFormat(object, out);
  return out;
}

RtpEncodingParameters ReadEncoding(const JsonObject& object) {
  RtpEncodingParameters out;
  out.ssrc = object.Optional<std::uint32_t>("ssrc", 1);
  if (const json::value* rtx = object.Find("rtx")) {
    out.rtx_ssrc = JsonObject(*rtx, object.PathOf("rtx"), object.errors()).Required<std::uint32_t>("ssrc", 1);
  }
  out.rid = object.Text("rid", false);
  out.codec_payload_type = object.Optional<std::uint8_t>("codecPayloadType", 0, kMaxPayloadType);
  out.dtx = object.Boolean("dtx", false);
  out.scalability_mode = object.Text("scalabilityMode", false);
  out.max_bitrate = object.Optional<std::uint32_t>("maxBitrate", 0);
  return out;
}

json::object FormatToJson(const CodecParameters& parameters) {
  json::object out;
  for (const auto& [name, value] : parameters) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      out[name] = *number;
    } else {
      out[name] = std::get<std::string>(value);
    }
  }
  return out;
}

json::array FeedbackToJson(const std::vector<RtcpFeedback>& feedback) {
  json::array out;
  for (const RtcpFeedback& item : feedback)
    out.push_back({{"type", item.type}, {"parameter", item.parameter}});
  return out;
}

json::object CodecToJson(const RtpCodecParameters& codec) {
  json::object out{{"mimeType", codec.mime_type}, {"payloadType", codec.payload_type}};
  out["clockRate"] = codec.clock_rate;
  if (codec.channels > 0) out["channels"] = codec.channels;
  out["parameters"] = FormatToJson(codec.parameters);
  out["rtcpFeedback"] = FeedbackToJson(codec.rtcp_feedback);
  return out;
}

json::object EncodingToJson(const RtpEncodingParameters& encoding) {
  json::object out;
  if (encoding.ssrc) out["ssrc"] = *encoding.ssrc;
  if (encoding.rtx_ssrc) out["rtx"] = json::object{{"ssrc", *encoding.rtx_ssrc}};
  if (!encoding.rid.empty()) out["rid"] = encoding.rid;
  if (encoding.codec_payload_type) out["codecPayloadType"] = *encoding.codec_payload_type;
  if (encoding.dtx) out["dtx"] = true;
  if (!encoding.scalability_mode.empty()) out["scalabilityMode"] = encoding.scalability_mode;
  if (encoding.max_bitrate) out["maxBitrate"] = *encoding.max_bitrate;
  return out;
}

}  // namespace

Result<RtpCapabilities> ParseRtpCapabilities(const json::value& value) {
  JsonErrors errors;
  RtpCapabilities out;
  const JsonObject object(value, "", errors);
  object.List("codecs", false, [&](const json::value& item, const std::string& path) {
    out.codecs.push_back(ReadCapability(JsonObject(item, path, errors)));
  });
  object.List("headerExtensions", false, [&](const json::value& item, const std::string& path) {
    out.header_extensions.push_back(ReadExtension(JsonObject(item, path, errors)));
  });
  if (!errors.ok()) return Fail(errors.error());
  return out;
}

Result<RtpParameters> ParseRtpParameters(const json::value& value) {
  JsonErrors errors;
  RtpParameters out;
  const JsonObject object(value, "", errors);
  out.mid = object.Text("mid", false);
  out.msid = object.Text("msid", false);
  object.List("codecs", true, [&](const json::value& item, const std::string& path) {
    out.codecs.push_back(ReadCodec(JsonObject(item, path, errors)));
  });
  object.List("headerExtensions", false, [&](const json::value& item, const std::string& path) {
    const JsonObject extension(item, path, errors);
    out.header_extensions.push_back({extension.Text("uri", true), extension.Required<std::uint8_t>("id", 1),
                                     extension.Boolean("encrypt", false)});
  });
  object.List("encodings", false, [&](const json::value& item, const std::string& path) {
    out.encodings.push_back(ReadEncoding(JsonObject(item, path, errors)));
  });
  if (const json::value* rtcp = object.Find("rtcp")) {
    const JsonObject fields(*rtcp, "rtcp", errors);
    out.rtcp.cname = fields.Text("cname", false);
    out.rtcp.reduced_size = fields.Boolean("reducedSize", true);
  }
  if (!errors.ok()) return Fail(errors.error());
  return out;
}

json::value ToJson(const RtpCapabilities& capabilities) {
  json::array codecs;
  for (const RtpCodecCapability& codec : capabilities.codecs) {
    json::object out{{"kind", ToString(codec.kind)}, {"mimeType", codec.mime_type}};
    out["preferredPayloadType"] = codec.preferred_payload_type;
    out["clockRate"] = codec.clock_rate;
    if (codec.channels > 0) out["channels"] = codec.channels;
    out["parameters"] = FormatToJson(codec.parameters);
    out["rtcpFeedback"] = FeedbackToJson(codec.rtcp_feedback);
    codecs.push_back(std::move(out));
  }
  json::array extensions;
  for (const RtpHeaderExtension& extension : capabilities.header_extensions) {
    extensions.push_back({{"kind", ToString(extension.kind)},
                          {"uri", extension.uri},
                          {"preferredId", extension.preferred_id},
                          {"preferredEncrypt", extension.preferred_encrypt},
                          {"direction", ToString(extension.direction)}});
  }
  return json::object{{"codecs", std::move(codecs)}, {"headerExtensions", std::move(extensions)}};
}

json::value ToJson(const RtpParameters& parameters) {
  json::object out;
  if (!parameters.mid.empty()) out["mid"] = parameters.mid;
  json::array codecs;
  for (const RtpCodecParameters& codec : parameters.codecs) codecs.push_back(CodecToJson(codec));
  out["codecs"] = std::move(codecs);
  json::array extensions;
  for (const RtpHeaderExtensionParameters& extension : parameters.header_extensions) {
    extensions.push_back({{"uri", extension.uri},
                          {"id", extension.id},
                          {"encrypt", extension.encrypt},
                          {"parameters", json::object()}});
  }
  out["headerExtensions"] = std::move(extensions);
  json::array encodings;
  for (const RtpEncodingParameters& encoding : parameters.encodings)
    encodings.push_back(EncodingToJson(encoding));
  out["encodings"] = std::move(encodings);
  json::object rtcp{{"reducedSize", parameters.rtcp.reduced_size}};
  if (!parameters.rtcp.cname.empty()) rtcp["cname"] = parameters.rtcp.cname;
  out["rtcp"] = std::move(rtcp);
  if (!parameters.msid.empty()) out["msid"] = parameters.msid;
  return out;
}

}  // namespace kcs::ortc
