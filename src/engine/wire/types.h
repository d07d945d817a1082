#pragma once

#include <cstdint>

#include "base/strong_type.h"

namespace kcs::wire {

// Synchronisation source of RTP and RTCP (RFC 3550 3). Unique within one transport only.
using Ssrc = StrongType<std::uint32_t, struct SsrcTag>;

enum class MediaKind : std::uint8_t { kAudio, kVideo };

// What the engine knows how to look into; the same numbers as `Codec` of proto/worker.proto.
enum class CodecType : std::uint8_t { kUnknown, kOpus, kRed, kVp8, kVp9, kH264, kAv1 };

}  // namespace kcs::wire
