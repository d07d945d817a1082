#pragma once

#include <cstdint>
#include <string_view>

namespace kcs::http {

// What a server counts.
enum class ServerEvent : std::uint8_t {
  kAccepted,
  kRefusedTooMany,  // max_connections
  kAcceptFailed,
  kTlsFailed,
  kRequest,
  kWebSocketOpened,
  kWebSocketMessage,   // given to a WebSocket to be sent
  kWebSocketWrite,     // what took them to the kernel: many messages that wait are one
  kMalformed,          // 400
  kHeaderTooLarge,     // 431
  kBodyTooLarge,       // 413
  kReadAheadTooLarge,  // more requests sent ahead of an answer than we keep
  kTimedOut,           // header, body, idle or write deadline passed
  kClientGone,         // before the answer
  kNotAnswered,        // the handler let go of its responder: 500
  kHandlerThrew,       // 500
  kWebSocketOverflow,  // the outgoing queue passed its bounds
  kCount
};

constexpr std::string_view ToString(ServerEvent value) {
  switch (value) {
    case ServerEvent::kAccepted:
      return "accepted";
    case ServerEvent::kRefusedTooMany:
      return "refused_too_many";
    case ServerEvent::kAcceptFailed:
      return "accept_failed";
    case ServerEvent::kTlsFailed:
      return "tls_failed";
    case ServerEvent::kRequest:
      return "request";
    case ServerEvent::kWebSocketOpened:
      return "websocket_opened";
    case ServerEvent::kWebSocketMessage:
      return "websocket_message";
    case ServerEvent::kWebSocketWrite:
      return "websocket_write";
    case ServerEvent::kMalformed:
      return "malformed";
    case ServerEvent::kHeaderTooLarge:
      return "header_too_large";
    case ServerEvent::kBodyTooLarge:
      return "body_too_large";
    case ServerEvent::kReadAheadTooLarge:
      return "read_ahead_too_large";
    case ServerEvent::kTimedOut:
      return "timed_out";
    case ServerEvent::kClientGone:
      return "client_gone";
    case ServerEvent::kNotAnswered:
      return "not_answered";
    case ServerEvent::kHandlerThrew:
      return "handler_threw";
    case ServerEvent::kWebSocketOverflow:
      return "websocket_overflow";
    case ServerEvent::kCount:
      break;
  }
  return "unknown";
}

}  // namespace kcs::http
