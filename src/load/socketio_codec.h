#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a Socket.IO client (protocol revision 5) says and hears over a WebSocket of Engine.IO (revision 4), in
// the namespace "/" and without binary data: each message is
//
//   <Engine.IO type>[<Socket.IO type>[<ack id>]][<JSON>]
//
//   0{"sid":"x",...}   2   3   40{"token":"x"}   42["event",{}]   427["event",{}]   437[{}] 44{"message":"x"}
namespace kcs::load {

struct SocketMessage {
  enum class Kind : std::uint8_t {
    kOpen,     // of Engine.IO: data is its handshake
    kPing,     // to be answered with PongMessage()
    kConnect,  // the namespace let us in
    kRefused,  // or not: data has `message`, and perhaps `data`
    kEvent,    // `event`, and its first argument as data
    kAck,      // of our event `id`, and its first argument as data
    kClose,    // of the session or the namespace
    kIgnored,  // what means nothing to such a client
  };
  Kind kind = Kind::kIgnored;
  std::uint64_t id = 0;
  std::string event;
  boost::json::value data;
};

// Nothing when the text is none of that.
std::optional<SocketMessage> DecodeMessage(std::string_view text);

// `auth` is what a server's middleware gets to see.
std::string ConnectMessage(const boost::json::value& auth);
// With `id` an acknowledgement is asked for.
std::string EventMessage(std::string_view event, const boost::json::value& payload, std::uint64_t id);
inline std::string PongMessage() { return "3"; }
// Leaves the namespace.
inline std::string DisconnectMessage() { return "41"; }

}  // namespace kcs::load
