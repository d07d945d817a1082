// Temporal layers of H.264, which has no numbers for them in its payload: a header extension tells.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/testing/svc_sender.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;
using wire::testing::SvcFormat;
using wire::testing::SvcMode;
using wire::testing::SvcSender;

constexpr std::uint8_t kExtensionId = 8;
constexpr std::uint32_t kReceived = 5000;

class H264Layers : public ::testing::TestWithParam<wire::ExtensionType> {
 protected:
  H264Layers() {
    auto producer = testing::VideoProducer(sender_.transport, ProducerId(1), {testing::Encoding(1000, 1001)});
    producer.codecs[0].codec = wire::CodecType::kH264;
    producer.extensions.Set(GetParam(), kExtensionId);
    rig_.Exchange();
    rig_.Must(producer);
    rig_.Must(testing::ConsumerOf(producer, receiver_.transport, ConsumerId(1), wire::Ssrc(kReceived)));
    stream_.ssrc = 1000;
  }
  void Prefer(std::uint8_t temporal) {
    rig_.Must(ConsumerCommand{.consumer = ConsumerId(1),
                              .action = ConsumerAction::kSetPreferredLayers,
                              .spatial_layer = 255,
                              .temporal_layer = temporal});
  }
  void NextPicture() {
    rig_.Advance(33ms);
    stream_.timestamp += 3000;
    // Descriptors are those of an AV1 sender: they do not depend on the codec.
    const auto packets = descriptors_.NextPicture();
    const wire::testing::SvcFrame& frame = descriptors_.frames().back();
    // RFC 9626 3.1. The first picture of the highest layer refers to the lowest, the second one to the
    // middle.
    const bool after_middle = frame.picture % 4 == 3;
    const bool syncs = frame.temporal != 0 && !after_middle;
    const auto marking = static_cast<char>(0xc0 | (frame.key ? 0x20 : 0) | (frame.temporal == 2 ? 0x10 : 0) |
                                           (syncs ? 0x08 : 0) | frame.temporal);
    const bool marks = GetParam() == wire::ExtensionType::kFrameMarking;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const auto& descriptor = packets[i].descriptor;
      stream_.extensions = {{kExtensionId, marks ? std::string(1, marking)
                                                 : std::string(descriptor.begin(), descriptor.end())}};
      // RFC 6184: slices, the first of which begins the picture; others refer to all of them.
      const std::vector<std::uint8_t> payload = {static_cast<std::uint8_t>(frame.key ? 0x65 : 0x41),
                                                 static_cast<std::uint8_t>(i == 0 ? 0x88 : 0x08), 0,
                                                 static_cast<std::uint8_t>(frame.temporal)};
      const auto datagram = sender_.Rtp(stream_.WithPayload(payload, i + 1 == packets.size()));
      rig_.Feed({&datagram, 1});
    }
  }
  // The temporal layers of the packets that come with the next pictures, each once.
  std::vector<int> Play(int pictures) {
    receiver_.peer->TakeReceived();
    for (int i = 0; i < pictures; ++i) NextPicture();
    std::vector<int> seen;
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (rtp && rtp->payload_size() == 4) seen.push_back(rtp->payload()[3]);
    }
    std::ranges::sort(seen);
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    return seen;
  }

  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  CoreRig::Member& receiver_ = rig_.Join();
  SvcSender descriptors_{SvcMode::Parse("L1T3"), SvcFormat::kAv1};
  TestStream stream_;
};
INSTANTIATE_TEST_SUITE_P(ToldBy, H264Layers,
                         ::testing::Values(wire::ExtensionType::kDependencyDescriptor,
                                           wire::ExtensionType::kFrameMarking));

TEST_P(H264Layers, AreLeftOutAndTakenUpAgainWithoutAKeyFrame) {
  EXPECT_EQ(Play(24), (std::vector<int>{0, 1, 2}));
  Prefer(0);
  Play(4);
  EXPECT_EQ(Play(24), (std::vector<int>{0}));
  Prefer(1);
  Play(8);
  EXPECT_EQ(Play(24), (std::vector<int>{0, 1}));
  Prefer(255);
  Play(8);
  EXPECT_EQ(Play(24), (std::vector<int>{0, 1, 2}));
}

}  // namespace
}  // namespace kcs::sfu
