#include "server/socketio/engine_packet.h"

#include <utility>

#include "server/socketio/base64.h"

namespace kcs::socketio {

std::optional<EnginePacket> DecodeEnginePacket(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char type = text[0];
  if (type == 'b') {
    std::optional<std::string> bytes = DecodeBase64(text.substr(1));
    if (!bytes) return std::nullopt;
    return EnginePacket{EnginePacketType::kMessage, true, std::move(*bytes)};
  }
  if (type < '0' || type > '6') return std::nullopt;
  return EnginePacket{static_cast<EnginePacketType>(type - '0'), false, std::string(text.substr(1))};
}

std::string EncodeEnginePacket(const EnginePacket& packet) {
  std::string out;
  if (packet.binary) {
    out.push_back('b');
    AppendBase64(out, packet.data);
    return out;
  }
  out.reserve(packet.data.size() + 1);
  out.push_back(static_cast<char>('0' + static_cast<int>(packet.type)));
  out.append(packet.data);
  return out;
}

}  // namespace kcs::socketio
