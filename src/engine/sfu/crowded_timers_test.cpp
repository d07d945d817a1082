// Timers of many transports that are due at once, and have more to send than fits the outbox.
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_remb.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;

constexpr std::size_t kReceivers = 60;
constexpr std::size_t kPackets = 24;
constexpr std::uint32_t kPicture = 5000;

TEST(CrowdedTimers, PicturesThatWaitForManyLinksLeaveInTimeThroughASmallOutbox) {
  CoreRig rig(1024 * 1024, 80);
  CoreRig::Member& sender = rig.Join();
  std::deque<CoreRig::Member*> receivers;
  for (std::size_t i = 0; i < kReceivers; ++i) receivers.push_back(&rig.Join());
  rig.Exchange();
  const CreateProducer video =
      testing::VideoProducer(sender.transport, ProducerId(1), {Encoding(1000, 1001)});
  rig.Must(video);
  for (std::size_t i = 0; i < kReceivers; ++i) {
    rig.Must(testing::ConsumerOf(video, receivers[i]->transport, ConsumerId(i + 1), wire::Ssrc(kPicture)));
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    wire::Remb remb{.sender_ssrc = wire::Ssrc(1), .bitrate_bps = 500'000, .sources = {}};
    remb.sources.PushBack(wire::Ssrc(kPicture));
    remb.Write(writer);
    const auto datagram = receivers[i]->Rtcp(writer.written());
    rig.Feed({&datagram, 1});
  }
  for (CoreRig::Member* receiver : receivers) receiver->peer->TakeReceived();

  TestStream picture;
  picture.ssrc = 1000;
  std::vector<CoreRig::Datagram> datagrams;
  for (const auto& packet : picture.VideoFrame(kPackets, 1100, true)) datagrams.push_back(sender.Rtp(packet));
  rig.Feed(datagrams);
  rig.Advance(120ms);

  for (CoreRig::Member* receiver : receivers) {
    std::size_t received = 0;
    for (const auto& packet : receiver->peer->TakeReceived()) received += packet.rtcp ? 0 : 1;
    EXPECT_EQ(received, kPackets);
  }
}

}  // namespace
}  // namespace kcs::sfu
