#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kcs::sfu::testing {

// Plaintext RTP packets of one SSRC, numbered on and on.
class TestStream {
 public:
  using Packet = std::vector<std::uint8_t>;

  std::uint32_t ssrc = 0;
  std::uint8_t payload_type = 96;
  std::uint16_t sequence = 1000;
  std::uint32_t timestamp = 90'000;
  std::uint16_t picture = 1;
  std::vector<std::pair<std::uint8_t, std::string>> extensions;  // id and data, in every packet

  // A VP8 frame of `count` packets, each `size` bytes long with its header.
  std::vector<Packet> VideoFrame(int count, std::size_t size, bool key);
  // 20 ms of sound.
  Packet Sound(std::size_t size);
  // Next packet with this payload; the timestamp stays.
  Packet WithPayload(const std::vector<std::uint8_t>& payload, bool marker);

 private:
  std::size_t HeaderSize() const;
};

// The retransmission (RFC 4588 4) of a packet of another stream, by the stream `rtx`.
TestStream::Packet Retransmission(TestStream& rtx, const TestStream::Packet& original);

}  // namespace kcs::sfu::testing
