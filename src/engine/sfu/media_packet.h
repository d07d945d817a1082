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
  SharedExtension extension;
};

}  // namespace kcs::sfu
