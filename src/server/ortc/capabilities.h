#pragma once

#include <cstdint>

#include "server/ortc/types.h"

// What our routers can do. Always the same, so that payload types and extension ids can be relied upon.
namespace kcs::ortc {

// mediasoup-client makes a receiver of its own for bandwidth probation with this payload type, SSRC and MID
// after the first video consumer; nothing else may use them.
inline constexpr std::uint8_t kProbatorPayloadType = 127;
inline constexpr std::uint32_t kProbatorSsrc = 1234;

// Opus and RED, then VP8, VP9 (profiles 0 and 2), H.264 (four profiles, packetization modes 1 and 0) and AV1,
// each video codec followed by its RTX. Thread-safe; the reference stays valid.
const RtpCapabilities& RouterRtpCapabilities();

}  // namespace kcs::ortc
