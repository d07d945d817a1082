#pragma once

#include <cstdint>

#include "base/slab.h"
#include "engine/sfu/shared_extension.h"
#include "engine/wire/frame_info.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sfu {

// One media packet between ingress and fan-out: decrypted in its slot, parsed once, never changed again. What
// a receiver gets differs by a small patch only (header, codec descriptor).
struct MediaPacket {
  wire::RtpPacket rtp;         // lies in the slot
  SlotRef slot;                // keeps the bytes until the fan-out is done
  std::uint64_t sequence = 0;  // extended, of the source
  wire::FrameInfo frame;
  std::uint8_t codec = 0;   // index of the producer's codecs
  std::uint8_t stream = 0;  // index of the producer's streams
  // False for padding and for payload that its codec cannot mean: receivers get neither the packet nor a
  // hole.
  bool carries_media = true;
  // So many bytes of RTP padding follow the payload in the slot, for all receivers alike. Not for
  // retransmissions, which are made from the packet as its sender sent it.
  std::uint8_t padding = 0;
  SharedExtension extension;

  Bytes padded_payload() const { return {rtp.payload().data(), rtp.payload_size() + padding}; }
};

// What PacketHistory keeps of a packet's description (StoredPacket::tag).
struct PacketTag {
  std::uint8_t codec = 0;    // index of the producer's codecs
  std::uint8_t spatial = 0;  // below 8
  bool end_of_frame = false;
  bool has_picture_ids = false;

  std::uint16_t ToBits() const {
    return static_cast<std::uint16_t>(codec | ((spatial & 7) << 8) | (end_of_frame ? 0x800 : 0) |
                                      (has_picture_ids ? 0x1000 : 0));
  }
  static PacketTag From(std::uint16_t bits) {
    return {.codec = static_cast<std::uint8_t>(bits & 0xff),
            .spatial = static_cast<std::uint8_t>((bits >> 8) & 7),
            .end_of_frame = (bits & 0x800) != 0,
            .has_picture_ids = (bits & 0x1000) != 0};
  }
};

}  // namespace kcs::sfu
