#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kcs::socketio {

// Replaces each escaped UTF-16 surrogate of a JSON text that has no partner ("\ud83d" alone) by U+FFFD, as
// decoders of UTF-8 do. Nothing when there is none to replace.
std::optional<std::string> RepairSurrogates(std::string_view json);

}  // namespace kcs::socketio
