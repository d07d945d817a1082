#include "media_source.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/wire/extensions.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/rtp_writer.h"
#include "engine/wire/vp8.h"

namespace kcs::sim {
namespace {

constexpr std::size_t kVideoPayload = 1000;
constexpr std::size_t kMaxPayload = 1150;  // browsers fill packets to a little less than 1,200 bytes
constexpr std::size_t kAudioPayload = 80;
constexpr std::uint16_t kKept = 1000;
constexpr double kPacing = 2.5;      // times the bit rate
constexpr std::size_t kHeader = 10;  // of a VP8 key frame, at most
constexpr std::size_t kSmallest = 60;

// RFC 7741 4.2, and behind it the frame header of 4.3: its lowest bit is clear in a key frame. Then our mark.
std::vector<std::uint8_t> VideoPayload(const wire::Vp8Descriptor& descriptor, const SourceOptions& options,
                                       std::size_t size) {
  std::vector<std::uint8_t> payload(std::max(size, kSmallest), static_cast<std::uint8_t>(size));
  ByteWriter writer(payload);
  descriptor.Write(writer);
  std::uint8_t* bitstream = payload.data() + writer.size();
  std::fill_n(bitstream, kHeader, std::uint8_t{0x01});
  if (descriptor.key_frame) {
    const auto width = options.width;
    const auto height = options.height;
    const std::array<std::uint8_t, kHeader> header = {0,
                                                      0,
                                                      0,
                                                      0x9d,
                                                      0x01,
                                                      0x2a,
                                                      static_cast<std::uint8_t>(width & 0xff),
                                                      static_cast<std::uint8_t>(width >> 8),
                                                      static_cast<std::uint8_t>(height & 0xff),
                                                      static_cast<std::uint8_t>(height >> 8)};
    std::copy(header.begin(), header.end(), bitstream);
  }
  bitstream[kHeader] = options.encoding;
  bitstream[kHeader + 1] = descriptor.temporal_layer.value_or(0);
  return payload;
}

}  // namespace

std::optional<FrameMark> FrameMark::Read(Bytes bitstream) {
  if (bitstream.size() < kHeader + 2) return std::nullopt;
  return FrameMark{bitstream[kHeader], bitstream[kHeader + 1]};
}

std::optional<SoundMark> SoundMark::Read(Bytes payload) {
  if (payload.size() < 8) return std::nullopt;
  return SoundMark{.speaker = LoadU32(payload.data() + 4), .number = LoadU32(payload.data())};
}

MediaSource::MediaSource(const SourceOptions& options)
    : options_(options), sequence_(options.first_sequence) {
  const std::uint64_t seed = options.ssrc + (options.seed << 32);
  if (!options.svc.empty()) {
    const bool av1 = options.codec == wire::CodecType::kAv1;
    svc_.emplace(options.svc, av1 ? wire::testing::SvcFormat::kAv1 : wire::testing::SvcFormat::kVp9Flexible,
                 options.layers, options.frame_interval, options.key_frame, seed);
  } else if (options.bitrate > 0) {
    encoder_.emplace(options.bitrate, options.frame_interval, options.temporal_layers, options.key_frame,
                     seed);
  }
}

std::uint32_t MediaSource::TimestampAt(Timestamp now) const {
  const std::int64_t rate = options_.kind == wire::MediaKind::kVideo ? 90'000 : 48'000;
  return static_cast<std::uint32_t>(ToMicros(now) * rate / 1'000'000) + options_.ssrc;
}

std::vector<std::vector<std::uint8_t>> MediaSource::Tick(Timestamp now, std::uint16_t& transport_sequence) {
  if (!next_frame_) next_frame_ = now + options_.seed * 7ms % 33ms;
  while (*next_frame_ <= now) {
    const std::uint32_t timestamp = TimestampAt(*next_frame_);
    *next_frame_ += options_.kind == wire::MediaKind::kVideo ? options_.frame_interval : Duration(20ms);
    if (muted_) continue;
    ++frame_;
    if (options_.kind == wire::MediaKind::kAudio) {
      paced_.push_back({now, timestamp, false, std::vector<std::uint8_t>(kAudioPayload, 0x55)});
      StoreU32(paced_.back().payload.data(), frame_);
      StoreU32(paced_.back().payload.data() + 4, options_.ssrc);
    } else if (svc_) {
      MakePicture(timestamp, now);
    } else {
      MakeFrame(timestamp, now);
    }
  }
  std::vector<std::vector<std::uint8_t>> packets;
  while (!paced_.empty() && paced_.front().due <= now) {
    packets.push_back(Packet(paced_.front(), transport_sequence));
    paced_.pop_front();
  }
  return packets;
}

void MediaSource::MakeFrame(std::uint32_t timestamp, Timestamp now) {
  const bool key = std::exchange(key_frame_wanted_, false);
  if (key) ++key_frames_;
  auto count = static_cast<std::size_t>(key ? options_.packets_per_key_frame : options_.packets_per_frame);
  std::size_t size = kVideoPayload;
  Duration distance{};
  wire::Vp8Descriptor descriptor;
  descriptor.picture_id = static_cast<std::uint16_t>(frame_ & 0x7fff);
  descriptor.wide_picture_id = true;
  if (encoder_) {
    const Encoder::Frame frame = encoder_->Next(key);
    count = (frame.bytes + kMaxPayload - 1) / kMaxPayload;
    size = frame.bytes / count;
    const double pacing = options_.pacing > 0 ? options_.pacing : kPacing * options_.bitrate;
    distance = Duration(static_cast<std::int64_t>(static_cast<double>(size) * 8e6 / pacing));
    if (frame.temporal_layer == 0) ++tl0_index_;
    if (options_.temporal_layers > 1) {
      descriptor.tl0_picture_index = tl0_index_;
      descriptor.temporal_layer = frame.temporal_layer;
      descriptor.layer_sync = frame.layer_sync;
      descriptor.non_reference = frame.temporal_layer + 1 == options_.temporal_layers;
    }
  }
  // A frame follows the one before it.
  Timestamp due = paced_.empty() ? now : std::max(now, paced_.back().due + distance);
  for (std::size_t i = 0; i < count; ++i, due += distance) {
    descriptor.start_of_partition = i == 0;
    descriptor.key_frame = i == 0 && key;
    paced_.push_back({due, timestamp, i + 1 == count, VideoPayload(descriptor, options_, size)});
  }
}

void MediaSource::MakePicture(std::uint32_t timestamp, Timestamp now) {
  const bool key = std::exchange(key_frame_wanted_, false);
  if (key) ++key_frames_;
  const double pacing = options_.pacing > 0 ? options_.pacing : kPacing * options_.bitrate;
  Timestamp due = paced_.empty() ? now : std::max(now, paced_.back().due);
  for (wire::testing::SvcPacket& packet : svc_->NextPicture(key)) {
    due += Duration(static_cast<std::int64_t>(static_cast<double>(packet.payload.size()) * 8e6 / pacing));
    paced_.push_back(
        {due, timestamp, packet.marker, std::move(packet.payload), std::move(packet.descriptor)});
  }
}

std::vector<std::uint8_t> MediaSource::Packet(const Paced& paced, std::uint16_t& transport_sequence) {
  std::array<std::uint8_t, 2> transport_cc{};
  StoreU16(transport_cc.data(), transport_sequence++);
  const std::array<std::uint8_t, 1> level = {level_};
  std::vector<wire::RtpExtensionValue> extensions = {{kSenderTransportCcId, transport_cc}};
  if (options_.kind == wire::MediaKind::kAudio) extensions.push_back({kSenderAudioLevelId, level});
  if (!paced.descriptor.empty()) extensions.push_back({kSenderDescriptorId, paced.descriptor});

  std::vector<std::uint8_t> packet(64 + paced.descriptor.size() + paced.payload.size());
  ByteWriter writer(packet);
  wire::WriteRtpHeader({.marker = paced.marker,
                        .padding = false,
                        .payload_type = options_.payload_type,
                        .sequence_number = sequence_,
                        .timestamp = paced.timestamp,
                        .ssrc = wire::Ssrc(options_.ssrc)},
                       extensions, writer);
  writer.Write(paced.payload);
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
  std::vector<wire::RtpExtensionValue> extensions;
  if (const Bytes descriptor = original->Extension(kSenderDescriptorId); !descriptor.empty())
    extensions.push_back({kSenderDescriptorId, descriptor});
  wire::WriteRtpHeader({.marker = original->marker(),
                        .padding = false,
                        .payload_type = options_.rtx_payload_type,
                        .sequence_number = ++rtx_sequence_,
                        .timestamp = original->timestamp(),
                        .ssrc = wire::Ssrc(options_.rtx_ssrc)},
                       extensions, writer);
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
