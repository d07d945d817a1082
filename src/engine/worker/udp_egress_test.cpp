#include "engine/worker/udp_egress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace kcs::worker_process {
namespace {

using ::testing::ElementsAre;

int g_messages_left = 0;  // so many are taken until the kernel's buffer is full; below 0: all

int Filling(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (g_messages_left == 0) {
    errno = EAGAIN;
    return -1;
  }
  if (g_messages_left > 0) count = std::min(count, static_cast<unsigned>(g_messages_left));
  const int sent = ::sendmmsg(fd, messages, count, flags);
  if (g_messages_left > 0 && sent > 0) g_messages_left -= sent;
  return sent;
}

class Egress : public ::testing::Test {
 protected:
  static io::UdpSocket Bind(io::SendMessages send) {
    auto socket = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0),
                                      {.segmentation = true, .send_messages = send});
    EXPECT_TRUE(socket);
    return std::move(*socket);
  }
  // Datagrams of these sizes, side by side as in an outbox; the memory may be reused after Flush.
  std::size_t Send(const std::vector<std::size_t>& sizes) {
    std::vector<std::uint8_t> memory(64 * 1024, 'x');
    std::size_t used = 0;
    for (const std::size_t size : sizes) {
      egress_.Add(receiver_.local_address(), Bytes(memory).subspan(used, size));
      used += size;
    }
    return egress_.Flush();
  }
  std::vector<std::size_t> Arrived() {
    std::vector<std::size_t> sizes;
    std::array<std::uint8_t, 2048> memory;
    std::array<io::ReceiveSlot, 1> slot;
    slot[0].buffer = memory;
    while (receiver_.ReceiveBatch(slot) == 1) sizes.push_back(slot[0].size);
    return sizes;
  }

  io::UdpSocket receiver_ = Bind(nullptr);
  io::UdpSocket sender_ = Bind(&Filling);
  UdpEgress egress_{sender_};
};

TEST_F(Egress, WhatTheKernelDoesNotTakeLeavesLaterInOrderAndInRuns) {
  g_messages_left = 1;
  EXPECT_EQ(Send({500, 500, 500, 600, 600}), 0U);
  EXPECT_TRUE(egress_.has_tail());
  EXPECT_EQ(Send({600, 30}), 0U) << "behind the tail";
  if (sender_.segmentation()) {
    EXPECT_THAT(Arrived(), ElementsAre(500, 500, 500));
  }
  g_messages_left = 0;
  EXPECT_FALSE(egress_.SendTail());
  g_messages_left = -1;
  EXPECT_TRUE(egress_.SendTail());
  if (sender_.segmentation()) {
    EXPECT_THAT(Arrived(), ElementsAre(600, 600, 600, 30));
    EXPECT_EQ(sender_.send_counters().runs, 2U);
  }
  EXPECT_FALSE(egress_.has_tail());
}

TEST_F(Egress, ATailBeyondItsBoundIsRefusedByDatagram) {
  g_messages_left = 0;
  std::size_t refused = 0;
  const std::vector<std::size_t> sizes(40, 1500);
  for (std::size_t sent = 0; sent < UdpEgress::kMaxTailBytes + 60'000; sent += 60'000) refused += Send(sizes);
  EXPECT_GT(refused, 0U);
  EXPECT_LE(refused, 80U);
}

}  // namespace
}  // namespace kcs::worker_process
