#include "engine/sfu/testing/two_encodings.h"

namespace kcs::sfu::testing {
namespace {

constexpr std::uint32_t kLow = 1000;  // SSRCs
constexpr std::uint32_t kHigh = 2000;

}  // namespace

void OneToOne::Send(const TestStream::Packet& packet) {
  const auto datagram = sender_.Rtp(packet);
  rig_.Feed({&datagram, 1});
}

void OneToOne::SendRtcp(CoreRig::Member& member, Bytes packet) {
  const auto datagram = member.Rtcp(packet);
  rig_.Feed({&datagram, 1});
}

TwoEncodings::TwoEncodings(Shape low, Shape high)
    : producer_(VideoProducer(sender_.transport, ProducerId(1), {Encoding(kLow), Encoding(kHigh)})),
      low_shape_(low),
      high_shape_(high) {
  rig_.Must(producer_);
  low_.ssrc = kLow;
  high_.ssrc = kHigh;
}

std::vector<TestStream::Packet> TwoEncodings::Picture(bool key) {
  auto packets = low_.VideoFrame(low_shape_.packets, low_shape_.size, key);
  for (auto& packet : high_.VideoFrame(high_shape_.packets, high_shape_.size, key))
    packets.push_back(std::move(packet));
  return packets;
}

}  // namespace kcs::sfu::testing
