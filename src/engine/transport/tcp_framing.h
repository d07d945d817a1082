#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

// RFC 4571 section 2, as ICE-TCP uses it for every packet (RFC 6544 section 3):
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  ---------------------------------------------------------------
//  |             LENGTH            |  STUN, DTLS, RTP or RTCP ... |
//  ---------------------------------------------------------------
namespace kcs::transport {

inline constexpr std::size_t kFrameHeaderSize = 2;

// Cuts the bytes of one stream into frames. Bounded: it holds one frame.
class FrameReader {
 public:
  // Longer frames are refused: no WebRTC peer sends them, and the slots of the media path are no larger.
  static constexpr std::size_t kMaxFrame = 2048;

  // Takes bytes from the front of `input`, until a frame is whole (returned; valid, and free to be changed,
  // until the next call) or `input` is used up (nothing). Empty frames are skipped.
  std::optional<MutableBytes> Next(Bytes& input);

  // The stream announced a frame longer than kMaxFrame: it cannot be followed any more and is to be closed
  // (wire::DropReason::kTcpFrameTooLarge).
  bool failed() const { return failed_; }

 private:
  std::array<std::uint8_t, kFrameHeaderSize + kMaxFrame> buffer_;
  std::size_t have_ = 0;
  bool failed_ = false;
};

// The header of a frame of `size` bytes (at most 65535).
std::array<std::uint8_t, kFrameHeaderSize> FrameHeader(std::size_t size);

}  // namespace kcs::transport
