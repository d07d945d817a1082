#include "server/socketio/packet.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <utility>

#include "server/socketio/surrogates.h"

namespace kcs::socketio {
namespace {

namespace json = boost::json;

// Number.MAX_SAFE_INTEGER: a larger id cannot have come from JavaScript unharmed.
constexpr std::uint64_t kMaxAckId = 9'007'199'254'740'991;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits in front of `text`; nothing when there are none or the number passes `max`.
std::optional<std::uint64_t> TakeNumber(std::string_view& text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > max) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// 1e999 is an infinity once it is read, and JSON cannot write that: sent on, it would break the packet for
// whoever receives it. As in JavaScript it becomes null. Recursion is bounded by the depth the parser
// allowed.
void DropNonFinite(json::value& value) {
  if (const double* number = value.if_double()) {
    if (!std::isfinite(*number)) value = nullptr;
  } else if (json::array* array = value.if_array()) {
    for (json::value& element : *array) DropNonFinite(element);
  } else if (json::object* object = value.if_object()) {
    for (json::key_value_pair& pair : *object) DropNonFinite(pair.value());
  }
}

std::optional<json::value> ParseJson(std::string_view text, const PacketLimits& limits) {
  json::parse_options options;
  options.max_depth = limits.max_json_depth;
  json::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (!error) return value;
  // JavaScript cuts strings between the halves of a surrogate pair without complaint, JSON.stringify then
  // writes half an escape. A message cut in the middle of an emoji must not end the session.
  const std::optional<std::string> repaired = RepairSurrogates(text);
  if (!repaired) return std::nullopt;
  value = json::parse(*repaired, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

bool IsEventPayload(const json::value& data) {
  if (!data.is_array() || data.get_array().empty()) return false;
  const json::value& name = data.get_array().front();
  return name.is_number() || (name.is_string() && !IsReservedEvent(name.get_string()));
}

bool FitsType(PacketType type, const json::value& data) {
  switch (type) {
    case PacketType::kConnect:
      return data.is_object();
    case PacketType::kDisconnect:
      return false;
    case PacketType::kConnectError:
      return data.is_string() || data.is_object();
    case PacketType::kEvent:
    case PacketType::kBinaryEvent:
      return IsEventPayload(data);
    case PacketType::kAck:
    case PacketType::kBinaryAck:
      return data.is_array();
  }
  return false;
}

// Whether a packet of that type means anything without JSON.
bool MayBeBare(PacketType type) { return type == PacketType::kConnect || type == PacketType::kDisconnect; }

bool TakeAttachments(std::string_view& text, const PacketLimits& limits, Packet& packet) {
  const std::optional<std::uint64_t> count = TakeNumber(text, limits.max_attachments);
  if (!count || !text.starts_with('-')) return false;
  text.remove_prefix(1);
  packet.attachments = static_cast<std::size_t>(*count);
  return true;
}

bool TakeNamespace(std::string_view& text, const PacketLimits& limits, Packet& packet) {
  if (!text.starts_with('/')) return true;
  const std::size_t comma = text.find(',');
  const std::string_view name = text.substr(0, comma);
  if (name.size() > limits.max_namespace) return false;
  packet.nsp = name;
  text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  return true;
}

}  // namespace

bool IsReservedEvent(std::string_view name) {
  constexpr std::array<std::string_view, 6> kReserved = {"connect",       "connect_error", "disconnect",
                                                         "disconnecting", "newListener",   "removeListener"};
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

std::optional<Packet> DecodePacket(std::string_view text, const PacketLimits& limits) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  Packet packet;
  packet.type = static_cast<PacketType>(text[0] - '0');
  text.remove_prefix(1);
  if (packet.is_binary() && !TakeAttachments(text, limits, packet)) return std::nullopt;
  if (!TakeNamespace(text, limits, packet)) return std::nullopt;
  if (!text.empty() && IsDigit(text[0])) {
    packet.id = TakeNumber(text, kMaxAckId);
    if (!packet.id) return std::nullopt;
  }
  if (text.empty()) {
    if (!MayBeBare(packet.type)) return std::nullopt;
    return packet;
  }
  std::optional<json::value> data = ParseJson(text, limits);
  if (!data) return std::nullopt;
  DropNonFinite(*data);
  if (!FitsType(packet.type, *data)) return std::nullopt;
  packet.data = std::move(*data);
  return packet;
}

void AppendPacketHead(std::string& out, PacketType type, std::size_t attachments, std::string_view nsp,
                      std::optional<std::uint64_t> id) {
  out.push_back(static_cast<char>('0' + static_cast<int>(type)));
  if (type == PacketType::kBinaryEvent || type == PacketType::kBinaryAck) {
    out.append(std::to_string(attachments)).push_back('-');
  }
  if (nsp != "/") out.append(nsp).push_back(',');
  if (id) out.append(std::to_string(*id));
}

void AppendPacket(std::string& out, const Packet& packet) {
  AppendPacketHead(out, packet.type, packet.attachments, packet.nsp, packet.id);
  if (!packet.data.is_null()) out.append(json::serialize(packet.data));
}

}  // namespace kcs::socketio
