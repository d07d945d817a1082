#include "server/socketio/surrogates.h"

#include <charconv>
#include <cstdint>

namespace kcs::socketio {
namespace {

constexpr std::size_t kEscapeSize = 6;  // \uXXXX

// The code unit of the escape at `position`; nothing when there is no complete \uXXXX.
std::optional<std::uint16_t> UnitAt(std::string_view json, std::size_t position) {
  const std::string_view escape = json.substr(position, kEscapeSize);
  if (escape.size() < kEscapeSize || escape[0] != '\\' || escape[1] != 'u') return std::nullopt;
  std::uint16_t unit = 0;
  const auto [end, error] = std::from_chars(escape.data() + 2, escape.data() + kEscapeSize, unit, 16);
  if (error != std::errc() || end != escape.data() + kEscapeSize) return std::nullopt;
  return unit;
}

bool IsHigh(std::uint16_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool IsLow(std::uint16_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

}  // namespace

std::optional<std::string> RepairSurrogates(std::string_view json) {
  std::string out;
  bool changed = false;
  for (std::size_t i = 0; i < json.size();) {
    if (json[i] != '\\' || i + 1 == json.size()) {
      out.push_back(json[i++]);
      continue;
    }
    const std::optional<std::uint16_t> unit = UnitAt(json, i);
    if (!unit) {  // another escape: two characters, the second may be a backslash
      out.append(json.substr(i, 2));
      i += 2;
      continue;
    }
    const std::optional<std::uint16_t> next = UnitAt(json, i + kEscapeSize);
    if (IsHigh(*unit) && next && IsLow(*next)) {
      out.append(json.substr(i, 2 * kEscapeSize));
      i += 2 * kEscapeSize;
      continue;
    }
    const bool lone = IsHigh(*unit) || IsLow(*unit);
    out.append(lone ? std::string_view("\\ufffd") : json.substr(i, kEscapeSize));
    changed = changed || lone;
    i += kEscapeSize;
  }
  if (!changed) return std::nullopt;
  return out;
}

}  // namespace kcs::socketio
