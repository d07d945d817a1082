#include "io/tcp_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/socket_util.h"
#include "io/test_util.h"

namespace kcs::io {
namespace {

using testing::Await;
using ::testing::ElementsAre;
using testing::Loopback;
using testing::Text;

// A plain client socket.
class Client {
 public:
  explicit Client(const SocketAddress& server)
      : fd_(::socket(FamilyOf(server), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 native{};
    const socklen_t length = ToNative(server, FamilyOf(server), native);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&native), length), 0);
  }
  void Write(std::string_view text) {
    EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // What has arrived so far; "EOF" behind it when the server closed.
  std::string Read() {
    std::vector<char> buffer(256 * 1024);
    for (;;) {
      const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n <= 0) {
        if (n == 0 || errno == ECONNRESET) eof = true;
        return read_;
      }
      read_.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
  SocketAddress address() const { return *LocalAddress(fd_.get()); }
  void Close() { fd_.Reset(); }

  bool eof = false;

 private:
  UniqueFd fd_;
  std::string read_;
};

class TcpListenerTest : public ::testing::Test {
 protected:
  void Start(TcpLimits limits = {}) {
    listener = std::make_unique<TcpListener>(
        loop, limits,
        TcpListener::Handlers{[this](ConnectionId id, const SocketAddress& remote, MutableBytes bytes) {
                                received[id] += Text(bytes);
                                remotes[id] = remote;
                                if (close_on_data) listener->Close(id);
                              },
                              [this](ConnectionId id, const SocketAddress&) { closed.push_back(id); }});
    const Result<SocketAddress> bound = listener->Listen(Loopback());
    ASSERT_TRUE(bound.has_value()) << bound.error();
    address = *bound;
  }

  EventLoop loop;
  std::unique_ptr<TcpListener> listener;
  SocketAddress address;
  std::map<ConnectionId, std::string> received;
  std::map<ConnectionId, SocketAddress> remotes;
  std::vector<ConnectionId> closed;
  bool close_on_data = false;
};

TEST_F(TcpListenerTest, ReadsAndAnswers) {
  Start();
  Client client(address);
  client.Write("ping");
  ASSERT_TRUE(Await(loop, [&] { return received[1] == "ping"; }));
  EXPECT_EQ(remotes[1], client.address());
  EXPECT_TRUE(listener->Send(1, AsBytes("head "), AsBytes("body")));
  EXPECT_TRUE(Await(loop, [&] { return client.Read() == "head body"; }));
}

TEST_F(TcpListenerTest, TellsTheEndOnceAndNeverReusesAnId) {
  Start();
  Client first(address);
  ASSERT_TRUE(Await(loop, [&] { return listener->connections() == 1; }));
  first.Close();
  ASSERT_TRUE(Await(loop, [&] { return !closed.empty(); }));
  EXPECT_THAT(closed, ElementsAre(1));
  EXPECT_FALSE(listener->Send(1, {}, AsBytes("late")));
  Client second(address);
  second.Write("x");
  EXPECT_TRUE(Await(loop, [&] { return received[2] == "x"; }));
  EXPECT_EQ(listener->connections(), 1U);
}

TEST_F(TcpListenerTest, HandlerMayCloseItsConnection) {
  Start();
  close_on_data = true;
  Client client(address);
  client.Write("x");
  EXPECT_TRUE(Await(loop, [&] {
    client.Read();
    return client.eof;
  }));
  EXPECT_EQ(listener->connections(), 0U);
  EXPECT_TRUE(closed.empty());  // the owner closed it and knows
}

TEST_F(TcpListenerTest, RefusesMoreThanItsLimit) {
  TcpLimits limits;
  limits.max_connections = 1;
  Start(limits);
  Client first(address);
  ASSERT_TRUE(Await(loop, [&] { return listener->connections() == 1; }));
  Client second(address);
  EXPECT_TRUE(Await(loop, [&] {
    second.Read();
    return second.eof;
  }));
  EXPECT_EQ(listener->counters().refused, 1U);
  EXPECT_EQ(listener->connections(), 1U);
}

TEST_F(TcpListenerTest, FullQueueDropsWholeFramesOnly) {
  TcpLimits limits;
  limits.max_queued_bytes = 100'000;
  Start(limits);
  Client client(address);
  ASSERT_TRUE(Await(loop, [&] { return listener->connections() == 1; }));
  // Nobody reads: the kernel's buffers fill up, then the queue, then frames are dropped.
  std::string expected;
  std::uint64_t dropped = 0;
  for (int i = 0; dropped < 10; ++i) {
    ASSERT_LT(i, 100'000);
    std::string body(1'000, static_cast<char>('a' + i % 26));
    if (listener->Send(1, AsBytes("<"), AsBytes(body))) {
      expected += "<" + body;
    } else {
      ++dropped;
    }
  }
  EXPECT_EQ(listener->counters().dropped_sends, dropped);
  EXPECT_TRUE(Await(loop, [&] { return client.Read().size() >= expected.size(); }));
  EXPECT_EQ(client.Read(), expected);
  EXPECT_TRUE(listener->Send(1, {}, AsBytes("goes on")));
}

TEST_F(TcpListenerTest, PieceLargerThanTheQueueIsRefusedBeforeAnyOfItIsSent) {
  TcpLimits limits;
  limits.max_queued_bytes = 1'000;
  Start(limits);
  Client client(address);
  ASSERT_TRUE(Await(loop, [&] { return listener->connections() == 1; }));
  EXPECT_FALSE(listener->Send(1, AsBytes("<"), AsBytes(std::string(1'000, 'x'))));
  EXPECT_TRUE(listener->Send(1, AsBytes("<"), AsBytes(std::string(999, 'y'))));
  EXPECT_TRUE(Await(loop, [&] { return client.Read() == "<" + std::string(999, 'y'); }));
}

TEST_F(TcpListenerTest, SilentConnectionIsClosed) {
  TcpLimits limits;
  limits.idle_timeout = 20ms;
  Start(limits);
  Client client(address);
  ASSERT_TRUE(Await(loop, [&] { return listener->connections() == 1; }));
  listener->Establish(1);
  EXPECT_TRUE(Await(loop, [&] { return !closed.empty(); }));
  EXPECT_EQ(listener->counters().timed_out, 1U);
}

TEST_F(TcpListenerTest, ConnectionThatNobodyEstablishesIsClosedThoughItTalks) {
  TcpLimits limits;
  limits.establish_timeout = 20ms;
  Start(limits);
  Client stranger(address);
  Client peer(address);
  peer.Write("p");
  ASSERT_TRUE(Await(loop, [&] { return listener->connections() == 2 && !received.empty(); }));
  const ConnectionId established = received.begin()->first;
  listener->Establish(established);
  EXPECT_TRUE(Await(loop, [&] {
    stranger.Read();
    if (!stranger.eof) stranger.Write("s");
    return !closed.empty();
  }));
  EXPECT_NE(closed[0], established);
  EXPECT_EQ(listener->connections(), 1U);
}

TEST_F(TcpListenerTest, ListensOnSeveralAddressesWithOneSpaceOfIds) {
  Start();
  const Result<SocketAddress> v6 = listener->Listen(*SocketAddress::FromText("::1", 0));
  ASSERT_TRUE(v6.has_value()) << v6.error();
  Client a(address);
  Client b(*v6);
  a.Write("a");
  ASSERT_TRUE(Await(loop, [&] { return received.size() == 1; }));
  b.Write("b");
  ASSERT_TRUE(Await(loop, [&] { return received.size() == 2; }));
  EXPECT_EQ(remotes.rbegin()->second.is_v4() || remotes.begin()->second.is_v4(), true);
  const Result<SocketAddress> taken = listener->ListenInRange(Loopback(), address.port, address.port);
  EXPECT_FALSE(taken.has_value());
}

}  // namespace
}  // namespace kcs::io
