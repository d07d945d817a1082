#include "server/signaling/fields.h"

#include <algorithm>
#include <boost/json.hpp>

namespace kcs::signaling {

namespace json = boost::json;

std::size_t CountCharacters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Fields::Fields(const json::value& payload) : object_(payload.if_object()) {
  if (object_ == nullptr) fault_ = "not an object";
}

meeting::Error Fields::error() const {
  return {meeting::ErrorCode::kInvalidPayload, fault_.value_or(std::string())};
}

void Fields::Fault(std::string_view name, std::string_view what) {
  if (fault_) return;
  fault_ = std::string(name) + ": " + std::string(what);
}

const json::value* Fields::Find(std::string_view name, bool required) {
  if (!ok()) return nullptr;
  const json::value* const value = object_->if_contains(name);
  if (value != nullptr && !value->is_null()) return value;
  if (required) Fault(name, "missing");
  return nullptr;
}

std::optional<std::string> Fields::OptionalText(std::string_view name, std::size_t max) {
  const json::value* const value = Find(name, false);
  if (value == nullptr) return std::nullopt;
  const json::string* const text = value->if_string();
  if (text == nullptr) {
    Fault(name, "not a string");
    return std::nullopt;
  }
  if (text->empty() || CountCharacters(*text) > max) {
    Fault(name, "not 1 to " + std::to_string(max) + " characters long");
    return std::nullopt;
  }
  return std::string(*text);
}

std::string Fields::Text(std::string_view name, std::size_t max) {
  if (Find(name, true) == nullptr) return {};
  return OptionalText(name, max).value_or(std::string());
}

std::optional<bool> Fields::OptionalBool(std::string_view name) {
  const json::value* const value = Find(name, false);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) {
    Fault(name, "not true or false");
    return std::nullopt;
  }
  return value->get_bool();
}

bool Fields::Bool(std::string_view name) {
  return Find(name, true) != nullptr && OptionalBool(name).value_or(false);
}

std::optional<std::uint32_t> Fields::OptionalInteger(std::string_view name, std::uint32_t min,
                                                     std::uint32_t max) {
  const json::value* const value = Find(name, false);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code failure;
  const auto number = value->to_number<std::int64_t>(failure);
  if (failure || number < std::int64_t{min} || number > std::int64_t{max}) {
    Fault(name, "not an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(number);
}

std::uint32_t Fields::Integer(std::string_view name, std::uint32_t min, std::uint32_t max) {
  if (Find(name, true) == nullptr) return 0;
  return OptionalInteger(name, min, max).value_or(0);
}

const json::value& Fields::Value(std::string_view name) {
  static const json::value kNull;
  const json::value* const value = Find(name, true);
  return value == nullptr ? kNull : *value;
}

const json::value& Fields::ValueOrNull(std::string_view name) {
  static const json::value kNull;
  const json::value* const value = Find(name, false);
  return value == nullptr ? kNull : *value;
}

}  // namespace kcs::signaling
