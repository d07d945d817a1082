#include "engine/sfu/testing/test_stream.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/rtp_writer.h"

namespace kcs::sfu::testing {
namespace {

constexpr std::size_t kVp8Descriptor = 4;  // with X, I and a 15-bit picture id

// RFC 7741 4.2, and the frame tag of 4.3: its lowest bit is clear in a key frame.
std::vector<std::uint8_t> Vp8Payload(std::size_t size, std::uint16_t picture, bool first, bool key) {
  std::vector<std::uint8_t> payload(size, static_cast<std::uint8_t>(picture));
  payload[0] = first ? 0x90 : 0x80;
  payload[1] = 0x80;
  StoreU16(&payload[2], static_cast<std::uint16_t>(0x8000 | picture));
  payload[kVp8Descriptor] = first && key ? 0x00 : 0x01;
  return payload;
}

std::vector<wire::RtpExtensionValue> ValuesOf(
    const std::vector<std::pair<std::uint8_t, std::string>>& extensions) {
  std::vector<wire::RtpExtensionValue> values;
  for (const auto& [id, data] : extensions) values.push_back({id, AsBytes(data)});
  return values;
}

}  // namespace

std::size_t TestStream::HeaderSize() const { return wire::RtpHeaderSizeWith(ValuesOf(extensions)); }

TestStream::Packet TestStream::WithPayload(const std::vector<std::uint8_t>& payload, bool marker) {
  const auto values = ValuesOf(extensions);
  Packet packet(wire::RtpHeaderSizeWith(values) + payload.size());
  ByteWriter writer(packet);
  KCS_CHECK(wire::WriteRtpHeader({.marker = marker,
                                  .padding = false,
                                  .payload_type = payload_type,
                                  .sequence_number = sequence++,
                                  .timestamp = timestamp,
                                  .ssrc = wire::Ssrc(ssrc)},
                                 values, writer));
  writer.Write(payload);
  return packet;
}

std::vector<TestStream::Packet> TestStream::VideoFrame(int count, std::size_t size, bool key) {
  timestamp += 3000;
  picture = static_cast<std::uint16_t>((picture + 1) & 0x7fff);
  std::vector<Packet> packets;
  for (int i = 0; i < count; ++i) {
    packets.push_back(WithPayload(Vp8Payload(size - HeaderSize(), picture, i == 0, key), i + 1 == count));
  }
  return packets;
}

TestStream::Packet TestStream::Sound(std::size_t size) {
  timestamp += 960;
  return WithPayload(std::vector<std::uint8_t>(size - HeaderSize(), 0x55), false);
}

TestStream::Packet Retransmission(TestStream& rtx, const TestStream::Packet& original) {
  const auto rtp = wire::RtpPacket::Parse(original);
  KCS_CHECK(rtp);
  std::vector<std::uint8_t> payload(2);
  StoreU16(payload.data(), rtp->sequence_number());
  payload.insert(payload.end(), rtp->payload().begin(), rtp->payload().end());
  rtx.timestamp = rtp->timestamp();
  return rtx.WithPayload(payload, rtp->marker());
}

}  // namespace kcs::sfu::testing
