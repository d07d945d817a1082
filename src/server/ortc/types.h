#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The objects of ORTC (https://draft.ortc.org, section 9) in the dialect that mediasoup-client speaks, as
// plain values without JSON. "Capabilities" say what an end could do, "parameters" what one stream does.
namespace kcs::ortc {

enum class MediaKind : std::uint8_t { kAudio, kVideo };
const char* ToString(MediaKind kind);  // "audio", "video"

// Format parameters (SDP fmtp) in the order of their names. A parameter that is not of the form name=value
// has the empty name, e.g. RED's {"": "111/111"}.
using ParameterValue = std::variant<std::int64_t, std::string>;
using CodecParameters = std::map<std::string, ParameterValue, std::less<>>;

// The integer under `name`, also when it was written as decimal text; nothing when absent or not a number.
std::optional<std::int64_t> IntParameter(const CodecParameters& parameters, std::string_view name);
// The text under `name`, nothing when absent or an integer.
std::optional<std::string> TextParameter(const CodecParameters& parameters, std::string_view name);

struct RtcpFeedback {
  std::string type;       // "nack", "ccm", "goog-remb", "transport-cc"
  std::string parameter;  // "pli", "fir" or empty

  friend bool operator==(const RtcpFeedback&, const RtcpFeedback&) = default;
};

struct RtpCodecCapability {
  MediaKind kind = MediaKind::kAudio;
  std::string mime_type;  // "video/VP8"; compared without regard to case
  std::uint8_t preferred_payload_type = 0;
  std::uint32_t clock_rate = 0;
  std::uint8_t channels = 0;  // 0 for video
  CodecParameters parameters;
  std::vector<RtcpFeedback> rtcp_feedback;

  friend bool operator==(const RtpCodecCapability&, const RtpCodecCapability&) = default;
};

// From the view of the end whose capabilities these are.
enum class Direction : std::uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };
const char* ToString(Direction direction);  // "sendrecv", ...

struct RtpHeaderExtension {
  MediaKind kind = MediaKind::kAudio;
  std::string uri;
  std::uint8_t preferred_id = 0;
  bool preferred_encrypt = false;
  Direction direction = Direction::kSendRecv;

  friend bool operator==(const RtpHeaderExtension&, const RtpHeaderExtension&) = default;
};

struct RtpCapabilities {
  std::vector<RtpCodecCapability> codecs;
  std::vector<RtpHeaderExtension> header_extensions;

  friend bool operator==(const RtpCapabilities&, const RtpCapabilities&) = default;
};

struct RtpCodecParameters {
  std::string mime_type;
  std::uint8_t payload_type = 0;
  std::uint32_t clock_rate = 0;
  std::uint8_t channels = 0;  // 0 for video
  CodecParameters parameters;
  std::vector<RtcpFeedback> rtcp_feedback;

  friend bool operator==(const RtpCodecParameters&, const RtpCodecParameters&) = default;
};

struct RtpHeaderExtensionParameters {
  std::string uri;
  std::uint8_t id = 0;
  bool encrypt = false;

  friend bool operator==(const RtpHeaderExtensionParameters&, const RtpHeaderExtensionParameters&) = default;
};

struct RtpEncodingParameters {
  std::optional<std::uint32_t> ssrc;
  std::optional<std::uint32_t> rtx_ssrc;
  std::string rid;                                 // empty: none
  std::optional<std::uint8_t> codec_payload_type;  // absent: the first codec
  bool dtx = false;
  std::string scalability_mode;              // empty: none, i.e. L1T1
  std::optional<std::uint32_t> max_bitrate;  // bits per second

  friend bool operator==(const RtpEncodingParameters&, const RtpEncodingParameters&) = default;
};

struct RtcpParameters {
  std::string cname;  // empty: not given
  bool reduced_size = true;

  friend bool operator==(const RtcpParameters&, const RtcpParameters&) = default;
};

struct RtpParameters {
  std::string mid;  // empty: not given
  std::vector<RtpCodecParameters> codecs;
  std::vector<RtpHeaderExtensionParameters> header_extensions;
  std::vector<RtpEncodingParameters> encodings;  // from the lowest to the highest
  RtcpParameters rtcp;
  std::string msid;  // empty: not given

  friend bool operator==(const RtpParameters&, const RtpParameters&) = default;
};

}  // namespace kcs::ortc
