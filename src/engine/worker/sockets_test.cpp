#include "engine/worker/sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "io/test_util.h"

namespace kcs::worker_process {
namespace {

using ::testing::ElementsAre;

class WorkerSockets : public ::testing::Test {
 protected:
  void Listen(std::uint32_t slots = 4096, bool segmentation = true) {
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
                                       .on_connection_closed = [](const Tuple&) {}});
    ASSERT_TRUE(sockets_->Listen({.addresses = {SocketAddress::V4(127, 0, 0, 1, 0)},
                                  .min_port = 40'000,
                                  .max_port = 49'999,
                                  .segmentation = segmentation}));
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

TEST_F(WorkerSockets, SegmentationCanBeSwitchedOff) {
  Listen(16, false);
  EXPECT_FALSE(sockets_->segmentation());
}

}  // namespace
}  // namespace kcs::worker_process
