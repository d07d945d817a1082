#include "load/rtp_sender.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "engine/wire/rtp_writer.h"

namespace kcs::load {
namespace {

// RFC 3711 3.3.1: a receiver that loses the first packets guesses the roll-over counter right only if the
// numbers begin in the lower half.
std::uint64_t FirstIndex(Entropy& entropy) { return entropy.Below(0x8000); }

constexpr std::size_t kOriginalSequence = 2;  // bytes; RFC 4588 4: OSN

}  // namespace

RtpSender::RtpSender(Settings settings, Entropy& entropy)
    : settings_(std::move(settings)),
      stream_(settings_.ssrc, settings_.clock_rate, settings_.kind),
      index_(FirstIndex(entropy)),
      rtx_index_(FirstIndex(entropy)),
      resends_(settings_.resends_per_second, kResendBurst, Timestamp()) {
  if (settings_.rtx_ssrc != wire::Ssrc(0)) kept_.resize(kKept);
}

std::size_t RtpSender::WriteHeader(const Payload& payload, bool rtx, Timestamp now,
                                   std::uint16_t& transport_sequence, MutableBytes out) const {
  std::array<std::uint8_t, wire::kAbsSendTimeSize> send_time{};
  StoreU24(send_time.data(), wire::ToAbsSendTime(now));
  std::array<std::uint8_t, wire::kTransportSequenceSize> transport{};
  StoreU16(transport.data(), transport_sequence++);
  const std::uint8_t level = wire::AudioLevel{payload.audio_level < 50, payload.audio_level}.ToByte();

  using enum wire::ExtensionType;
  std::array<wire::RtpExtensionValue, 4> values;
  std::size_t count = 0;
  const auto add = [&](wire::ExtensionType type, Bytes data) {
    if (const std::uint8_t id = settings_.extensions.id(type); id != 0) values[count++] = {id, data};
  };
  add(kMid, AsBytes(settings_.mid));
  add(kAbsSendTime, send_time);
  add(kTransportWideCc, transport);
  if (settings_.kind == wire::MediaKind::kAudio) add(kAudioLevel, {&level, 1});

  ByteWriter writer(out);
  const wire::RtpHeader header{.marker = payload.marker,
                               .padding = false,
                               .payload_type = rtx ? settings_.rtx_payload_type : settings_.payload_type,
                               .sequence_number = static_cast<std::uint16_t>(rtx ? rtx_index_ : index_),
                               .timestamp = payload.timestamp,
                               .ssrc = rtx ? settings_.rtx_ssrc : settings_.ssrc};
  KCS_CHECK(wire::WriteRtpHeader(header, {values.data(), count}, writer));
  return writer.size();
}

void RtpSender::Write(const Payload& payload, Timestamp now, std::uint16_t& transport_sequence,
                      RtpBatch& batch) {
  const MutableBytes out = batch.Slot();
  const std::size_t header = WriteHeader(payload, false, now, transport_sequence, out);
  WritePayload(payload, now, out.subspan(header, payload.size));
  const std::size_t size = header + payload.size;
  batch.Add(size, header, settings_.ssrc.value(), index_);
  if (!kept_.empty()) {
    const auto sequence = static_cast<std::uint16_t>(index_);
    kept_[sequence % kKept] = {sequence, now, payload};
  }
  stream_.OnPacket(payload.timestamp, payload.size, size, now);
  ++index_;
}

bool RtpSender::Resend(std::uint16_t sequence, Timestamp now, std::uint16_t& transport_sequence,
                       RtpBatch& batch) {
  if (kept_.empty()) return false;
  const Kept& kept = kept_[sequence % kKept];
  if (kept.sequence != sequence || kept.sent == Timestamp::min()) return false;
  if (!resends_.Take(now)) return false;
  const MutableBytes out = batch.Slot();
  const std::size_t header = WriteHeader(kept.payload, true, now, transport_sequence, out);
  StoreU16(out.data() + header, sequence);
  WritePayload(kept.payload, kept.sent, out.subspan(header + kOriginalSequence, kept.payload.size));
  const std::size_t size = header + kOriginalSequence + kept.payload.size;
  batch.Add(size, header, settings_.rtx_ssrc.value(), rtx_index_);
  stream_.OnRetransmission(size, now);
  ++rtx_index_;
  return true;
}

}  // namespace kcs::load
