#include "io/udp_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "io/event_loop.h"
#include "io/test_util.h"

namespace kcs::io {
namespace {

using testing::Await;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Loopback;
using testing::Text;

// Slots with memory, and what they took as text.
class Receiver {
 public:
  explicit Receiver(std::size_t slot_size = 2048) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      memory_[i].resize(slot_size);
      slots_[i].buffer = memory_[i];
    }
  }
  std::size_t ReceiveFrom(UdpSocket& socket) {
    const std::size_t n = socket.ReceiveBatch(slots_);
    for (std::size_t i = 0; i < n; ++i) {
      texts.push_back(Text(slots_[i].buffer.first(slots_[i].size)));
      from.push_back(slots_[i].from);
    }
    return n;
  }
  bool AwaitCount(UdpSocket& socket, std::size_t count) {
    EventLoop loop;
    FdWatch watch(loop, socket.native_handle());
    watch.OnReadable([&] { ReceiveFrom(socket); });
    return Await(loop, [&] { return texts.size() >= count; });
  }

  std::vector<std::string> texts;
  std::vector<SocketAddress> from;

 private:
  std::array<std::vector<std::uint8_t>, 100> memory_;
  std::array<ReceiveSlot, 100> slots_;
};

UdpSocket BindOrDie(const SocketAddress& local) {
  Result<UdpSocket> socket = UdpSocket::Bind(local);
  EXPECT_TRUE(socket.has_value()) << socket.error();
  return std::move(*socket);
}

SendResult SendText(UdpSocket& socket, const SocketAddress& to, std::string_view text) {
  const SendItem item{to, AsBytes(text)};
  return socket.SendBatch({&item, 1});
}

TEST(UdpSocket, CarriesDatagramsWithTheirSource) {
  UdpSocket a = BindOrDie(Loopback());
  UdpSocket b = BindOrDie(Loopback());
  EXPECT_NE(a.local_address().port, 0);
  EXPECT_EQ(SendText(a, b.local_address(), "hello").sent, 1U);
  Receiver receiver;
  ASSERT_TRUE(receiver.AwaitCount(b, 1));
  EXPECT_THAT(receiver.texts, ElementsAre("hello"));
  EXPECT_THAT(receiver.from, ElementsAre(a.local_address()));
  EXPECT_EQ(receiver.ReceiveFrom(b), 0U);
}

TEST(UdpSocket, TellsHowManyTheKernelDroppedBecauseTheBufferWasFull) {
  UdpSocket a = BindOrDie(Loopback());
  UdpSocket b = BindOrDie(Loopback());
  const std::string text(1000, 'x');
  const std::vector<SendItem> items(100, SendItem{b.local_address(), AsBytes(text)});
  std::size_t sent = 0;
  for (int i = 0; i < 200; ++i) sent += a.SendBatch(items).sent;
  Receiver receiver;
  while (receiver.ReceiveFrom(b) > 0) continue;
  const std::size_t received = receiver.texts.size();
  ASSERT_LT(received, sent) << "a buffer of " << b.receive_buffer_size() << " bytes was not filled";
  EXPECT_EQ(SendText(a, b.local_address(), "after").sent, 1U);
  ASSERT_TRUE(receiver.AwaitCount(b, received + 1));
  EXPECT_EQ(b.TakeOverflows(), sent - received);
  EXPECT_EQ(b.TakeOverflows(), 0U) << "told once";
}

TEST(UdpSocket, SendsMoreThanABatchInOrder) {
  UdpSocket a = BindOrDie(Loopback());
  UdpSocket b = BindOrDie(Loopback());
  std::vector<std::string> texts;
  for (int i = 0; i < 150; ++i) texts.push_back("datagram " + std::to_string(i));
  std::vector<SendItem> items;
  for (const std::string& text : texts) items.push_back({b.local_address(), AsBytes(text)});
  const SendResult result = a.SendBatch(items);
  EXPECT_EQ(result.done, 150U);
  EXPECT_EQ(result.sent, 150U);
  EXPECT_FALSE(result.would_block);
  Receiver receiver;
  EXPECT_EQ(receiver.ReceiveFrom(b), UdpSocket::kBatch);
  ASSERT_TRUE(receiver.AwaitCount(b, 150));
  EXPECT_EQ(receiver.texts, texts);
}

