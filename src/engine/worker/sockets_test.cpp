#include "engine/worker/sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "io/test_util.h"

namespace kcs::worker_process {
namespace {

using ::testing::ElementsAre;

class WorkerSockets : public ::testing::Test {
 protected:
  void Listen(std::uint32_t slots = 4096, bool segmentation = true, io::SendMessages send = nullptr) {
    slab_.emplace(slots);
    sockets_.emplace(loop_, *slab_, drops_,
                     Sockets::Handlers{.on_datagrams =
                                           [this](std::span<sfu::IngressDatagram> batch) {
                                             batches_.push_back(batch.size());
                                             turns_of_others_.push_back(turn_);
                                             loop_.Post([this] { ++turn_; });
                                             received_ += batch.size();
                                             for (auto& datagram : batch) datagram.slot.Reset();
                                           },
                                       .on_connection_closed = [](const Tuple&) {},
                                       .on_segmentation =
                                           [this](const SocketAddress& address, bool on) {
                                             EXPECT_EQ(address.port, sockets_->listening().front().udp_port);
                                             news_.push_back(on);
                                           }});
    ASSERT_TRUE(sockets_->Listen({.addresses = {SocketAddress::V4(127, 0, 0, 1, 0)},
                                  .min_port = 40'000,
                                  .max_port = 49'999,
                                  .segmentation = segmentation,
                                  .send_messages = send}));
  }
  // So many datagrams lie in the socket before the loop looks at it.
  void Arrive(std::size_t count) {
    auto sender = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0));
    const auto to = SocketAddress::V4(127, 0, 0, 1, sockets_->listening().front().udp_port);
    const std::string text = "a datagram";
    const std::vector<io::SendItem> items(count, io::SendItem{to, AsBytes(text)});
    ASSERT_EQ(sender->SendBatch(items).sent, count);
  }
  std::vector<std::size_t> BatchesOf(std::size_t count) {
    batches_.clear();
    received_ = 0;
    Arrive(count);
    EXPECT_TRUE(io::testing::Await(loop_, [&] { return received_ == count; }));
    return batches_;
  }

  io::EventLoop loop_;
  std::optional<Slab> slab_;
  sfu::DropCounters drops_;
  std::optional<Sockets> sockets_;
  std::vector<std::size_t> batches_;
  std::vector<int> turns_of_others_;  // that there had been before each batch
  int turn_ = 0;
  std::size_t received_ = 0;
  std::vector<bool> news_;  // of segmentation
};

TEST_F(WorkerSockets, WhatWaitsIsHandedOverTogetherUpToABound) {
  Listen();
  EXPECT_THAT(BatchesOf(1), ElementsAre(1));
  EXPECT_THAT(BatchesOf(64), ElementsAre(64));
  EXPECT_THAT(BatchesOf(200), ElementsAre(200));
  EXPECT_THAT(BatchesOf(300), ElementsAre(256, 44));
}

TEST_F(WorkerSockets, OthersHaveTheirTurnAfterEachBatch) {
  Listen();
  BatchesOf(400);
  EXPECT_THAT(turns_of_others_, ElementsAre(0, 1));
}

TEST_F(WorkerSockets, WithoutSlotsDatagramsAreCountedAndTheSocketIsEmptied) {
  Listen(100);
  std::vector<SlotRef> taken;
  while (SlotRef slot = slab_->Acquire()) taken.push_back(std::move(slot));
  Arrive(130);
  EXPECT_TRUE(io::testing::Await(loop_, [&] { return drops_[wire::DropReason::kNoPacketSlot] == 130; }));
  EXPECT_TRUE(batches_.empty());
}

bool g_refuses_runs = false;
int RefusingRuns(int fd, mmsghdr* messages, unsigned count, int flags) {
  unsigned take = 0;
  while (take < count && !(g_refuses_runs && messages[take].msg_hdr.msg_controllen > 0)) ++take;
  if (take > 0) return ::sendmmsg(fd, messages, take, flags);
  errno = EIO;
  return -1;
}

TEST_F(WorkerSockets, RunsThatARouteRefusesAreSaidOnceTriedAfterAMinuteAndSaidToBeBack) {
  Listen(16, true, &RefusingRuns);
  if (!sockets_->segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  auto receiver = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0));
  transport::Outbox outbox(64 * 1024, 16);
  const std::vector<std::uint8_t> bytes(100, 1);
  for (int i = 0; i < 3; ++i) {
    outbox.Append({.remote = receiver->local_address(), .socket = 0, .protocol = Protocol::kUdp}, bytes);
  }
  constexpr Timestamp kStart{1'000s};
  g_refuses_runs = true;
  sockets_->Send(outbox, kStart);
  EXPECT_FALSE(sockets_->segmentation());
  EXPECT_EQ(sockets_->send_counters().datagrams, 3U);
  sockets_->Send(outbox, kStart + 59s);
  EXPECT_FALSE(sockets_->segmentation());
  sockets_->Send(outbox, kStart + 60s);
  EXPECT_TRUE(sockets_->segmentation());
  sockets_->Send(outbox, kStart + 61s);
  EXPECT_FALSE(sockets_->segmentation());
  EXPECT_EQ(sockets_->send_counters().split_runs, 2U);
  EXPECT_THAT(news_, ElementsAre(false));

  g_refuses_runs = false;
  sockets_->Send(outbox, kStart + 181s);
  for (const Duration time : {182s, 240s, 301s}) sockets_->Send(outbox, kStart + time);
  EXPECT_TRUE(sockets_->segmentation());
  EXPECT_EQ(sockets_->send_counters().runs, 3U);
  EXPECT_THAT(news_, ElementsAre(false, true));
  EXPECT_EQ(sockets_->send_counters().datagrams, 24U);
}

TEST_F(WorkerSockets, SegmentationCanBeSwitchedOff) {
  Listen(16, false);
  EXPECT_FALSE(sockets_->segmentation());
}

}  // namespace
}  // namespace kcs::worker_process
