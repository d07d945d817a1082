#include "base/leisure.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/datagram_kind.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;

constexpr std::uint32_t kReceivers = 30;

// A camera, and receivers of it who come one after the other.
void FillRoom(CoreRig& rig, Duration apart) {
  for (std::uint32_t i = 0; i <= kReceivers; ++i) rig.Join();
  rig.Exchange();
  const auto camera = testing::VideoProducer(TransportId(1), ProducerId(1), {testing::Encoding(1000, 1001)});
  rig.Must(camera);
  for (std::uint32_t r = 0; r < kReceivers; ++r) {
    rig.Must(testing::ConsumerOf(camera, TransportId(r + 2), ConsumerId(r + 1), wire::Ssrc(5000 + 10 * r)));
    rig.MoveClock(apart);
  }
}

TEST(Leisure, IsNeverEarlyAndAtMostAStepLate) {
  EXPECT_EQ(AtLeisure(Timestamp(10s)), Timestamp(10s));
  EXPECT_EQ(AtLeisure(Timestamp(10s + 1us)), Timestamp(10s + kLeisure));
  EXPECT_EQ(AtLeisure(Timestamp(10s - 1us)), Timestamp(10s));
  EXPECT_EQ(AtLeisure(kNever), kNever);
}

TEST(Leisure, ReceiversThatCameOneAfterAnotherGetTheirReportsTogether) {
  CoreRig rig;
  FillRoom(rig, 1'300us);
  TestStream stream;
  stream.ssrc = 1000;
  std::set<Timestamp> moments;
  std::size_t reports = 0;
  rig.set_observer([&](const transport::Outbox& outbox) {
    for (const transport::EgressDatagram& datagram : outbox.datagrams()) {
      if (wire::Classify(outbox.bytes(datagram)) != wire::DatagramKind::kRtcp) continue;
      ++reports;
      moments.insert(rig.now());
    }
  });
  for (const Timestamp end = rig.now() + 3s; rig.now() < end;) {
    for (const auto& packet : stream.VideoFrame(1, 800, reports == 0)) {
      const auto datagram = rig.members().front().Rtp(packet);
      rig.Feed({&datagram, 1});
    }
    for (const Timestamp next = rig.now() + 33ms; rig.now() < next; rig.MoveClock(100us)) rig.RunTimers();
  }
  EXPECT_GT(reports, std::size_t{kReceivers} * 2);
  EXPECT_LT(moments.size(), reports / 2);
}

TEST(Leisure, HowThePathsAreIsToldOfManyAtATime) {
  CoreRig rig;
  FillRoom(rig, 7'300us);
  rig.TakeNews<TransportQuality>();
  std::size_t told = 0;
  std::set<Timestamp> moments;
  for (const Timestamp end = rig.now() + 2 * TransportQuality::kInterval; rig.now() < end;
       rig.MoveClock(1ms)) {
    rig.RunTimers();
    const std::size_t now = rig.TakeNews<TransportQuality>().size();
    if (now > 0) moments.insert(rig.now());
    told += now;
  }
  EXPECT_GE(told, std::size_t{kReceivers});
  EXPECT_LE(moments.size(), told / 5);
}

}  // namespace
}  // namespace kcs::sfu
