#pragma once

#include <cstddef>

#include "base/result.h"
#include "server/ortc/types.h"

// Whether values that a client sent make sense by themselves, whatever we support. Everything is bounded. The
// error is one sentence that begins with the field, e.g. "codecs[1].parameters.apt refers to no codec".
namespace kcs::ortc {

inline constexpr std::size_t kMaxCodecs = 64;
inline constexpr std::size_t kMaxHeaderExtensions = 32;
inline constexpr std::size_t kMaxEncodings = 8;
inline constexpr std::size_t kMaxFeedbacks = 16;
inline constexpr std::size_t kMaxFormatParameters = 32;
inline constexpr std::size_t kMaxMimeType = 64;
inline constexpr std::size_t kMaxParameterText = 256;  // of a name, and of a value
inline constexpr std::size_t kMaxUri = 256;
inline constexpr std::size_t kMaxMid = 32;  // RFC 9143 sets no bound
inline constexpr std::size_t kMaxRid =
    32;  // RFC 8851 sets no bound; RFC 8852 sends at most 16 bytes one-byte form
inline constexpr std::size_t kMaxCname = 255;  // RFC 3550 6.5: the length of an SDES item is one octet
inline constexpr std::size_t kMaxMsid = 256;
inline constexpr std::size_t kMaxScalabilityMode = 16;

Result<void> ValidateRtpCapabilities(const RtpCapabilities& capabilities);
// Of one stream of `kind`, as a sender declares it.
Result<void> ValidateRtpParameters(MediaKind kind, const RtpParameters& parameters);

}  // namespace kcs::ortc
