#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kcs::socketio {

// One encoded packet, ready for a WebSocket frame: for text with the packet type in front ("4hello"), for
// binary the bare bytes. Shared between the sessions that send it.
struct EngineFrame {
  std::shared_ptr<const std::string> bytes;
  bool binary = false;

  // "4" + text
  static EngineFrame TextMessage(std::string_view text) {
    std::string frame;
    frame.reserve(text.size() + 1);
    frame.push_back('4');
    frame.append(text);
    return {std::make_shared<const std::string>(std::move(frame)), false};
  }
  static EngineFrame BinaryMessage(std::shared_ptr<const std::string> bytes) {
    return {std::move(bytes), true};
  }
};

}  // namespace kcs::socketio
