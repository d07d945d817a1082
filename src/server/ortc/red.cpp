#include "server/ortc/red.h"

#include <charconv>

namespace kcs::ortc {
namespace {

std::optional<std::uint8_t> FirstOfList(std::string_view text) {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > 127) return std::nullopt;
  if (end == text.data() + text.size() || *end != '/') return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint8_t> RedPrimaryPayloadType(const CodecParameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (const auto from_name = FirstOfList(name)) return from_name;
    const auto* text = std::get_if<std::string>(&value);
    if (name.empty() && text != nullptr) return FirstOfList(*text);
  }
  return std::nullopt;
}

}  // namespace kcs::ortc
