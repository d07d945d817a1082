#include "server/rest/answer.h"

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

namespace kcs::rest {

namespace json = boost::json;
using meeting::ErrorCode;

http::Response Success(int status, json::object data) {
  return http::Response::Json(status,
                              json::serialize(json::object{{"success", true}, {"data", std::move(data)}}));
}

http::Response Failure(int status, std::string_view code, std::string_view message) {
  return http::Response::Json(
      status, json::serialize(json::object{
                  {"success", false}, {"message", message}, {"error", json::object{{"code", code}}}}));
}

http::Response Failure(const meeting::Error& error) {
  return Failure(StatusOf(error.code), ToString(error.code), error.message);
}

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthorized:
      return 401;
    case ErrorCode::kForbidden:
    case ErrorCode::kWrongPassword:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kInvalidPayload:
      return 400;
    case ErrorCode::kNotJoined:
    case ErrorCode::kMeetingFull:
    case ErrorCode::kMeetingEnded:
    case ErrorCode::kCannotConsume:
    case ErrorCode::kInvalidState:
      return 409;
    case ErrorCode::kRateLimited:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kInternal:
    case ErrorCode::kCount:
      break;
  }
  return 500;
}

std::string Iso8601(std::int64_t unix_millis) {
  const std::time_t seconds = unix_millis / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                static_cast<int>(unix_millis % 1000));
  return text.data();
}

}  // namespace kcs::rest
