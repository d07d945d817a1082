#include "engine/sfu/prober.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/sfu/consumer.h"
#include "engine/sfu/webrtc_transport.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sfu {
namespace {

constexpr std::size_t kMaxFiller = 1100;
// A probe of smaller packets is so short that a few of a picture's would be all of it, which are too few to
// measure.
constexpr std::size_t kRepeatFrom = 500;
constexpr std::array<std::uint8_t, kMaxFiller> kZeros{};

}  // namespace

void Prober::Send(std::size_t bytes, std::size_t packet_size, WebRtcTransport& receiver, Timestamp now,
                  EgressBatch& egress) {
  const auto& consumers = receiver.consumers();
  const Consumer* numbered = nullptr;  // one that shows which extensions the receiver wants
  for (std::size_t i = 0; i < consumers.size() && bytes > 0; ++i) {
    Consumer& consumer = *consumers[(turn_ + i) % consumers.size()];
    if (!consumer.reports_bandwidth()) continue;
    numbered = &consumer;
    while (bytes > 0 && packet_size >= kRepeatFrom) {
      const std::size_t sent = consumer.Repeat(now, egress);
      if (sent == 0) break;
      bytes -= std::min(bytes, sent);
    }
  }
  ++turn_;
  while (bytes > 0 && numbered != nullptr) {
    const std::size_t sent = SendFiller(packet_size, receiver, *numbered, now, egress);
    if (sent == 0) return;
    bytes -= std::min(bytes, sent);
  }
}

std::size_t Prober::SendFiller(std::size_t size, WebRtcTransport& receiver, const Consumer& numbered,
                               Timestamp now, EgressBatch& egress) {
  const std::size_t payload = std::clamp<std::size_t>(size, 100, kMaxFiller + 60) - 60;
  std::uint8_t* header = egress.Reserve(wire::kRtpFixedHeaderSize + SharedExtension::kMaxWritten + payload);
  const Tuple* tuple = receiver.peer().selected_tuple();
  const crypto::SrtpSealer* sealer = receiver.peer().sealer();
  if (header == nullptr || tuple == nullptr || sealer == nullptr) return 0;

  SharedExtension extension;
  const ReceiverExtension own = numbered.OwnExtension(
      {reinterpret_cast<const std::uint8_t*>(kProbatorMid), std::strlen(kProbatorMid)}, now);
  const std::size_t extension_size = extension.Write(own, header + wire::kRtpFixedHeaderSize);
  header[0] = extension_size > 0 ? 0x90 : 0x80;
  header[wire::kRtpMarkerOffset] = kProbatorPayloadType;
  StoreU16(header + wire::kRtpSequenceOffset, static_cast<std::uint16_t>(sequence_));
  StoreU32(header + wire::kRtpTimestampOffset, 0);
  StoreU32(header + wire::kRtpSsrcOffset, kProbatorSsrc);
  const std::size_t sent = egress.Add(*sealer, *tuple,
                                      {.header = header,
                                       .header_size = wire::kRtpFixedHeaderSize + extension_size,
                                       .prefix = {},
                                       .body = Bytes(kZeros).first(payload),
                                       .padding = 0,
                                       .ssrc = kProbatorSsrc,
                                       .index = sequence_});
  ++sequence_;
  receiver.NoteSent(own.transport_sequence, sent, now);
  receiver.pacer().OnSent(sent, now);
  return sent;
}

}  // namespace kcs::sfu
