#include "server/ortc/capabilities.h"

#include <array>
#include <initializer_list>
#include <string>
#include <utility>

#include "base/check.h"
#include "server/ortc/header_extensions.h"

namespace kcs::ortc {
namespace {

constexpr std::uint32_t kVideoClock = 90000;
constexpr std::uint32_t kOpusClock = 48000;

// Dynamic payload types in the order in which they are given away: 100...126, then 96...99. 127 is the
// probator's.
class PayloadTypes {
 public:
  std::uint8_t Next() {
    KCS_CHECK(next_ != 100 || !wrapped_);
    const std::uint8_t value = next_++;
    if (next_ == kProbatorPayloadType) {
      next_ = 96;
      wrapped_ = true;
    }
    return value;
  }

 private:
  std::uint8_t next_ = 100;
  bool wrapped_ = false;
};

std::vector<RtcpFeedback> VideoFeedback() {
  return {{"nack", ""}, {"nack", "pli"}, {"ccm", "fir"}, {"goog-remb", ""}, {"transport-cc", ""}};
}

void AddAudio(RtpCapabilities& out, PayloadTypes& payload_types) {
  RtpCodecCapability opus;
  opus.kind = MediaKind::kAudio;
  opus.mime_type = "audio/opus";
  opus.preferred_payload_type = payload_types.Next();
  opus.clock_rate = kOpusClock;
  opus.channels = 2;
  // A client's answer to itself is made from these: without useinbandfec=1 a browser sends no in-band FEC.
  opus.parameters = {{"minptime", 10}, {"useinbandfec", 1}};
  opus.rtcp_feedback = {{"nack", ""}, {"transport-cc", ""}};

  RtpCodecCapability red;
  red.kind = MediaKind::kAudio;
  red.mime_type = "audio/red";
  red.preferred_payload_type = payload_types.Next();
  red.clock_rate = kOpusClock;
  red.channels = 2;
  // RFC 2198 5: "a=fmtp:<red> <primary>/<secondary>", without a name.
  const std::string primary = std::to_string(opus.preferred_payload_type);
  red.parameters = {{"", primary + "/" + primary}};
  red.rtcp_feedback = {{"transport-cc", ""}};

  out.codecs.push_back(std::move(opus));
  out.codecs.push_back(std::move(red));
}

void AddVideo(RtpCapabilities& out, PayloadTypes& payload_types, std::string mime_type,
              CodecParameters parameters) {
  RtpCodecCapability codec;
  codec.kind = MediaKind::kVideo;
  codec.mime_type = std::move(mime_type);
  codec.preferred_payload_type = payload_types.Next();
  codec.clock_rate = kVideoClock;
  codec.parameters = std::move(parameters);
  codec.rtcp_feedback = VideoFeedback();

  RtpCodecCapability rtx;
  rtx.kind = MediaKind::kVideo;
  rtx.mime_type = "video/rtx";
  rtx.preferred_payload_type = payload_types.Next();
  rtx.clock_rate = kVideoClock;
  rtx.parameters = {{"apt", codec.preferred_payload_type}};  // RFC 4588 8.1

  out.codecs.push_back(std::move(codec));
  out.codecs.push_back(std::move(rtx));
}

void AddExtensions(RtpCapabilities& out, MediaKind kind, Direction direction,
                   std::initializer_list<Extension> extensions) {
  for (const Extension extension : extensions) {
    out.header_extensions.push_back(
        {kind, std::string(Uri(extension)), static_cast<std::uint8_t>(extension), false, direction});
  }
}

RtpCapabilities Make() {
  RtpCapabilities out;
  PayloadTypes payload_types;
  AddAudio(out, payload_types);
  AddVideo(out, payload_types, "video/VP8", {});
  AddVideo(out, payload_types, "video/VP9", {{"profile-id", 0}});
  AddVideo(out, payload_types, "video/VP9", {{"profile-id", 2}});
  // Constrained baseline first: the one profile that every browser has. Level 3.1.
  for (const char* profile : {"42e01f", "42001f", "4d001f", "64001f"}) {
    for (const int mode : {1, 0}) {
      AddVideo(out, payload_types, "video/H264",
               {{"level-asymmetry-allowed", 1}, {"packetization-mode", mode}, {"profile-level-id", profile}});
    }
  }
  AddVideo(out, payload_types, "video/AV1", {{"profile", 0}});

  // Directions are the router's: what is "recvonly" is read here and not passed on.
  using enum Extension;
  AddExtensions(out, MediaKind::kAudio, Direction::kSendRecv, {kMid, kAbsSendTime});
  // Receivers estimate from video; audio packets are not numbered towards them, so that their loss does not
  // look like congestion of a path that carries nothing else.
  AddExtensions(out, MediaKind::kAudio, Direction::kRecvOnly, {kTransportWideCc});
  AddExtensions(out, MediaKind::kAudio, Direction::kSendRecv, {kAudioLevel, kAbsCaptureTime});
  AddExtensions(out, MediaKind::kVideo, Direction::kSendRecv, {kMid});
  AddExtensions(out, MediaKind::kVideo, Direction::kRecvOnly, {kRid, kRepairedRid});
  // The dependency descriptor goes to receivers too: Chromium decodes AV1 with several spatial layers only
  // with it.
  AddExtensions(out, MediaKind::kVideo, Direction::kSendRecv,
                {kAbsSendTime, kTransportWideCc, kDependencyDescriptor, kVideoOrientation, kToffset,
                 kAbsCaptureTime, kPlayoutDelay});
  // Read here only: what it tells of layers is not true any more of a stream that has lost some.
  AddExtensions(out, MediaKind::kVideo, Direction::kRecvOnly, {kFrameMarking});
  return out;
}

}  // namespace

const RtpCapabilities& RouterRtpCapabilities() {
  static const RtpCapabilities capabilities = Make();
  return capabilities;
}

}  // namespace kcs::ortc
