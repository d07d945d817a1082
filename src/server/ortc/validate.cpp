#include "server/ortc/validate.h"

#include <algorithm>
#include <bitset>
#include <set>
#include <string>

#include "server/ortc/codec_match.h"
#include "server/ortc/scalability_mode.h"

namespace kcs::ortc {
namespace {

using Check = Result<void>;

std::string At(std::string_view list, std::size_t index, std::string_view field) {
  std::string text(list);
  text += '[';
  text += std::to_string(index);
  text += ']';
  text += field;
  return text;
}

// Other participants' browsers get some of these texts as part of a session description: a line break in one
// would be a line of their SDP.
bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Check CheckText(const std::string& where, std::string_view text, std::size_t limit) {
  if (text.size() > limit) return Fail(where + " is longer than " + std::to_string(limit) + " characters");
  if (!IsPrintable(text)) return Fail(where + " has characters other than printable ASCII");
  return {};
}

Check CheckToken(const std::string& where, std::string_view text, std::size_t limit) {
  if (auto check = CheckText(where, text, limit); !check) return check;
  if (text.find(' ') != std::string_view::npos) return Fail(where + " contains a space");
  return {};
}

template <typename List>
Check CheckCount(std::string_view where, const List& list, std::size_t limit) {
  if (list.size() <= limit) return {};
  return Fail(std::string(where) + " has more than " + std::to_string(limit) + " entries");
}

struct CodecFields {
  CodecView view;
  std::uint8_t payload_type = 0;
  const std::vector<RtcpFeedback>* feedback = nullptr;
};

Check CheckFormat(const std::string& where, const CodecParameters& parameters) {
  if (auto check = CheckCount(where, parameters, kMaxFormatParameters); !check) return check;
  for (const auto& [name, value] : parameters) {
    if (auto check = CheckToken(where, name, kMaxParameterText); !check) return check;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    std::string of = where;
    of.append(".").append(name);
    if (auto check = CheckText(of, *text, kMaxParameterText); !check) return check;
  }
  return {};
}

Check CheckCodec(std::size_t index, const CodecFields& codec) {
  const auto where = [index](std::string_view field) { return At("codecs", index, field); };
  if (auto check = CheckToken(where(".mimeType"), codec.view.mime_type, kMaxMimeType); !check) return check;
  if (codec.view.clock_rate == 0) return Fail(where(".clockRate is 0"));
  if (auto check = CheckFormat(where(".parameters"), *codec.view.parameters); !check) return check;
  if (auto check = CheckCount(where(".rtcpFeedback"), *codec.feedback, kMaxFeedbacks); !check) return check;
  for (const RtcpFeedback& feedback : *codec.feedback) {
    if (auto check = CheckToken(where(".rtcpFeedback"), feedback.type, kMaxParameterText); !check)
      return check;
    if (feedback.type.empty()) return Fail(where(".rtcpFeedback has an entry without type"));
    if (auto check = CheckText(where(".rtcpFeedback"), feedback.parameter, kMaxParameterText); !check) {
      return check;
    }
  }
  return {};
}

// What concerns all codecs together: payload types are unique, and every RTX belongs to a media codec.
Check CheckCodecs(const std::vector<CodecFields>& codecs) {
  std::bitset<128> seen;
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    if (auto check = CheckCodec(i, codecs[i]); !check) return check;
    if (codecs[i].payload_type > 127) return Fail(At("codecs", i, " has a payload type above 127"));
    if (seen.test(codecs[i].payload_type)) {
      return Fail(At("codecs", i, " has the payload type of another codec, ") +
                  std::to_string(codecs[i].payload_type));
    }
    seen.set(codecs[i].payload_type);
  }
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    if (!IsRtx(codecs[i].view.mime_type)) continue;
    const auto apt = IntParameter(*codecs[i].view.parameters, "apt");
    const bool found = apt && std::any_of(codecs.begin(), codecs.end(), [&](const CodecFields& other) {
                         return other.payload_type == *apt && !IsRtx(other.view.mime_type);
                       });
    if (!found) return Fail(At("codecs", i, ".parameters.apt refers to no codec"));
  }
  return {};
}

bool IsOfKind(std::string_view mime_type, MediaKind kind) {
  const std::string_view prefix = kind == MediaKind::kAudio ? "audio/" : "video/";
  return mime_type.size() > prefix.size() && SameMimeType(mime_type.substr(0, prefix.size()), prefix);
}

// RFC 8285 4.2, 4.3: 0 is padding; 15 is reserved in the one-byte form.
bool IsExtensionId(std::uint8_t id) { return id != 0 && id != 15; }

Check CheckSenderExtensions(const std::vector<RtpHeaderExtensionParameters>& extensions) {
  if (auto check = CheckCount("headerExtensions", extensions, kMaxHeaderExtensions); !check) return check;
  std::set<std::uint8_t> ids;
  std::set<std::string_view> uris;
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    const auto& extension = extensions[i];
    if (auto check = CheckToken(At("headerExtensions", i, ".uri"), extension.uri, kMaxUri); !check)
      return check;
    if (extension.uri.empty()) return Fail(At("headerExtensions", i, ".uri is empty"));
    if (!IsExtensionId(extension.id)) return Fail(At("headerExtensions", i, ".id is 0 or 15"));
    if (!ids.insert(extension.id).second) {
      return Fail(At("headerExtensions", i, " has the id of another extension, ") +
                  std::to_string(extension.id));
    }
    if (!uris.insert(extension.uri).second) {
      return Fail(At("headerExtensions", i, " has the uri of another extension"));
    }
  }
  return {};
}

