#pragma once

#include <cstdint>
#include <optional>

#include "server/ortc/types.h"

namespace kcs::ortc {

// The payload type of the primary encoding, from RED's format parameters (RFC 2198 5: "a=fmtp:63 111/111").
// There is no name=value in it; SDP libraries make {"": "111/111"}, {"111/111": ""} or a null of it, and JSON
// drops the latter.
std::optional<std::uint8_t> RedPrimaryPayloadType(const CodecParameters& parameters);

}  // namespace kcs::ortc
