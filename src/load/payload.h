#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/wire/types.h"

namespace kcs::load {

// What one packet carries, as little as is needed to write it, and to write it again when it is asked for.
struct Payload {
  static constexpr std::size_t kMaxPrefix = 16;

  std::uint32_t timestamp = 0;  // of RTP
  std::uint16_t size = 0;       // bytes; room for prefix and stamp is made
  bool marker = false;
  std::uint8_t audio_level = 127;  // -dBov; of sound
  std::uint8_t prefix_size = 0;
  std::array<std::uint8_t, kMaxPrefix> prefix{};  // descriptor and frame header of VP8, or Opus' first byte
};

// What the receivers of this process find in a payload: who sent it, and when. It lies behind the prefix,
// which is all that a forwarding unit looks at.
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                        0x4b43534c ("KCSL")                    |
//   |                    time of sending in microseconds            |
//   |                     on this machine's monotonic clock         |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
inline constexpr std::size_t kStampSize = 12;
inline constexpr std::uint32_t kStampMagic = 0x4b43534c;
// Behind a VP8 descriptor the stamp follows the longest frame header, of key frames.
inline constexpr std::size_t kVp8FrameHeader = 10;

// Writes prefix and stamp; what is behind them stays as it is in `out`, which is as large as the payload.
void WritePayload(const Payload& payload, Timestamp sent, MutableBytes out);

struct Received {
  std::optional<Timestamp> sent;  // no stamp: not a packet of ours
  bool key_frame = false;         // the first packet of one
};
// `kind` decides where the stamp is looked for.
Received ReadPayload(wire::MediaKind kind, Bytes payload);

}  // namespace kcs::load
