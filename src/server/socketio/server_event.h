#pragma once

#include <cstdint>
#include <string_view>

namespace kcs::socketio {

// What a Socket.IO server counts, above its sessions.
enum class ServerEvent : std::uint8_t {
  kConnected,
  kRefused,  // by a middleware
  kUnknownNamespace,
  kEventReceived,
  kEventUnhandled,
  kEventSent,
  kBroadcast,
  kMalformedPacket,  // closed the session
  kInvalidState,     // a packet for a namespace the client is not connected to; closed the session
  kConnectTimeout,
  kHandlerThrew,
  kAckTimeout,
  kAckUnknown,
  kTooManyAcks,
  kTooManyRooms,
  kCount
};

constexpr std::string_view ToString(ServerEvent value) {
  switch (value) {
    case ServerEvent::kConnected:
      return "connected";
    case ServerEvent::kRefused:
      return "refused";
    case ServerEvent::kUnknownNamespace:
      return "unknown_namespace";
    case ServerEvent::kEventReceived:
      return "event_received";
    case ServerEvent::kEventUnhandled:
      return "event_unhandled";
    case ServerEvent::kEventSent:
      return "event_sent";
    case ServerEvent::kBroadcast:
      return "broadcast";
    case ServerEvent::kMalformedPacket:
      return "malformed_packet";
    case ServerEvent::kInvalidState:
      return "invalid_state";
    case ServerEvent::kConnectTimeout:
      return "connect_timeout";
    case ServerEvent::kHandlerThrew:
      return "handler_threw";
    case ServerEvent::kAckTimeout:
      return "ack_timeout";
    case ServerEvent::kAckUnknown:
      return "ack_unknown";
    case ServerEvent::kTooManyAcks:
      return "too_many_acks";
    case ServerEvent::kTooManyRooms:
      return "too_many_rooms";
    case ServerEvent::kCount:
      break;
  }
  return "unknown";
}

}  // namespace kcs::socketio
