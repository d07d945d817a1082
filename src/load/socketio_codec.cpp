#include "load/socketio_codec.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

namespace kcs::load {
namespace {

namespace json = boost::json;
using Kind = SocketMessage::Kind;

std::optional<json::value> ParseJson(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return std::nullopt;
  return value;
}

// An EVENT: an array of the name and the arguments. An ACK: an array of the arguments.
bool TakeArguments(json::value value, SocketMessage& message) {
  json::array* const array = value.if_array();
  if (array == nullptr) return false;
  std::size_t first = 0;
  if (message.kind == Kind::kEvent) {
    if (array->empty() || !array->front().is_string()) return false;
    message.event = array->front().get_string();
    first = 1;
  }
  if (array->size() > first) message.data = std::move((*array)[first]);
  return true;
}

std::optional<SocketMessage> DecodePacket(std::string_view text) {
  if (text.empty()) return std::nullopt;
  SocketMessage message;
  const char type = text.front();
  text.remove_prefix(1);
  // Another namespace than "/" was never asked for.
  if (text.starts_with('/')) return message;
  switch (type) {
    case '0':
      message.kind = Kind::kConnect;
      break;
    case '1':
      message.kind = Kind::kClose;
      return message;
    case '2':
      message.kind = Kind::kEvent;
      break;
    case '3':
      message.kind = Kind::kAck;
      break;
    case '4':
      message.kind = Kind::kRefused;
      break;
    default:
      return std::nullopt;
  }
  if (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), message.id);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  if (text.empty()) {
    if (message.kind == Kind::kConnect) return message;
    return std::nullopt;
  }
  auto value = ParseJson(text);
  if (!value) return std::nullopt;
  if (message.kind == Kind::kEvent || message.kind == Kind::kAck) {
    if (!TakeArguments(*std::move(value), message)) return std::nullopt;
  } else {
    message.data = *std::move(value);
  }
  return message;
}

}  // namespace

std::optional<SocketMessage> DecodeMessage(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string_view rest = text.substr(1);
  SocketMessage message;
  switch (text.front()) {
    case '0': {
      auto handshake = ParseJson(rest);
      if (!handshake) return std::nullopt;
      message.kind = Kind::kOpen;
      message.data = *std::move(handshake);
      return message;
    }
    case '1':
      message.kind = Kind::kClose;
      return message;
    case '2':
      message.kind = Kind::kPing;
      return message;
    case '4':
      return DecodePacket(rest);
    case '3':
    case '5':
    case '6':
      return message;
    default:
      return std::nullopt;
  }
}

std::string ConnectMessage(const json::value& auth) { return "40" + json::serialize(auth); }

std::string EventMessage(std::string_view event, const json::value& payload, std::uint64_t id) {
  std::string out = "42" + std::to_string(id);
  out += "[";
  out += json::serialize(json::value(event));
  out += ",";
  out += json::serialize(payload);
  out += "]";
  return out;
}

}  // namespace kcs::load
