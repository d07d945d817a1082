#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// One Engine.IO packet (protocol revision 4):
//
//   text     <type digit><data>       "4hello", "2", "2probe"
//   binary   as a WebSocket frame: the bytes alone; in text: 'b' and their base64. Always a message.
namespace kcs::socketio {

enum class EnginePacketType : std::uint8_t {
  kOpen = 0,
  kClose = 1,
  kPing = 2,
  kPong = 3,
  kMessage = 4,
  kUpgrade = 5,
  kNoop = 6,
};

struct EnginePacket {
  EnginePacketType type = EnginePacketType::kNoop;
  bool binary = false;
  std::string data;

  friend bool operator==(const EnginePacket&, const EnginePacket&) = default;
};

// Nothing for an empty text, an unknown type or bad base64.
std::optional<EnginePacket> DecodeEnginePacket(std::string_view text);

// The text form; of a binary packet the base64 one.
std::string EncodeEnginePacket(const EnginePacket& packet);

}  // namespace kcs::socketio
