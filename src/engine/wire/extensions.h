#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace kcs::wire {

// Header extensions by meaning; the same numbers as `Extension` of proto/worker.proto.
enum class ExtensionType : std::uint8_t {
  kUnknown = 0,
  kMid = 1,
  kRid,
  kRepairedRid,
  kAbsSendTime,
  kTransportWideCc,
  kAudioLevel,
  kDependencyDescriptor,
  kVideoOrientation,
  kToffset,
  kAbsCaptureTime,
  kPlayoutDelay,
  kFrameMarking,
  kCount
};

// The ids of the extensions alone: all that a writer needs. 13 bytes.
class ExtensionIds {
 public:
  // 0: not negotiated.
  std::uint8_t id(ExtensionType type) const { return ids_[static_cast<std::size_t>(type)]; }

 private:
  friend class ExtensionMap;
  std::array<std::uint8_t, static_cast<std::size_t>(ExtensionType::kCount)> ids_{};
};

// Which id stands for which extension on one transport or stream. Both lookups are one load.
class ExtensionMap {
 public:
  // 0: not negotiated.
  std::uint8_t id(ExtensionType type) const { return ids_.id(type); }
  const ExtensionIds& ids() const { return ids_; }
  // kUnknown: not negotiated.
  ExtensionType type(std::uint8_t id) const { return types_[id]; }
  // Gives `type` this id, taking the id from whoever had it; id 0 removes the extension.
  void Set(ExtensionType type, std::uint8_t id);

 private:
  ExtensionIds ids_;
  std::array<ExtensionType, 256> types_{};
};

// RFC 6464: client-to-mixer audio level.
//    0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+
//   |V|    level    |     level in -dBov: 0 is the loudest, 127 is silence
//   +-+-+-+-+-+-+-+-+
struct AudioLevel {
  bool voice = false;
  std::uint8_t level = 127;
  static std::optional<AudioLevel> Parse(Bytes data);
  std::uint8_t ToByte() const { return static_cast<std::uint8_t>((voice ? 0x80 : 0) | (level & 0x7f)); }
  friend bool operator==(const AudioLevel&, const AudioLevel&) = default;
};

// abs-send-time: 24 bits, seconds in 6.18 fixed point, wraps every 64 s.
inline constexpr std::size_t kAbsSendTimeSize = 3;
std::optional<std::uint32_t> ParseAbsSendTime(Bytes data);
std::uint32_t ToAbsSendTime(Timestamp t);

// draft-holmer-rmcat-transport-wide-cc-extensions-01, 2: transport-wide sequence number, 16 bits.
inline constexpr std::size_t kTransportSequenceSize = 2;
std::optional<std::uint16_t> ParseTransportSequence(Bytes data);

// RFC 9143 (MID), RFC 8852 (RtpStreamId, RepairedRtpStreamId): 1 or more visible ASCII characters. The text
// lies in the packet.
std::optional<std::string_view> ParseIdentification(Bytes data);

// 3GPP TS 26.114 7.4.5: coordination of video orientation.
//    0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+
//   |0 0 0 0|C|F|R R|     C: back-facing camera, F: mirrored, R: rotation in steps of 90 degrees
//   +-+-+-+-+-+-+-+-+
struct VideoOrientation {
  bool back_camera = false;
  bool flip = false;
  std::uint16_t rotation = 0;  // 0, 90, 180, 270
  static std::optional<VideoOrientation> Parse(Bytes data);
  std::uint8_t ToByte() const;
  friend bool operator==(const VideoOrientation&, const VideoOrientation&) = default;
};

// RFC 5450: transmission time offset, signed 24 bits in units of the RTP clock.
inline constexpr std::size_t kToffsetSize = 3;
std::optional<std::int32_t> ParseToffset(Bytes data);
void StoreToffset(std::uint8_t* out, std::int32_t offset);

// abs-capture-time: when the first frame of the packet was captured, as NTP time in 32.32 fixed point, and
// optionally the capturer's estimate of (its clock - the sender's clock), signed 32.32.
struct AbsCaptureTime {
  std::uint64_t ntp = 0;
  std::optional<std::int64_t> clock_offset;
  static constexpr std::size_t kMaxSize = 16;
  static std::optional<AbsCaptureTime> Parse(Bytes data);  // 8 or 16 bytes
  void Write(ByteWriter& out) const;
  friend bool operator==(const AbsCaptureTime&, const AbsCaptureTime&) = default;
};

// playout-delay: two 12-bit limits in units of 10 ms.
struct PlayoutDelay {
  Duration min{};
  Duration max{};
  static constexpr std::size_t kSize = 3;
  static std::optional<PlayoutDelay> Parse(Bytes data);
  void Write(ByteWriter& out) const;  // limits are cut to 0..40,950 ms
  friend bool operator==(const PlayoutDelay&, const PlayoutDelay&) = default;
};

}  // namespace kcs::wire
