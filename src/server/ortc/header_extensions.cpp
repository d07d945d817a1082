#include "server/ortc/header_extensions.h"

#include <array>
#include <utility>

namespace kcs::ortc {
namespace {

constexpr std::array<std::pair<Extension, std::string_view>, 12> kUris{{
    {Extension::kMid, "urn:ietf:params:rtp-hdrext:sdes:mid"},
    {Extension::kRid, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"},
    {Extension::kRepairedRid, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"},
    {Extension::kAbsSendTime, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"},
    {Extension::kTransportWideCc,
     "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"},
    {Extension::kAudioLevel, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"},
    {Extension::kDependencyDescriptor,
     "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"},
    {Extension::kVideoOrientation, "urn:3gpp:video-orientation"},
    {Extension::kToffset, "urn:ietf:params:rtp-hdrext:toffset"},
    {Extension::kAbsCaptureTime, "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"},
    {Extension::kPlayoutDelay, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"},
    {Extension::kFrameMarking, "urn:ietf:params:rtp-hdrext:framemarking"},
}};

}  // namespace

std::string_view Uri(Extension extension) {
  for (const auto& [known, uri] : kUris) {
    if (known == extension) return uri;
  }
  return {};
}

Extension ExtensionOf(std::string_view uri) {
  for (const auto& [extension, known] : kUris) {
    if (known == uri) return extension;
  }
  return Extension::kUnknown;
}

}  // namespace kcs::ortc
