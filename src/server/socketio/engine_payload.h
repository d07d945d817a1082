#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/socketio/engine_frame.h"
#include "server/socketio/engine_packet.h"

// A polling payload (body of a GET's answer or of a POST): packets joined by U+001E.
//
//   4hello\x1e2\x1ebAQIDBA==
namespace kcs::socketio {

// Nobody buffers that many between two requests; bounds what one POST can make us allocate.
inline constexpr std::size_t kMaxPacketsPerPayload = 16'384;

// Nothing when any packet is malformed, or there are too many.
std::optional<std::vector<EnginePacket>> DecodePayload(std::string_view payload);

std::string EncodePayload(std::span<const EngineFrame> frames);

}  // namespace kcs::socketio
