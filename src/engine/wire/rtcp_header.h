#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kcs::wire {

enum class RtcpType : std::uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSdes = 202,
  kBye = 203,
  kApp = 204,
  kTransportFeedback = 205,  // RTPFB, RFC 4585 6.2: fmt 1 NACK, 15 transport-wide feedback
  kPayloadFeedback = 206,    // PSFB, RFC 4585 6.3: fmt 1 PLI, 4 FIR, 15 REMB
  kExtendedReport = 207,
};

inline constexpr std::size_t kRtcpHeaderSize = 4;

// RFC 3550 6.4.1, the part all packet types share:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |V=2|P|  count  |      type     |             length            |   length in 32-bit words minus one
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct RtcpPacket {
  RtcpType type{};         // may be a value without a name
  std::uint8_t count = 0;  // number of blocks, or the feedback message type (fmt)
  Bytes body;              // behind the header, without padding
};

// Walks the packets of a compound (or reduced-size, RFC 5506) RTCP datagram, lazily and without copies.
//   RtcpCompoundReader reader(bytes);
//   while (const auto packet = reader.Next()) ...
//   if (!reader.ok()) // the rest was malformed
class RtcpCompoundReader {
 public:
  explicit RtcpCompoundReader(Bytes compound) : rest_(compound) {}
  // nullopt at the end, and from the first malformed packet on.
  std::optional<RtcpPacket> Next();
  bool ok() const { return ok_; }

 private:
  Bytes rest_;
  bool ok_ = true;
};

// Writes the common header for a packet whose body has `body_size` bytes (a multiple of 4).
void WriteRtcpHeader(ByteWriter& out, RtcpType type, std::uint8_t count, std::size_t body_size);

}  // namespace kcs::wire
