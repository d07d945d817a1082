#include "server/socketio/packet_decoder.h"

#include <algorithm>
#include <utility>

namespace kcs::socketio {
namespace {

namespace json = boost::json;

bool PlaceholderFits(const json::object& object, std::size_t count) {
  const json::value* mark = object.if_contains("_placeholder");
  if (mark == nullptr || !mark->is_bool() || !mark->get_bool()) return true;
  const json::value* num = object.if_contains("num");
  if (num == nullptr) return false;
  json::error_code error;
  const auto index = num->to_number<std::uint64_t>(error);
  return !error && index < count;
}

}  // namespace

// Recursion is bounded by the depth the parser allowed.
bool PlaceholdersFit(const json::value& data, std::size_t count) {
  if (const json::array* array = data.if_array()) {
    return std::all_of(array->begin(), array->end(),
                       [&](const json::value& value) { return PlaceholdersFit(value, count); });
  }
  if (const json::object* object = data.if_object()) {
    return PlaceholderFits(*object, count) &&
           std::all_of(object->begin(), object->end(), [&](const json::key_value_pair& pair) {
             return PlaceholdersFit(pair.value(), count);
           });
  }
  return true;
}

PacketDecoder::Status PacketDecoder::OnText(std::string_view text) {
  if (collecting_) return Status::kMalformed;
  std::optional<Packet> packet = DecodePacket(text, limits_);
  if (!packet) return Status::kMalformed;
  packet_ = std::move(*packet);
  attachments_.clear();
  if (!packet_.is_binary()) return Status::kComplete;
  if (!PlaceholdersFit(packet_.data, packet_.attachments)) return Status::kMalformed;
  if (packet_.attachments == 0) return Complete();
  collecting_ = true;
  return Status::kIncomplete;
}

PacketDecoder::Status PacketDecoder::OnBinary(std::string_view bytes) {
  if (!collecting_) return Status::kMalformed;
  attachments_.push_back(std::make_shared<const std::string>(bytes));
  return attachments_.size() == packet_.attachments ? Complete() : Status::kIncomplete;
}

PacketDecoder::Status PacketDecoder::Complete() {
  collecting_ = false;
  packet_.type = packet_.type == PacketType::kBinaryEvent ? PacketType::kEvent : PacketType::kAck;
  return Status::kComplete;
}

}  // namespace kcs::socketio
