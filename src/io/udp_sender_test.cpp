#include "io/udp_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "io/test_util.h"

namespace kcs::io {
namespace {

using testing::Await;
using ::testing::ElementsAre;
using testing::Loopback;
using testing::Text;

// Datagrams side by side, as in an outbox.
class Arena {
 public:
  void Add(const SocketAddress& to, std::size_t size, char fill) {
    entries_.push_back({to, memory_.size(), size});
    memory_.insert(memory_.end(), size, static_cast<std::uint8_t>(fill));
  }
  std::vector<SendItem> Items() const {
    std::vector<SendItem> items;
    for (const Entry& e : entries_) items.push_back({e.to, Bytes(memory_).subspan(e.offset, e.size)});
    return items;
  }

 private:
  struct Entry {
    SocketAddress to;
    std::size_t offset;
    std::size_t size;
  };
  std::vector<Entry> entries_;
  std::vector<std::uint8_t> memory_;
};

UdpSocket BindOrDie(const UdpOptions& options = {}, const SocketAddress& local = Loopback()) {
  Result<UdpSocket> socket = UdpSocket::Bind(local, options);
  EXPECT_TRUE(socket.has_value()) << socket.error();
  return std::move(*socket);
}

// Size and first byte of each datagram that has arrived; loopback delivers within the call that sends.
std::vector<std::string> Arrived(UdpSocket& socket) {
  std::vector<std::string> seen;
  std::vector<std::uint8_t> memory(70'000);
  std::array<ReceiveSlot, 1> slot;
  slot[0].buffer = memory;
  while (socket.ReceiveBatch(slot) == 1) {
    seen.push_back(std::to_string(slot[0].size) + static_cast<char>(memory[0]));
  }
  return seen;
}

std::vector<std::size_t> RunsOf(std::span<const SendItem> items) {
  std::vector<std::size_t> runs;
  while (!items.empty()) {
    runs.push_back(RunLength(items));
    items = items.subspan(runs.back());
  }
  return runs;
}

TEST(RunLength, IsThatOfEqualDatagramsToOneReceiverAndAShorterOneEndsIt) {
  Arena arena;
  for (const std::size_t size : {1200U, 1200U, 1200U, 700U, 700U, 701U, 30U})
    arena.Add(Loopback(1), size, 'a');
  EXPECT_THAT(RunsOf(arena.Items()), ElementsAre(4, 1, 2));
}

TEST(RunLength, EndsAtAnotherReceiver) {
  Arena arena;
  for (const int port : {1, 1, 2, 2, 2, 1}) arena.Add(Loopback(static_cast<std::uint16_t>(port)), 100, 'a');
  EXPECT_THAT(RunsOf(arena.Items()), ElementsAre(2, 3, 1));
}

TEST(RunLength, NeedsDatagramsSideBySide) {
  Arena arena;
  for (int i = 0; i < 4; ++i) arena.Add(Loopback(1), 100, 'a');
  auto items = arena.Items();
  items.erase(items.begin() + 2);
  EXPECT_THAT(RunsOf(items), ElementsAre(2, 1));
}

TEST(RunLength, StaysWithinTheKernelsBounds) {
  Arena many;
  for (int i = 0; i < 70; ++i) many.Add(Loopback(1), 100, 'a');
  EXPECT_THAT(RunsOf(many.Items()), ElementsAre(64, 6));
  Arena large;
  for (int i = 0; i < 50; ++i) large.Add(Loopback(1), 1400, 'a');
  EXPECT_THAT(RunsOf(large.Items()), ElementsAre(46, 4));  // 64,400 bytes
}

TEST(RunLength, AnEmptyDatagramIsNoSegment) {
  Arena arena;
  for (const std::size_t size : {100U, 0U, 0U, 100U}) arena.Add(Loopback(1), size, 'a');
  EXPECT_THAT(RunsOf(arena.Items()), ElementsAre(1, 1, 1, 1));
}

TEST(UdpSender, ARunArrivesAsItsDatagramsInOrder) {
  UdpSocket sender = BindOrDie();
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket receiver = BindOrDie();
  Arena arena;
  for (const char c : std::string("abc")) arena.Add(receiver.local_address(), 1200, c);
  arena.Add(receiver.local_address(), 321, 'd');
  const SendResult result = sender.SendBatch(arena.Items());
  EXPECT_EQ(result.done, 4U);
  EXPECT_EQ(result.sent, 4U);
  EXPECT_THAT(Arrived(receiver), ElementsAre("1200a", "1200b", "1200c", "321d"));
  EXPECT_EQ(sender.send_counters().calls, 1U);
  EXPECT_EQ(sender.send_counters().messages, 1U);
  EXPECT_EQ(sender.send_counters().datagrams, 4U);
  EXPECT_EQ(sender.send_counters().runs, 1U);
  EXPECT_EQ(sender.send_counters().run_datagrams, 4U);
}

TEST(UdpSender, RunsToSeveralReceiversShareASystemCall) {
  UdpSocket sender = BindOrDie();
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket one = BindOrDie();
  UdpSocket two = BindOrDie();
  Arena arena;
  arena.Add(one.local_address(), 500, 'a');
  arena.Add(one.local_address(), 500, 'b');
  arena.Add(two.local_address(), 500, 'c');
  arena.Add(two.local_address(), 500, 'd');
  arena.Add(two.local_address(), 600, 'e');
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 5U);
  EXPECT_THAT(Arrived(one), ElementsAre("500a", "500b"));
  EXPECT_THAT(Arrived(two), ElementsAre("500c", "500d", "600e"));
  EXPECT_EQ(sender.send_counters().calls, 1U);
  EXPECT_EQ(sender.send_counters().messages, 3U);
  EXPECT_EQ(sender.send_counters().runs, 2U);
}

TEST(UdpSender, ADualStackSocketSendsRunsToBothFamilies) {
  UdpSocket sender = BindOrDie({}, *SocketAddress::FromText("::", 0));
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket v4 = BindOrDie();
  UdpSocket v6 = BindOrDie({}, *SocketAddress::FromText("::1", 0));
  Arena arena;
  arena.Add(v4.local_address(), 500, 'a');
  arena.Add(v4.local_address(), 500, 'b');
  arena.Add(v6.local_address(), 500, 'c');
  arena.Add(v6.local_address(), 400, 'd');
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 4U);
  EXPECT_THAT(Arrived(v4), ElementsAre("500a", "500b"));
  EXPECT_THAT(Arrived(v6), ElementsAre("500c", "400d"));
  EXPECT_EQ(sender.send_counters().runs, 2U);
}

TEST(UdpSender, WhatDoesNotFitOneCallLeavesWithTheNext) {
  UdpSocket sender = BindOrDie();
  UdpSocket receiver = BindOrDie();
  Arena arena;
  // Growing sizes make no runs.
  for (std::size_t i = 1; i <= 150; ++i) arena.Add(receiver.local_address(), i, 'a');
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 150U);
  EXPECT_EQ(Arrived(receiver).size(), 150U);
  EXPECT_EQ(sender.send_counters().calls, 3U);
  EXPECT_EQ(sender.send_counters().runs, 0U);
}

