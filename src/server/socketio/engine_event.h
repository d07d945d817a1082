#pragma once

#include <cstdint>
#include <string_view>

namespace kcs::socketio {

// Why a session ended.
enum class EngineCloseReason : std::uint8_t {
  kTransportClose,
  kTransportError,
  kPingTimeout,
  kParseError,
  kForcedClose,  // EngineSession::Close()
  kOverflow,     // max_pending_*
  kPayloadTooLarge,
  kCount
};

constexpr std::string_view ToString(EngineCloseReason value) {
  switch (value) {
    case EngineCloseReason::kTransportClose:
      return "transport_close";
    case EngineCloseReason::kTransportError:
      return "transport_error";
    case EngineCloseReason::kPingTimeout:
      return "ping_timeout";
    case EngineCloseReason::kParseError:
      return "parse_error";
    case EngineCloseReason::kForcedClose:
      return "forced_close";
    case EngineCloseReason::kOverflow:
      return "overflow";
    case EngineCloseReason::kPayloadTooLarge:
      return "payload_too_large";
    case EngineCloseReason::kCount:
      break;
  }
  return "unknown";
}

// What happened to sessions otherwise.
enum class EngineEvent : std::uint8_t {
  kOpened,
  kUpgraded,
  kUpgradeFailed,
  kBadRequest,  // any of the HTTP errors below code 5
  kTooManySessions,
  kCount
};

constexpr std::string_view ToString(EngineEvent value) {
  switch (value) {
    case EngineEvent::kOpened:
      return "opened";
    case EngineEvent::kUpgraded:
      return "upgraded";
    case EngineEvent::kUpgradeFailed:
      return "upgrade_failed";
    case EngineEvent::kBadRequest:
      return "bad_request";
    case EngineEvent::kTooManySessions:
      return "too_many_sessions";
    case EngineEvent::kCount:
      break;
  }
  return "unknown";
}

}  // namespace kcs::socketio
