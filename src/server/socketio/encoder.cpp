#include "server/socketio/encoder.h"

#include <boost/json/serialize.hpp>
#include <utility>

namespace kcs::socketio {
namespace {

namespace json = boost::json;

Frames Finish(std::string text, const Arguments& arguments) {
  Frames frames;
  frames.reserve(1 + arguments.attachments.size());
  frames.push_back({std::make_shared<const std::string>(std::move(text)), false});
  for (const Attachment& attachment : arguments.attachments) {
    frames.push_back(EngineFrame::BinaryMessage(attachment));
  }
  return frames;
}

void AppendArguments(std::string& out, const Arguments& arguments, bool comma) {
  for (const json::value& value : arguments.values) {
    if (comma) out.push_back(',');
    out.append(json::serialize(value));
    comma = true;
  }
  if (!arguments.text.empty()) {
    if (comma) out.push_back(',');
    out.append(arguments.text);
  }
  out.push_back(']');
}

}  // namespace

Frames EncodeEvent(std::string_view nsp, std::optional<std::uint64_t> id, std::string_view event,
                   const Arguments& arguments) {
  std::string text = "4";
  const std::size_t attachments = arguments.attachments.size();
  AppendPacketHead(text, attachments > 0 ? PacketType::kBinaryEvent : PacketType::kEvent, attachments, nsp,
                   id);
  text.push_back('[');
  text.append(json::serialize(json::string_view(event.data(), event.size())));
  AppendArguments(text, arguments, true);
  return Finish(std::move(text), arguments);
}

Frames EncodeAck(std::string_view nsp, std::uint64_t id, const Arguments& arguments) {
  std::string text = "4";
  const std::size_t attachments = arguments.attachments.size();
  AppendPacketHead(text, attachments > 0 ? PacketType::kBinaryAck : PacketType::kAck, attachments, nsp, id);
  text.push_back('[');
  AppendArguments(text, arguments, false);
  return Finish(std::move(text), arguments);
}

EngineFrame EncodeControl(const Packet& packet) {
  std::string text = "4";
  AppendPacket(text, packet);
  return {std::make_shared<const std::string>(std::move(text)), false};
}

}  // namespace kcs::socketio