TEST(UdpSender, SwitchedOffEveryDatagramIsAMessage) {
  UdpSocket sender = BindOrDie({.segmentation = false});
  EXPECT_FALSE(sender.segmentation());
  UdpSocket receiver = BindOrDie();
  Arena arena;
  for (const char c : std::string("abc")) arena.Add(receiver.local_address(), 100, c);
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 3U);
  EXPECT_THAT(Arrived(receiver), ElementsAre("100a", "100b", "100c"));
  EXPECT_EQ(sender.send_counters().messages, 3U);
  EXPECT_EQ(sender.send_counters().runs, 0U);
}

TEST(UdpSender, ARunToNobodyIsCountedByDatagramAndTheRestGoesOn) {
  UdpSocket sender = BindOrDie();
  UdpSocket receiver = BindOrDie();
  const SocketAddress broadcast = SocketAddress::V4(255, 255, 255, 255, 5000);
  Arena arena;
  arena.Add(receiver.local_address(), 100, 'a');
  for (int i = 0; i < 3; ++i) arena.Add(broadcast, 100, 'x');
  for (int i = 0; i < 2; ++i) arena.Add(*SocketAddress::FromText("2001:db8::1", 5000), 100, 'y');
  arena.Add(receiver.local_address(), 100, 'b');
  arena.Add(receiver.local_address(), 100, 'c');
  const SendResult result = sender.SendBatch(arena.Items());
  EXPECT_EQ(result.done, 8U);
  EXPECT_EQ(result.sent, 3U);
  EXPECT_EQ(sender.errors()[UdpError::kForbidden], 3U);
  EXPECT_EQ(sender.errors()[UdpError::kWrongFamily], 2U);
  EXPECT_THAT(Arrived(receiver), ElementsAre("100a", "100b", "100c"));
}

// --- failures of the system call, at the place where it is made ---

int g_error = 0;         // of messages with a control part, which only runs have
int g_single_error = 0;  // of the others
int g_calls_left = 0;    // calls that succeed in any case; below 0: all
unsigned g_most = 0;     // messages of a call that are taken; 0: all

int Failing(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (g_calls_left == 0) {
    errno = EAGAIN;
    return -1;
  }
  if (g_calls_left > 0) --g_calls_left;
  unsigned take = 0;
  const unsigned most = g_most == 0 ? count : std::min(count, g_most);
  const auto error_of = [](const mmsghdr& message) {
    return message.msg_hdr.msg_controllen == 0 ? g_single_error : g_error;
  };
  while (take < most && error_of(messages[take]) == 0) ++take;
  if (take > 0) return ::sendmmsg(fd, messages, take, flags);
  errno = error_of(messages[0]);
  return -1;
}

