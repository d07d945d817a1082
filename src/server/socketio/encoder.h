#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/socketio/arguments.h"
#include "server/socketio/engine_frame.h"
#include "server/socketio/packet.h"

// Packets as frames, encoded once and sent to any number of sessions.
namespace kcs::socketio {

using Frames = std::vector<EngineFrame>;

// EVENT, or BINARY_EVENT and its attachments.
Frames EncodeEvent(std::string_view nsp, std::optional<std::uint64_t> id, std::string_view event,
                   const Arguments& arguments);
// ACK, or BINARY_ACK and its attachments.
Frames EncodeAck(std::string_view nsp, std::uint64_t id, const Arguments& arguments);
EngineFrame EncodeControl(const Packet& packet);

}  // namespace kcs::socketio