TEST(UdpSocket, SkipsWhatCannotBeSentAndCountsIt) {
  UdpSocket a = BindOrDie(Loopback());
  UdpSocket b = BindOrDie(Loopback());
  const std::vector<std::uint8_t> huge(65'536);
  const SocketAddress v6 = *SocketAddress::FromText("2001:db8::1", 5000);
  const SocketAddress broadcast = SocketAddress::V4(255, 255, 255, 255, 5000);
  const std::vector<SendItem> items = {{b.local_address(), AsBytes("one")},
                                       {b.local_address(), huge},
                                       {v6, AsBytes("wrong family")},
                                       {b.local_address(), AsBytes("two")},
                                       {broadcast, AsBytes("not permitted")},
                                       {b.local_address(), AsBytes("three")},
                                       {v6, AsBytes("at the end")}};
  const SendResult result = a.SendBatch(items);
  EXPECT_EQ(result.done, items.size());
  EXPECT_EQ(result.sent, 3U);
  EXPECT_EQ(a.errors()[UdpError::kTooLarge], 1U);
  EXPECT_EQ(a.errors()[UdpError::kWrongFamily], 2U);
  EXPECT_EQ(a.errors().Total(), 4U);
  Receiver receiver;
  ASSERT_TRUE(receiver.AwaitCount(b, 3));
  EXPECT_THAT(receiver.texts, ElementsAre("one", "two", "three"));
}

TEST(UdpSocket, DatagramLongerThanTheSlotIsEmptyAndCounted) {
  UdpSocket a = BindOrDie(Loopback());
  UdpSocket b = BindOrDie(Loopback());
  SendText(a, b.local_address(), "longer than eight");
  SendText(a, b.local_address(), "short");
  Receiver receiver(8);
  ASSERT_TRUE(receiver.AwaitCount(b, 2));
  EXPECT_THAT(receiver.texts, ElementsAre("", "short"));
  EXPECT_EQ(b.errors()[UdpError::kTruncated], 1U);
}

TEST(UdpSocket, DualStackSocketNamesIpv4PeersAsAnIpv4SocketDoes) {
  UdpSocket dual = BindOrDie(*SocketAddress::FromText("::", 0));
  UdpSocket v4 = BindOrDie(Loopback());
  UdpSocket v6 = BindOrDie(*SocketAddress::FromText("::1", 0));
  SendText(v4, Loopback(dual.local_address().port), "from v4");
  Receiver at_dual;
  ASSERT_TRUE(at_dual.AwaitCount(dual, 1));
  EXPECT_EQ(at_dual.from[0], v4.local_address());
  EXPECT_TRUE(at_dual.from[0].is_v4());
  SendText(v6, *SocketAddress::FromText("::1", dual.local_address().port), "from v6");
  ASSERT_TRUE(at_dual.AwaitCount(dual, 2));
  EXPECT_EQ(at_dual.from[1], v6.local_address());

  EXPECT_EQ(SendText(dual, v4.local_address(), "to v4").sent, 1U);
  EXPECT_EQ(SendText(dual, v6.local_address(), "to v6").sent, 1U);
  Receiver at_v4;
  Receiver at_v6;
  EXPECT_TRUE(at_v4.AwaitCount(v4, 1));
  EXPECT_TRUE(at_v6.AwaitCount(v6, 1));
}

TEST(UdpSocket, TakesTheFirstFreePortOfARange) {
  UdpSocket taken = BindOrDie(Loopback());
  const std::uint16_t port = taken.local_address().port;
  const Result<UdpSocket> none = UdpSocket::BindInRange(Loopback(), port, port);
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(none.error(), HasSubstr(std::to_string(port)));
  const auto last = static_cast<std::uint16_t>(std::min(port + 20, 65535));
  const Result<UdpSocket> next = UdpSocket::BindInRange(Loopback(), port, last);
  ASSERT_TRUE(next.has_value()) << next.error();
  EXPECT_GT(next->local_address().port, port);
  EXPECT_LE(next->local_address().port, last);
  EXPECT_FALSE(UdpSocket::BindInRange(Loopback(), 2, 1).has_value());
}

TEST(UdpSocket, TellsWhyItCannotBind) {
  const Result<UdpSocket> socket = UdpSocket::Bind(SocketAddress::V4(192, 0, 2, 1, 4000));
  ASSERT_FALSE(socket.has_value());
  EXPECT_THAT(socket.error(), HasSubstr("192.0.2.1:4000"));
}

void PassTime(Duration time) {
  const Timestamp begin = EventLoop::Now();
  while (EventLoop::Now() - begin < time) continue;
}

TEST(UdpSocket, TellsWhenDatagramsArrivedHoweverLateTheyAreRead) {
  UdpSocket sender = BindOrDie(Loopback());
  UdpSocket receiver = BindOrDie(Loopback());
  std::array<std::array<std::uint8_t, 100>, 2> memory;
  std::array<ReceiveSlot, 2> slots;
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i].buffer = memory[i];
  // Where nobody had datagrams stamped before, the kernel begins to a moment after it was asked, and stamps
  // what came earlier when it is read.
  const auto stamps = [&] {
    SendText(sender, receiver.local_address(), "stamped?");
    PassTime(1ms);
    return receiver.ReceiveBatch(slots) == 1 && slots[0].age >= 1ms;
  };
  for (const Timestamp begin = EventLoop::Now(); !stamps();) ASSERT_LT(EventLoop::Now() - begin, 5s);

  SendText(sender, receiver.local_address(), "first");
  PassTime(5ms);
  SendText(sender, receiver.local_address(), "second");
  ASSERT_EQ(receiver.ReceiveBatch(slots), 2u);
  EXPECT_GE(slots[0].age - slots[1].age, 4ms);
  EXPECT_LT(slots[0].age, 1s);
}

TEST(UdpSocket, HasLargeBuffers) {
  UdpSocket socket = BindOrDie(Loopback());
  // At the least what the system allows without privileges, which is this much everywhere.
  EXPECT_GE(socket.receive_buffer_size(), 200'000);
  EXPECT_GE(socket.send_buffer_size(), 200'000);
}

}  // namespace
}  // namespace kcs::io
