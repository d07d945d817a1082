#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/meeting/error.h"

namespace kcs::signaling {

// Reads the fields of one payload. What is missing, of a wrong type or out of bounds gives an empty value and
// makes the reader fail for good with the first fault, so that a parser may read everything and ask once. An
// optional field may also be null.
class Fields {
 public:
  // `payload` must outlive this. Fails at once when it is no object.
  explicit Fields(const boost::json::value& payload);

  bool ok() const { return !fault_.has_value(); }
  // Only after a failure.
  meeting::Error error() const;
  void Fault(std::string_view name, std::string_view what);

  // 1...max characters (code points).
  std::string Text(std::string_view name, std::size_t max);
  std::optional<std::string> OptionalText(std::string_view name, std::size_t max);
  bool Bool(std::string_view name);
  std::optional<bool> OptionalBool(std::string_view name);
  std::uint32_t Integer(std::string_view name, std::uint32_t min, std::uint32_t max);
  std::optional<std::uint32_t> OptionalInteger(std::string_view name, std::uint32_t min, std::uint32_t max);
  // A value that somebody else parses; null after a failure, and ValueOrNull's also when it is missing.
  const boost::json::value& Value(std::string_view name);
  const boost::json::value& ValueOrNull(std::string_view name);

 private:
  const boost::json::value* Find(std::string_view name, bool required);

  const boost::json::object* object_ = nullptr;
  std::optional<std::string> fault_;
};

// Code points of UTF-8 text.
std::size_t CountCharacters(std::string_view utf8);

}  // namespace kcs::signaling
