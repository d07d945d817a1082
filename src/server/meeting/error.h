#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kcs::meeting {

// Why a request was refused. The names on the wire are ToString's.
enum class ErrorCode : std::uint8_t {
  kUnauthorized,
  kForbidden,
  kNotFound,
  kInvalidPayload,
  kNotJoined,
  kWrongPassword,
  kMeetingFull,
  kMeetingEnded,
  kCannotConsume,
  kInvalidState,
  kRateLimited,
  kUnavailable,
  kInternal,
  kCount
};

constexpr std::string_view ToString(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthorized:
      return "unauthorized";
    case ErrorCode::kForbidden:
      return "forbidden";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kInvalidPayload:
      return "invalid-payload";
    case ErrorCode::kNotJoined:
      return "not-joined";
    case ErrorCode::kWrongPassword:
      return "wrong-password";
    case ErrorCode::kMeetingFull:
      return "meeting-full";
    case ErrorCode::kMeetingEnded:
      return "meeting-ended";
    case ErrorCode::kCannotConsume:
      return "cannot-consume";
    case ErrorCode::kInvalidState:
      return "invalid-state";
    case ErrorCode::kRateLimited:
      return "rate-limited";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kInternal:
    case ErrorCode::kCount:
      break;
  }
  return "internal";
}

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // one sentence for a person
};

}  // namespace kcs::meeting
