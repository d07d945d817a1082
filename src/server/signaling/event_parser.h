#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "server/meeting/error.h"
#include "server/meeting/request.h"

// The events of the wire contract (sections 2 and 3) from JSON. Every field is bounded; unknown fields are
// ignored.
namespace kcs::signaling {

struct JoinRoom {
  std::optional<std::string> password;
  bool resume = false;
  bool speaker_places = false;
};
struct GetRtpCapabilities {};

struct ParsedEvent {
  std::string meeting_id;  // empty for events that name an object of the meeting instead
  std::variant<meeting::Request::Body, JoinRoom, GetRtpCapabilities> action;
};

// An event that is not in the contract is kInvalidPayload, as is a payload that does not fit.
Result<ParsedEvent, meeting::Error> ParseEvent(std::string_view event, const boost::json::value& payload);

bool IsKnownEvent(std::string_view event);

}  // namespace kcs::signaling