// RFC 8851 10: rid-id = 1*(alpha-numeric / "-" / "_").
bool IsRid(std::string_view rid) {
  return std::all_of(rid.begin(), rid.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

class EncodingChecker {
 public:
  explicit EncodingChecker(const RtpParameters& parameters) : parameters_(parameters) {}

  Check operator()(std::size_t index) {
    const auto where = [index](std::string_view field) { return At("encodings", index, field); };
    const RtpEncodingParameters& encoding = parameters_.encodings[index];
    for (const auto& ssrc : {encoding.ssrc, encoding.rtx_ssrc}) {
      if (!ssrc) continue;
      if (*ssrc == 0) return Fail(where(".ssrc is 0"));
      if (!ssrcs_.insert(*ssrc).second) return Fail(where(" has an SSRC twice, ") + std::to_string(*ssrc));
    }
    if (encoding.rid.size() > kMaxRid || !IsRid(encoding.rid)) {
      return Fail(where(".rid is not 1 to ") + std::to_string(kMaxRid) + " letters, digits, '-' or '_'");
    }
    if (!encoding.rid.empty() && !rids_.insert(encoding.rid).second) {
      return Fail(where(" has the rid of another encoding"));
    }
    if (parameters_.encodings.size() > 1 && !encoding.ssrc && encoding.rid.empty()) {
      return Fail(where(" has neither ssrc nor rid"));
    }
    if (encoding.scalability_mode.size() > kMaxScalabilityMode ||
        !ParseScalabilityMode(encoding.scalability_mode)) {
      return Fail(where(".scalabilityMode is none"));
    }
    return CheckCodecReference(index);
  }

 private:
  Check CheckCodecReference(std::size_t index) const {
    const auto payload_type = parameters_.encodings[index].codec_payload_type;
    if (!payload_type) return {};
    const bool found = std::any_of(
        parameters_.codecs.begin(), parameters_.codecs.end(),
        [&](const auto& codec) { return codec.payload_type == *payload_type && !IsRtx(codec.mime_type); });
    if (!found) return Fail(At("encodings", index, ".codecPayloadType refers to no codec"));
    return {};
  }

  const RtpParameters& parameters_;
  std::set<std::uint32_t> ssrcs_;
  std::set<std::string_view> rids_;
};

}  // namespace

Result<void> ValidateRtpCapabilities(const RtpCapabilities& capabilities) {
  if (auto check = CheckCount("codecs", capabilities.codecs, kMaxCodecs); !check) return check;
  if (auto check = CheckCount("headerExtensions", capabilities.header_extensions, kMaxHeaderExtensions);
      !check) {
    return check;
  }
  std::vector<CodecFields> codecs;
  for (const auto& codec : capabilities.codecs) {
    codecs.push_back({View(codec), codec.preferred_payload_type, &codec.rtcp_feedback});
    if (!IsOfKind(codec.mime_type, codec.kind)) {
      return Fail(At("codecs", codecs.size() - 1, ".mimeType does not begin with its kind"));
    }
  }
  if (auto check = CheckCodecs(codecs); !check) return check;
  for (std::size_t i = 0; i < capabilities.header_extensions.size(); ++i) {
    const auto& extension = capabilities.header_extensions[i];
    if (auto check = CheckToken(At("headerExtensions", i, ".uri"), extension.uri, kMaxUri); !check)
      return check;
    if (extension.uri.empty()) return Fail(At("headerExtensions", i, ".uri is empty"));
    if (!IsExtensionId(extension.preferred_id)) {
      return Fail(At("headerExtensions", i, ".preferredId is 0 or 15"));
    }
  }
  return {};
}

Result<void> ValidateRtpParameters(MediaKind kind, const RtpParameters& parameters) {
  if (auto check = CheckToken("mid", parameters.mid, kMaxMid); !check) return check;
  if (auto check = CheckText("msid", parameters.msid, kMaxMsid); !check) return check;
  if (auto check = CheckToken("rtcp.cname", parameters.rtcp.cname, kMaxCname); !check) return check;
  if (parameters.codecs.empty()) return Fail("codecs is empty");
  if (auto check = CheckCount("codecs", parameters.codecs, kMaxCodecs); !check) return check;
  std::vector<CodecFields> codecs;
  for (const auto& codec : parameters.codecs) {
    const std::size_t index = codecs.size();
    codecs.push_back({View(codec), codec.payload_type, &codec.rtcp_feedback});
    if (!IsOfKind(codec.mime_type, kind)) {
      return Fail(At("codecs", index, ".mimeType does not begin with ") + ToString(kind) + "/");
    }
    // RFC 5761 4: on one port with RTCP, payload types 64 to 95 look like RTCP packets.
    if (codec.payload_type >= 64 && codec.payload_type <= 95) {
      return Fail(At("codecs", index, ".payloadType is between 64 and 95, which RTCP uses"));
    }
  }
  if (auto check = CheckCodecs(codecs); !check) return check;
  if (IsRtx(parameters.codecs.front().mime_type)) return Fail("codecs[0] is RTX");
  if (auto check = CheckSenderExtensions(parameters.header_extensions); !check) return check;
  if (auto check = CheckCount("encodings", parameters.encodings, kMaxEncodings); !check) return check;
  EncodingChecker check_encoding(parameters);
  for (std::size_t i = 0; i < parameters.encodings.size(); ++i) {
    if (auto check = check_encoding(i); !check) return check;
  }
  return {};
}

}  // namespace kcs::ortc
