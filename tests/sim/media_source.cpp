#include "media_source.h"

#include <array>
#include <utility>

#include "engine/wire/extensions.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/rtp_writer.h"

namespace kcs::sim {
namespace {

constexpr std::size_t kVideoPayload = 1000;
constexpr std::size_t kAudioPayload = 80;
constexpr std::uint16_t kKept = 1000;

// RFC 7741 4.2: X, then I with a 15-bit picture id; the S bit begins a frame. Behind it the frame tag of 4.3,
// whose lowest bit is clear in a key frame, and our frame number.
std::vector<std::uint8_t> VideoPayload(std::uint32_t frame, bool first, bool key) {
  std::vector<std::uint8_t> payload(kVideoPayload, static_cast<std::uint8_t>(frame));
  payload[0] = first ? 0x90 : 0x80;
  payload[1] = 0x80;
  StoreU16(&payload[2], static_cast<std::uint16_t>(0x8000 | (frame & 0x7fff)));
  payload[4] = static_cast<std::uint8_t>(first && key ? 0x00 : 0x01);
  if (first && key) {
    const std::array<std::uint8_t, 9> rest = {0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01};
    std::copy(rest.begin(), rest.end(), payload.begin() + 5);
  }
  StoreU32(&payload[16], frame);
  return payload;
}

}  // namespace

MediaSource::MediaSource(const SourceOptions& options)
    : options_(options), sequence_(options.first_sequence) {}

std::uint32_t MediaSource::TimestampAt(Timestamp now) const {
  const std::int64_t rate = options_.kind == wire::MediaKind::kVideo ? 90'000 : 48'000;
  return static_cast<std::uint32_t>(ToMicros(now) * rate / 1'000'000) + options_.ssrc;
}

std::vector<std::vector<std::uint8_t>> MediaSource::Tick(Timestamp now, std::uint16_t& transport_sequence) {
  std::vector<std::vector<std::uint8_t>> packets;
  if (!next_frame_) next_frame_ = now;
  while (*next_frame_ <= now) {
    const std::uint32_t timestamp = TimestampAt(*next_frame_);
    *next_frame_ += options_.kind == wire::MediaKind::kVideo ? options_.frame_interval : Duration(20ms);
    if (muted_) continue;
    ++frame_;
    if (options_.kind == wire::MediaKind::kAudio) {
      std::vector<std::uint8_t> payload(kAudioPayload, 0x55);
      StoreU32(payload.data(), frame_);
      packets.push_back(Packet(timestamp, false, payload, transport_sequence));
      continue;
    }
    const bool key = std::exchange(key_frame_wanted_, false);
    if (key) ++key_frames_;
    const int count = key ? options_.packets_per_key_frame : options_.packets_per_frame;
    for (int i = 0; i < count; ++i) {
      packets.push_back(
          Packet(timestamp, i + 1 == count, VideoPayload(frame_, i == 0, key), transport_sequence));
    }
  }
  return packets;
}

std::vector<std::uint8_t> MediaSource::Packet(std::uint32_t timestamp, bool marker, Bytes payload,
                                              std::uint16_t& transport_sequence) {
  std::array<std::uint8_t, 2> transport_cc{};
  StoreU16(transport_cc.data(), transport_sequence++);
  const std::array<std::uint8_t, 1> level = {0x80 | 30};
  std::vector<wire::RtpExtensionValue> extensions = {{kSenderTransportCcId, transport_cc}};
  if (options_.kind == wire::MediaKind::kAudio) extensions.push_back({kSenderAudioLevelId, level});

  std::vector<std::uint8_t> packet(64 + payload.size());
  ByteWriter writer(packet);
  wire::WriteRtpHeader({.marker = marker,
                        .padding = false,
                        .payload_type = options_.payload_type,
                        .sequence_number = sequence_,
                        .timestamp = timestamp,
                        .ssrc = wire::Ssrc(options_.ssrc)},
                       extensions, writer);
  writer.Write(payload);
  packet.resize(writer.size());
  sent_[sequence_] = packet;
  sent_.erase(static_cast<std::uint16_t>(sequence_ - kKept));
  ++sequence_;
  ++packets_;
  return packet;
}

std::optional<std::vector<std::uint8_t>> MediaSource::Retransmission(std::uint16_t sequence) {
  const auto found = sent_.find(sequence);
  if (found == sent_.end()) return std::nullopt;
  if (options_.rtx_ssrc == 0) return found->second;  // RFC 4585: the packet itself, once more

  const auto original = wire::RtpPacket::Parse(found->second);
  std::vector<std::uint8_t> packet(found->second.size() + 64);
  ByteWriter writer(packet);
  wire::WriteRtpHeader({.marker = original->marker(),
                        .padding = false,
                        .payload_type = options_.rtx_payload_type,
                        .sequence_number = ++rtx_sequence_,
                        .timestamp = original->timestamp(),
                        .ssrc = wire::Ssrc(options_.rtx_ssrc)},
                       {}, writer);
  writer.U16(sequence);
  writer.Write(original->payload());
  packet.resize(writer.size());
  return packet;
}

std::vector<std::uint8_t> MediaSource::SenderReport(Timestamp now) const {
  std::vector<std::uint8_t> bytes(64);
  ByteWriter writer(bytes);
  wire::SenderReport report;
  report.sender_ssrc = wire::Ssrc(options_.ssrc);
  const auto us = static_cast<std::uint64_t>(ToMicros(now));
  report.ntp = ((us / 1'000'000 + 3'900'000'000U) << 32) | (((us % 1'000'000) << 32) / 1'000'000);
  report.rtp_timestamp = TimestampAt(now);
  report.packet_count = packets_;
  report.Write(writer);
  bytes.resize(writer.size());
  return bytes;
}

}  // namespace kcs::sim
