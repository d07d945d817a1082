#include "server/ortc/codec_match.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/ortc/h264_profile.h"

namespace kcs::ortc {
namespace {

constexpr std::array<std::pair<std::string_view, Codec>, 8> kCodecs{{
    {"audio/opus", Codec::kOpus},
    {"audio/red", Codec::kRed},
    {"video/vp8", Codec::kVp8},
    {"video/vp9", Codec::kVp9},
    {"video/h264", Codec::kH264},
    {"video/av1", Codec::kAv1},
    {"video/rtx", Codec::kRtx},
    {"audio/rtx", Codec::kRtx},
}};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameNumber(const CodecView& a, const CodecView& b, std::string_view name) {
  return IntParameter(*a.parameters, name).value_or(0) == IntParameter(*b.parameters, name).value_or(0);
}

bool SameH264(const CodecView& a, const CodecView& b) {
  if (!SameNumber(a, b, "packetization-mode")) return false;  // RFC 6184 8.1: absent is 0
  const auto x = H264ProfileLevelOf(*a.parameters);
  const auto y = H264ProfileLevelOf(*b.parameters);
  return x && y && x->profile == y->profile;
}

}  // namespace

Codec CodecOf(std::string_view mime_type) {
  for (const auto& [name, codec] : kCodecs) {
    if (SameMimeType(name, mime_type)) return codec;
  }
  return Codec::kUnknown;
}

bool IsRtx(std::string_view mime_type) { return CodecOf(mime_type) == Codec::kRtx; }

bool SameMimeType(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

CodecView View(const RtpCodecCapability& codec) {
  return {codec.mime_type, codec.clock_rate, codec.channels, &codec.parameters};
}

CodecView View(const RtpCodecParameters& codec) {
  return {codec.mime_type, codec.clock_rate, codec.channels, &codec.parameters};
}

bool Matches(const CodecView& a, const CodecView& b) {
  if (!SameMimeType(a.mime_type, b.mime_type)) return false;
  if (a.clock_rate != b.clock_rate || a.channels != b.channels) return false;
  switch (CodecOf(a.mime_type)) {
    case Codec::kH264:
      return SameH264(a, b);
    case Codec::kVp9:
      return SameNumber(a, b, "profile-id");  // RFC 9628 6: absent is 0
    case Codec::kAv1:
      return SameNumber(a, b, "profile");  // AV1 RTP specification 7.2.1: absent is 0
    default:
      return true;
  }
}

}  // namespace kcs::ortc
