#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/media/decode_targets.h"
#include "engine/sfu/egress_batch.h"
#include "engine/wire/types.h"

namespace kcs::sfu {

// What one receiver gets of a packet, before it is numbered for the transport and sealed.
struct OutgoingPacket {
  void SetPrefixSize(std::size_t size) { prefix_size = static_cast<std::uint8_t>(size); }
  Bytes prefix_bytes() const { return {prefix.data(), prefix_size}; }

  bool marker = false;
  bool has_padding = false;  // the body ends with RTP padding, or is nothing else
  std::uint8_t payload_type = 0;
  std::uint8_t prefix_size = 0;
  std::uint32_t timestamp = 0;
  wire::Ssrc ssrc;
  std::uint64_t sequence = 0;  // extended
  Bytes body;                  // behind the prefix; lies in the source's slot
  std::array<std::uint8_t, EgressBatch::kMaxPrefix> prefix;
};

}  // namespace kcs::sfu