UdpSocket Broken(int error, int calls_left = -1, unsigned most = 0) {
  g_error = error;
  g_single_error = 0;
  g_calls_left = calls_left;
  g_most = most;
  return BindOrDie({.segmentation = true, .send_messages = &Failing});
}

TEST(UdpSender, WhereADeviceCannotSegmentTheSameDatagramsLeaveOneByOneFromThenOn) {
  UdpSocket sender = Broken(EIO);
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket receiver = BindOrDie();
  Arena arena;
  arena.Add(receiver.local_address(), 99, 'a');
  for (const char c : std::string("bcd")) arena.Add(receiver.local_address(), 100, c);
  arena.Add(receiver.local_address(), 98, 'e');
  const SendResult result = sender.SendBatch(arena.Items());
  EXPECT_EQ(result.done, 5U);
  EXPECT_EQ(result.sent, 5U);
  EXPECT_THAT(Arrived(receiver), ElementsAre("99a", "100b", "100c", "100d", "98e"));
  EXPECT_FALSE(sender.segmentation());
  EXPECT_EQ(sender.errors().Total(), 0U);
  EXPECT_EQ(sender.send_counters().split_runs, 1U);

  g_error = 0;  // the kernel would do it now, but is not asked
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 5U);
  EXPECT_EQ(sender.send_counters().runs, 0U);
  EXPECT_EQ(sender.send_counters().messages, 10U);

  EXPECT_TRUE(sender.segmentation_refused());
  sender.RetrySegmentation();
  EXPECT_FALSE(sender.segmentation_refused());
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 5U);
  EXPECT_EQ(sender.send_counters().runs, 1U);
}

TEST(UdpSender, WhatIsSwitchedOffIsNotTriedAgain) {
  UdpSocket sender = BindOrDie({.segmentation = false});
  EXPECT_FALSE(sender.segmentation_refused());
  sender.RetrySegmentation();
  EXPECT_FALSE(sender.segmentation());
}

TEST(UdpSender, FailuresOfSingleDatagramsSayNothingOfRuns) {
  UdpSocket sender = Broken(0);
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket receiver = BindOrDie();
  Arena arena;
  arena.Add(receiver.local_address(), 99, 'a');
  for (const char c : std::string("bcd")) arena.Add(receiver.local_address(), 100, c);
  for (const int error : {EIO, EINVAL, EMSGSIZE}) {
    g_single_error = error;
    const SendResult result = sender.SendBatch(arena.Items());
    EXPECT_EQ(result.done, 4U);
    EXPECT_EQ(result.sent, 3U);
    EXPECT_THAT(Arrived(receiver), ElementsAre("100b", "100c", "100d"));
    EXPECT_TRUE(sender.segmentation());
    EXPECT_FALSE(sender.segmentation_refused());
  }
  EXPECT_EQ(sender.errors().Total(), 3U);
  EXPECT_EQ(sender.send_counters().split_runs, 0U);
  g_single_error = 0;
}

class TooLong : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(UdpSender, TooLong, ::testing::Values(EINVAL, EMSGSIZE));

TEST_P(TooLong, ASegmentLongerThanThePathsMtuSplitsItsRunOnly) {
  UdpSocket sender = Broken(GetParam());
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket receiver = BindOrDie();
  Arena arena;
  for (const char c : std::string("abc")) arena.Add(receiver.local_address(), 100, c);
  for (const char c : std::string("def")) arena.Add(receiver.local_address(), 200, c);
  EXPECT_EQ(sender.SendBatch(arena.Items()).sent, 6U);
  EXPECT_THAT(Arrived(receiver), ElementsAre("100a", "100b", "100c", "200d", "200e", "200f"));
  EXPECT_TRUE(sender.segmentation());
  EXPECT_EQ(sender.send_counters().split_runs, 2U);
  EXPECT_EQ(sender.errors().Total(), 0U);
}

TEST(UdpSender, AFullKernelBufferKeepsTheTailFromAWholeRunOn) {
  UdpSocket sender = Broken(0, 1, 1);
  if (!sender.segmentation()) GTEST_SKIP() << "this kernel has no UDP_SEGMENT";
  UdpSocket receiver = BindOrDie();
  Arena arena;
  for (const char c : std::string("abc")) arena.Add(receiver.local_address(), 100, c);
  for (const char c : std::string("defg")) arena.Add(receiver.local_address(), 200, c);
  const auto items = arena.Items();
  const SendResult result = sender.SendBatch(items);
  EXPECT_EQ(result.done, 3U);
  EXPECT_EQ(result.sent, 3U);
  EXPECT_TRUE(result.would_block);
  EXPECT_THAT(Arrived(receiver), ElementsAre("100a", "100b", "100c"));

  g_calls_left = -1;
  EXPECT_EQ(sender.SendBatch(std::span(items).subspan(result.done)).sent, 4U);
  EXPECT_THAT(Arrived(receiver), ElementsAre("200d", "200e", "200f", "200g"));
}

}  // namespace
}  // namespace kcs::io
