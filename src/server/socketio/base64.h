#pragma once

#include <optional>
#include <string>
#include <string_view>

// RFC 4648 4, as Engine.IO uses it for binary packets in a polling payload.
namespace kcs::socketio {

void AppendBase64(std::string& out, std::string_view bytes);

// Padding may be missing; nothing when there is any other character or an impossible length.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace kcs::socketio
