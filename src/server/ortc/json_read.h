#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

// Reading fields of a JSON object, for json.cpp only. The first error is kept, with the path of the field;
// after it every further read does nothing.
namespace kcs::ortc {

class JsonErrors {
 public:
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  void Add(const std::string& path, std::string_view what) {
    if (error_.empty()) error_ = path + ": " + std::string(what);
  }

 private:
  std::string error_;
};

inline constexpr std::size_t kMaxJsonList = 256;

// An integer, also written as 48000.0.
inline std::optional<std::int64_t> AsInteger(const boost::json::value& value) {
  if (const auto* i = value.if_int64()) return *i;
  if (const auto* u = value.if_uint64()) {
    if (*u > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    return static_cast<std::int64_t>(*u);
  }
  const auto* d = value.if_double();
  // Within 2^53 every whole double is an exact integer.
  if (d == nullptr || std::abs(*d) > 9007199254740992.0 || std::trunc(*d) != *d) return std::nullopt;
  return static_cast<std::int64_t>(*d);
}

class JsonObject {
 public:
  JsonObject(const boost::json::value& value, std::string path, JsonErrors& errors)
      : object_(value.if_object()), path_(std::move(path)), errors_(errors) {
    if (object_ == nullptr) errors_.Add(path_.empty() ? "the value" : path_, "not an object");
  }

  std::string PathOf(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }
  JsonErrors& errors() const { return errors_; }

  // The field, or null when it is absent or null.
  const boost::json::value* Find(std::string_view name) const {
    if (object_ == nullptr) return nullptr;
    const boost::json::value* value = object_->if_contains(name);
    return value != nullptr && value->is_null() ? nullptr : value;
  }

  std::string Text(std::string_view name, bool required) const {
    const boost::json::value* value = Find(name);
    if (value == nullptr) {
      if (required) errors_.Add(PathOf(name), "missing");
      return {};
    }
    if (const auto* text = value->if_string()) return std::string(*text);
    errors_.Add(PathOf(name), "not a string");
    return {};
  }

  bool Boolean(std::string_view name, bool fallback) const {
    const boost::json::value* value = Find(name);
    if (value == nullptr) return fallback;
    if (const auto* b = value->if_bool()) return *b;
    errors_.Add(PathOf(name), "not a boolean");
    return fallback;
  }

  template <typename Integer>
  std::optional<Integer> Optional(std::string_view name, Integer min,
                                  Integer max = std::numeric_limits<Integer>::max()) const {
    const boost::json::value* value = Find(name);
    if (value == nullptr) return std::nullopt;
    const auto number = AsInteger(*value);
    if (number && *number >= std::int64_t{min} && *number <= std::int64_t{max}) {
      return static_cast<Integer>(*number);
    }
    errors_.Add(PathOf(name), "not an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }

  template <typename Integer>
  Integer Required(std::string_view name, Integer min,
                   Integer max = std::numeric_limits<Integer>::max()) const {
    if (Find(name) == nullptr) errors_.Add(PathOf(name), "missing");
    return Optional<Integer>(name, min, max).value_or(Integer{});
  }

  // Calls read(value, path) for each element of an array; an absent field is an empty one.
  template <typename Read>
  void List(std::string_view name, bool required, Read read) const {
    const boost::json::value* value = Find(name);
    if (value == nullptr) {
      if (required) errors_.Add(PathOf(name), "missing");
      return;
    }
    const auto* list = value->if_array();
    if (list == nullptr) return errors_.Add(PathOf(name), "not an array");
    if (list->size() > kMaxJsonList) return errors_.Add(PathOf(name), "too long");
    for (std::size_t i = 0; i < list->size() && errors_.ok(); ++i) {
      read((*list)[i], PathOf(name) + "[" + std::to_string(i) + "]");
    }
  }

  template <typename Read>
  void Members(Read read) const {
    if (object_ == nullptr) return;
    if (object_->size() > kMaxJsonList) return errors_.Add(path_, "too many members");
    for (const auto& [name, value] : *object_) read(std::string_view(name), value);
  }

 private:
  const boost::json::object* object_;
  std::string path_;
  JsonErrors& errors_;
};

}  // namespace kcs::ortc
