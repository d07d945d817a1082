#include "server/socketio/engine_payload.h"

#include <utility>

#include "server/socketio/base64.h"

namespace kcs::socketio {
namespace {

constexpr char kSeparator = '\x1e';

}  // namespace

std::optional<std::vector<EnginePacket>> DecodePayload(std::string_view payload) {
  std::vector<EnginePacket> packets;
  for (;;) {
    const std::size_t end = payload.find(kSeparator);
    std::optional<EnginePacket> packet = DecodeEnginePacket(payload.substr(0, end));
    if (!packet || packets.size() == kMaxPacketsPerPayload) return std::nullopt;
    packets.push_back(std::move(*packet));
    if (end == std::string_view::npos) return packets;
    payload.remove_prefix(end + 1);
  }
}

std::string EncodePayload(std::span<const EngineFrame> frames) {
  std::size_t size = 0;
  for (const EngineFrame& frame : frames) size += frame.bytes->size() * (frame.binary ? 4 : 3) / 3 + 6;
  std::string out;
  out.reserve(size);
  for (const EngineFrame& frame : frames) {
    if (!out.empty()) out.push_back(kSeparator);
    if (frame.binary) {
      out.push_back('b');
      AppendBase64(out, *frame.bytes);
    } else {
      out.append(*frame.bytes);
    }
  }
  return out;
}

}  // namespace kcs::socketio
