#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/meeting/ids.h"

namespace kcs::meeting {

// Who a socket's token says it is.
struct Identity {
  std::string user_id;  // the participant's id in every meeting
  std::string name;
  bool admin = false;
};

enum class Role : std::uint8_t { kHost, kCoHost, kParticipant };

constexpr std::string_view ToString(Role role) {
  switch (role) {
    case Role::kHost:
      return "host";
    case Role::kCoHost:
      return "co-host";
    case Role::kParticipant:
      break;
  }
  return "participant";
}

enum class LeaveReason : std::uint8_t { kLeft, kDisconnected, kKicked, kReplaced };

constexpr std::string_view ToString(LeaveReason reason) {
  switch (reason) {
    case LeaveReason::kLeft:
      return "left";
    case LeaveReason::kDisconnected:
      return "disconnected";
    case LeaveReason::kKicked:
      return "kicked";
    case LeaveReason::kReplaced:
      break;
  }
  return "replaced";
}

// The direction of a transport, as its client sees it.
enum class Direction : std::uint8_t { kSend, kReceive };

// What a producer shows.
enum class Source : std::uint8_t { kMicrophone, kCamera, kScreen, kScreenAudio };

constexpr std::string_view ToString(Source source) {
  switch (source) {
    case Source::kMicrophone:
      return "microphone";
    case Source::kCamera:
      return "camera";
    case Source::kScreen:
      return "screen";
    case Source::kScreenAudio:
      break;
  }
  return "screen-audio";
}

}  // namespace kcs::meeting
