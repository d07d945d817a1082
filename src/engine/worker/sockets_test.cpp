#include "engine/worker/sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "io/test_util.h"

namespace kcs::worker_process {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kText = "a datagram";

class WorkerSockets : public ::testing::Test {
 protected:
  void Listen(std::uint32_t slots = 4096, bool segmentation = true, io::SendMessages send = nullptr) {
    Listen(slots, {.segmentation = segmentation, .send_messages = send});
  }
  void Listen(std::uint32_t slots, ListenOptions options) {
    slab_.emplace(slots);
    sockets_.emplace(loop_, *slab_, drops_,
                     Sockets::Handlers{.on_datagrams =
                                           [this](std::span<sfu::IngressDatagram> batch) {
                                             batches_.push_back(batch.size());
                                             turns_of_others_.push_back(turn_);
                                             loop_.Post([this] { ++turn_; });
                                             received_ += batch.size();
                                             const Timestamp end = io::EventLoop::Now() + work_;
                                             while (io::EventLoop::Now() < end) continue;
                                             for (auto& datagram : batch) {
                                               ages_.push_back(datagram.age);
                                               datagram.slot.Reset();
                                             }
                                           },
                                       .on_connection_closed = [](const Tuple&) {},
                                       .on_segmentation =
                                           [this](const SocketAddress& address, bool on) {
                                             EXPECT_EQ(address.port, sockets_->listening().front().udp_port);
                                             news_.push_back(on);
                                           }});
    options.addresses = {SocketAddress::V4(127, 0, 0, 1, 0)};
    options.min_port = 40'000;
    options.max_port = 49'999;
    ASSERT_TRUE(sockets_->Listen(options));
  }
  // So many datagrams lie in the socket before the loop looks at it.
  void Arrive(std::size_t count, Bytes datagram = AsBytes(kText)) {
    auto sender = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0));
    const auto to = SocketAddress::V4(127, 0, 0, 1, sockets_->listening().front().udp_port);
    const std::vector<io::SendItem> items(count, io::SendItem{to, datagram});
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
  Duration work_{};  // that a batch is
  std::size_t received_ = 0;
  std::vector<Duration> ages_;  // of all datagrams, in order
  std::vector<bool> news_;      // of segmentation
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

TEST_F(WorkerSockets, AfterABatchThatTookLongTheNextOnesAreSmaller) {
  Listen();
  work_ = 2 * BatchSize::kLong;
  EXPECT_THAT(BatchesOf(300), ElementsAre(256, 44));
  work_ = {};
  const std::vector<std::size_t> batches = BatchesOf(300);
  EXPECT_LE(batches.front(), 22U) << "of 44 a half would not have taken long";
  EXPECT_GT(batches.back(), 22U) << "what takes no time may be more again";
}

TEST_F(WorkerSockets, WhatTheKernelDropsIsCounted) {
  Listen();
  std::size_t sent = 0;
  for (int i = 0; i < 200; ++i, sent += 100) Arrive(100, std::vector<std::uint8_t>(1000));
  ASSERT_TRUE(io::testing::Await(loop_, [&] { return received_ > 0; }));
  Arrive(1);
  ++sent;
  const auto dropped = [&] { return drops_[wire::DropReason::kReceiveBufferFull]; };
  EXPECT_TRUE(io::testing::Await(loop_, [&] { return received_ + dropped() == sent; }));
  EXPECT_GT(dropped(), 0U);
}

TEST_F(WorkerSockets, WithoutSlotsDatagramsAreCountedAndTheSocketIsEmptied) {
  Listen(100);
  std::vector<SlotRef> taken;
  while (SlotRef slot = slab_->Acquire()) taken.push_back(std::move(slot));
  Arrive(130);
  EXPECT_TRUE(io::testing::Await(loop_, [&] { return drops_[wire::DropReason::kNoPacketSlot] == 130; }));
  EXPECT_TRUE(batches_.empty());
}

std::vector<std::uint8_t> PictureRtp(bool last, std::size_t size = 1'000) {
  std::vector<std::uint8_t> packet(size, 0);
  packet[0] = 0x80;
  packet[1] = static_cast<std::uint8_t>(96 | (last ? 0x80 : 0));
  return packet;
}

// What comes while the worker waits is up to each test.
class WaitingWorkerSockets : public WorkerSockets {
 protected:
  void ListenAndWait(bool gathering = true) {
    Listen(4096, {.gathering = gathering, .wait = [this](Duration time) {
                    waited_ += time;
                    if (meanwhile_) meanwhile_();
                    return time;
                  }});
  }
  // A third of the time, for half a second. That ends in a minute, so that a test which is paused stays busy.
  void BeBusy() {
    const Timestamp end = io::EventLoop::Now() + 60s;
    for (Timestamp at = end - 500ms; at < end; at += 3ms) sockets_->OnWork(at, at + 1ms);
  }
  void AwaitAll(std::size_t count) {
    EXPECT_TRUE(io::testing::Await(loop_, [&] { return received_ == count; }));
  }

  std::function<void()> meanwhile_;
  Duration waited_{};
  std::vector<std::uint8_t> part_ = PictureRtp(false);
  std::vector<std::uint8_t> end_ = PictureRtp(true);
};

TEST_F(WaitingWorkerSockets, TheRestOfAPictureThatComesSoonIsHandedOverWithItsBeginning) {
  ListenAndWait();
  BeBusy();
  Arrive(1, part_);
  meanwhile_ = [&] { Arrive(1, waited_ < 3 * Gathering::kStep ? part_ : end_); };
  AwaitAll(4);
  EXPECT_THAT(batches_, ElementsAre(4));
  EXPECT_EQ(waited_, 3 * Gathering::kStep);
}

TEST_F(WaitingWorkerSockets, APictureWithoutAnEndIsHandedOverAllTheSame) {
  ListenAndWait();
  BeBusy();
  Arrive(1, part_);
  AwaitAll(1);
  EXPECT_GT(waited_, 0ms);
  EXPECT_LE(waited_, Gathering::kTurn);
  EXPECT_GE(ages_.front(), waited_) << "how long it lay here is known";
}

TEST_F(WaitingWorkerSockets, SoundAndWholePicturesWaitForNothing) {
  ListenAndWait();
  BeBusy();
  Arrive(2, PictureRtp(false, 120));
  Arrive(3, end_);
  AwaitAll(5);
  Arrive(1, PictureRtp(false, 120));
  AwaitAll(6);
  EXPECT_EQ(waited_, 0ms);
}

TEST_F(WaitingWorkerSockets, AnIdleWorkerWaitsForNothing) {
  ListenAndWait();
  Arrive(1, part_);
  AwaitAll(1);
  EXPECT_EQ(waited_, 0ms);
}

TEST_F(WaitingWorkerSockets, WaitingCanBeSwitchedOff) {
  ListenAndWait(false);
  BeBusy();
  Arrive(1, part_);
  AwaitAll(1);
  EXPECT_EQ(waited_, 0ms);
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
