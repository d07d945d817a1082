#include "server/ortc/scalability_mode.h"

namespace kcs::ortc {
namespace {

// One or two digits without a leading zero, at least 1.
std::optional<std::uint8_t> TakeCount(std::string_view& text) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 2 && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + static_cast<unsigned>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0 || text[0] == '0') return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<std::uint8_t>(value);
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<ScalabilityMode> ParseScalabilityMode(std::string_view text) {
  ScalabilityMode mode;
  if (text.empty()) return mode;
  if (TakePrefix(text, "S")) {
    mode.simulcast = true;
  } else if (!TakePrefix(text, "L")) {
    return std::nullopt;
  }
  const auto spatial = TakeCount(text);
  if (!spatial || !TakePrefix(text, "T")) return std::nullopt;
  const auto temporal = TakeCount(text);
  if (!temporal) return std::nullopt;
  mode.spatial_layers = *spatial;
  mode.temporal_layers = *temporal;
  TakePrefix(text, "h");  // 1.5:1 between layers instead of 2:1; the layers are the same to us
  if (TakePrefix(text, "_KEY")) {
    mode.key_frames = true;
    mode.key_shift = TakePrefix(text, "_SHIFT");
  }
  if (!text.empty()) return std::nullopt;
  return mode;
}

}  // namespace kcs::ortc
