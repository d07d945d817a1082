#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "server/socketio/arguments.h"
#include "server/socketio/packet.h"

namespace kcs::socketio {

// Puts packets and their attachments together again: a binary packet's text comes first, then each attachment
// as a message of its own, with nothing in between.
class PacketDecoder {
 public:
  enum class Status : std::uint8_t { kComplete, kIncomplete, kMalformed };

  explicit PacketDecoder(PacketLimits limits) : limits_(limits) {}

  // After kComplete take the packet; after kMalformed the decoder is of no more use.
  Status OnText(std::string_view text);
  Status OnBinary(std::string_view bytes);

  // The complete packet, its type no longer distinguishing binary, and its attachments.
  Packet& packet() { return packet_; }
  std::vector<Attachment>& attachments() { return attachments_; }

 private:
  Status Complete();

  PacketLimits limits_;
  bool collecting_ = false;
  Packet packet_;
  std::vector<Attachment> attachments_;
};

// Whether every {"_placeholder":true,"num":n} in `data` has 0 <= n < count.
bool PlaceholdersFit(const boost::json::value& data, std::size_t count);

}  // namespace kcs::socketio
