#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "base/token_bucket.h"
#include "engine/media/send_stream.h"
#include "engine/wire/extensions.h"
#include "engine/wire/types.h"
#include "load/payload.h"
#include "load/rtp_batch.h"

namespace kcs::load {

// One outgoing RTP stream and its retransmissions (RFC 4588): numbers, header extensions, and what was sent
// in the last seconds. No allocation per packet.
class RtpSender {
 public:
  static constexpr std::size_t kKept = 1024;  // packets, a power of two

  struct Settings {
    wire::MediaKind kind = wire::MediaKind::kVideo;
    std::uint32_t clock_rate = 90'000;
    wire::Ssrc ssrc;
    wire::Ssrc rtx_ssrc;  // 0: nothing is sent again
    std::uint8_t payload_type = 0;
    std::uint8_t rtx_payload_type = 0;
    std::string mid;
    wire::ExtensionMap extensions;
    // Packets that are sent again in the long run; what is asked for beyond that is not. A browser's pacer
    // has such a bound: a server that loses much must not get all the more to do.
    double resends_per_second = 100;
  };
  static constexpr double kResendBurst = 100;
  RtpSender(Settings settings, Entropy& entropy);

  // Appends the packet to `batch`, which is not full. `transport_sequence`: the transport's next number.
  void Write(const Payload& payload, Timestamp now, std::uint16_t& transport_sequence, RtpBatch& batch);
  // The same for a packet that was sent before; false when it is too old, the stream has no retransmissions,
  // or enough was sent again. Its stamp stays the one of the first time.
  bool Resend(std::uint16_t sequence, Timestamp now, std::uint16_t& transport_sequence, RtpBatch& batch);

  const Settings& settings() const { return settings_; }
  media::SendStream& stream() { return stream_; }
  const media::SendStream& stream() const { return stream_; }

 private:
  struct Kept {
    std::uint16_t sequence = 0;
    Timestamp sent = Timestamp::min();  // never
    Payload payload;
  };
  std::size_t WriteHeader(const Payload& payload, bool rtx, Timestamp now, std::uint16_t& transport_sequence,
                          MutableBytes out) const;

  Settings settings_;
  media::SendStream stream_;
  std::uint64_t index_;  // of the next packet: roll-over counter << 16 | sequence number
  std::uint64_t rtx_index_;
  std::vector<Kept> kept_;
  TokenBucket resends_;
};

}  // namespace kcs::load
