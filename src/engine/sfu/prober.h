#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/time.h"
#include "engine/crypto/srtp.h"
#include "engine/sfu/egress_batch.h"

namespace kcs::sfu {

class Consumer;
class WebRtcTransport;

// Makes the padding of a receiver's probes. Best are packets that it may have missed, sent again over the
// retransmission stream of a picture that is being sent. While there is none, the *probator* stream: every
// mediasoup-client that has a video consumer expects it, under fixed numbers, and throws it away. It also
// makes the small packets of probes that are short, which a picture's would be too few for.
class Prober {
 public:
  static constexpr std::uint32_t kProbatorSsrc = 1234;
  static constexpr std::uint8_t kProbatorPayloadType = 127;
  static constexpr const char* kProbatorMid = "probator";

  // At least `bytes` (on the wire) in packets of about `packet_size`; less if the outbox is full or there is
  // no picture that the receiver knows of.
  void Send(std::size_t bytes, std::size_t packet_size, WebRtcTransport& receiver, Timestamp now,
            EgressBatch& egress);

 private:
  std::size_t SendFiller(std::size_t size, WebRtcTransport& receiver, const Consumer& numbered, Timestamp now,
                         EgressBatch& egress);

  std::uint32_t turn_ = 0;      // consumers take turns
  std::uint64_t sequence_ = 1;  // of the probator: below 2^15 at first, see RFC 3711 3.3.1
};

}  // namespace kcs::sfu
