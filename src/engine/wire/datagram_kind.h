#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace kcs::wire {

enum class DatagramKind : std::uint8_t { kStun, kDtls, kRtp, kRtcp, kUnknown };

// Which protocol a datagram on a multiplexed port belongs to, by its first two bytes.
//
// RFC 7983 section 7:
//                +----------------+
//                |        [0..3] -+--> forward to STUN
//    packet -->  |      [20..63] -+--> forward to DTLS
//                |      [64..79] -+--> forward to TURN Channel   (not ours: kUnknown)
//                |    [128..191] -+--> forward to RTP/RTCP
//                +----------------+
// RFC 5761 section 4: payload types 64-95 are not used for RTP, so a second byte of 192-223 is an RTCP packet
// type.
inline DatagramKind Classify(Bytes datagram) {
  if (datagram.empty()) return DatagramKind::kUnknown;
  const std::uint8_t first = datagram[0];
  if (first >= 128 && first <= 191) {
    if (datagram.size() < 2) return DatagramKind::kUnknown;
    return datagram[1] >= 192 && datagram[1] <= 223 ? DatagramKind::kRtcp : DatagramKind::kRtp;
  }
  if (first <= 3) return DatagramKind::kStun;
  if (first >= 20 && first <= 63) return DatagramKind::kDtls;
  return DatagramKind::kUnknown;
}

}  // namespace kcs::wire
