#include "load/rtp_batch.h"

#include "base/check.h"

namespace kcs::load {

RtpBatch::RtpBatch() : plain_(kPackets * kSlotSize, 0x55), sealed_(kPackets * kSlotSize) {}

MutableBytes RtpBatch::Slot() {
  KCS_CHECK(!full());
  return MutableBytes(plain_).subspan(count_ * kSlotSize, kSlotSize - crypto::kMaxRtpOverhead);
}

void RtpBatch::Add(std::size_t size, std::size_t header_size, std::uint32_t ssrc, std::uint64_t index) {
  const Bytes packet(Plain(count_), size);
  sizes_[count_] = size;
  jobs_[count_] = {.sealer = nullptr,
                   .ssrc = ssrc,
                   .index = index,
                   .header = packet.first(header_size),
                   .prefix = {},
                   .body = packet.subspan(header_size),
                   .out = sealed_.data() + count_ * kSlotSize};
  ++count_;
}

RtpBatch::Outcome RtpBatch::Send(const crypto::SrtpSealer& sealer, io::UdpSocket& socket,
                                 const SocketAddress& to) {
  Outcome outcome;
  for (std::size_t i = 0; i < count_; ++i) {
    jobs_[i].sealer = &sealer;
    const std::size_t size = crypto::SrtpSealer::SealedSize(jobs_[i]);
    items_[i] = {to, {jobs_[i].out, size}};
    outcome.bytes += size;
  }
  crypto::SrtpSealer::SealRtp({jobs_.data(), count_});
  outcome.packets = socket.SendBatch({items_.data(), count_}).sent;
  outcome.refused = count_ - outcome.packets;
  count_ = 0;
  return outcome;
}

}  // namespace kcs::load
