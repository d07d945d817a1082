#pragma once

#include <string_view>

#include "server/ortc/types.h"

namespace kcs::ortc {

enum class Codec : std::uint8_t {
  kUnknown = 0,
  kOpus,
  kRed,
  kVp8,
  kVp9,
  kH264,
  kAv1,
  kRtx
};  // up to kAv1 as in proto

Codec CodecOf(std::string_view mime_type);
bool IsRtx(std::string_view mime_type);
bool SameMimeType(std::string_view a, std::string_view b);

// Only what matching needs of a codec, so that capabilities and parameters can be compared with each other.
struct CodecView {
  std::string_view mime_type;
  std::uint32_t clock_rate = 0;
  std::uint8_t channels = 0;
  const CodecParameters* parameters = nullptr;
};
CodecView View(const RtpCodecCapability& codec);
CodecView View(const RtpCodecParameters& codec);

// Whether what one end sends can be what the other receives: name, clock rate, channels, and for H.264
// profile and packetization mode, for VP9 and AV1 the profile.
bool Matches(const CodecView& a, const CodecView& b);

}  // namespace kcs::ortc
