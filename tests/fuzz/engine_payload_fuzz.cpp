// Engine.IO packets and polling payloads: whatever decodes is encoded again and decodes to the same.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "server/socketio/engine_payload.h"

using namespace kcs::socketio;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto packet = DecodeEnginePacket(text)) {
    KCS_CHECK(DecodeEnginePacket(EncodeEnginePacket(*packet)) == packet);
  }
  const auto packets = DecodePayload(text);
  if (!packets) return 0;
  std::vector<EngineFrame> frames;
  for (const EnginePacket& packet : *packets) {
    std::string bytes = packet.binary ? packet.data : EncodeEnginePacket(packet);
    frames.push_back({std::make_shared<const std::string>(std::move(bytes)), packet.binary});
  }
  KCS_CHECK(DecodePayload(EncodePayload(frames)) == packets);
  return 0;
}
