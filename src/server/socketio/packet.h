#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// One Socket.IO packet (protocol revision 5) in its text form:
//
//   <type>[<attachments>-][<namespace>,][<ack id>][<JSON>]
//
//   0{"token":"x"}    2["event",1]    2/admin,7["event"]    51-["e",{"_placeholder":true,"num":0}]
namespace kcs::socketio {

enum class PacketType : std::uint8_t {
  kConnect = 0,
  kDisconnect = 1,
  kEvent = 2,
  kAck = 3,
  kConnectError = 4,
  kBinaryEvent = 5,
  kBinaryAck = 6,
};

struct Packet {
  PacketType type = PacketType::kConnect;
  std::string nsp = "/";
  std::optional<std::uint64_t> id;
  std::size_t attachments = 0;  // announced; binary types only
  boost::json::value data;      // null: none

  bool is_binary() const { return type == PacketType::kBinaryEvent || type == PacketType::kBinaryAck; }
  friend bool operator==(const Packet&, const Packet&) = default;
};

struct PacketLimits {
  std::size_t max_attachments = 10;
  std::size_t max_json_depth = 64;
  std::size_t max_namespace = 128;  // characters of its name
};

// Nothing when the text is not a packet, its JSON does not fit its type (CONNECT: an object or none;
// DISCONNECT: none; EVENT: an array that starts with an event name; ACK: an array), or a limit is passed.
std::optional<Packet> DecodePacket(std::string_view text, const PacketLimits& limits);

// Appends everything in front of the JSON.
void AppendPacketHead(std::string& out, PacketType type, std::size_t attachments, std::string_view nsp,
                      std::optional<std::uint64_t> id);
void AppendPacket(std::string& out, const Packet& packet);

// Names that mean something to the libraries themselves and cannot be events: "connect", "disconnect", ...
bool IsReservedEvent(std::string_view name);

}  // namespace kcs::socketio
