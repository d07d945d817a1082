#include "server/rest/body.h"

#include <algorithm>
#include <boost/json.hpp>

namespace kcs::rest {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTitle = 200;
constexpr std::size_t kMaxPassword = 1024;
constexpr std::size_t kMaxName = 100;

auto Invalid(std::string message) {
  return Fail(meeting::Error{meeting::ErrorCode::kInvalidPayload, std::move(message)});
}

std::size_t Characters(const json::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Result<json::object, meeting::Error> ParseObject(std::string_view text) {
  boost::system::error_code failure;
  json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) return Invalid("the body is not a JSON object");
  return std::move(value.get_object());
}

// Trims, so that a title of blanks is none.
std::string Trimmed(const json::string& text) {
  std::string_view view = text;
  while (!view.empty() && view.front() == ' ') view.remove_prefix(1);
  while (!view.empty() && view.back() == ' ') view.remove_suffix(1);
  return std::string(view);
}

}  // namespace

Result<MeetingBody, meeting::Error> ParseMeetingBody(std::string_view text, std::uint32_t max_participants) {
  const auto object = ParseObject(text);
  if (!object) return Fail(meeting::Error(object.error()));
  MeetingBody body;
  if (const json::value* title = object->if_contains("meeting_title")) {
    if (!title->is_string()) return Invalid("meeting_title: not a string");
    body.title = Trimmed(title->get_string());
    if (body.title->empty() || Characters(title->get_string()) > kMaxTitle) {
      return Invalid("meeting_title: not 1 to 200 characters long");
    }
  }
  if (const json::value* password = object->if_contains("meeting_password")) {
    if (password->is_null() || (password->is_string() && password->get_string().empty())) {
      body.password = std::optional<std::string>();
    } else if (!password->is_string() || password->get_string().size() > kMaxPassword) {
      return Invalid("meeting_password: not a string of at most 1024 bytes");
    } else {
      body.password = std::optional<std::string>(password->get_string());
    }
  }
  if (const json::value* limit = object->if_contains("max_participants")) {
    boost::system::error_code failure;
    const auto number = limit->is_null() ? 0 : limit->to_number<std::int64_t>(failure);
    if (failure || (!limit->is_null() && (number < 1 || number > max_participants))) {
      return Invalid("max_participants: not an integer from 1 to " + std::to_string(max_participants));
    }
    body.max_participants = static_cast<std::uint32_t>(number);
  }
  if (const json::value* lobby = object->if_contains("lobby")) {
    if (!lobby->is_bool()) return Invalid("lobby: not true or false");
    body.lobby = lobby->get_bool();
  }
  return body;
}

Result<std::string, meeting::Error> ParseGuestBody(std::string_view text) {
  if (text.empty()) return std::string("Guest");
  const auto object = ParseObject(text);
  if (!object) return Fail(meeting::Error(object.error()));
  const json::value* const name = object->if_contains("name");
  if (name == nullptr || name->is_null()) return std::string("Guest");
  if (!name->is_string()) return Invalid("name: not a string");
  std::string trimmed = Trimmed(name->get_string());
  if (Characters(name->get_string()) > kMaxName) return Invalid("name: longer than 100 characters");
  return trimmed.empty() ? std::string("Guest") : trimmed;
}

}  // namespace kcs::rest
