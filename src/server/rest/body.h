#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/meeting/error.h"

// The bodies that REST takes, parsed and bounded.
namespace kcs::rest {

struct MeetingBody {
  std::optional<std::string> title;                    // 1...200 characters
  std::optional<std::optional<std::string>> password;  // null or "" removes it
  std::optional<std::uint32_t> max_participants;       // null: 0, the server's limit
  std::optional<bool> lobby;
};

// {meeting_title?, meeting_password?, max_participants?, lobby?}
Result<MeetingBody, meeting::Error> ParseMeetingBody(std::string_view text, std::uint32_t max_participants);

// {name?}, 1...100 characters; "Guest" when absent.
Result<std::string, meeting::Error> ParseGuestBody(std::string_view text);

}  // namespace kcs::rest
