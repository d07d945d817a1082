#include "base/socket_address.h"

#include <gtest/gtest.h>

namespace kcs {
namespace {

TEST(SocketAddress, ReadsAndPrintsBothFamilies) {
  EXPECT_EQ(SocketAddress::FromText("192.0.2.1", 5)->ToString(), "192.0.2.1:5");
  EXPECT_EQ(SocketAddress::FromText("2001:db8::1", 5)->ToString(), "[2001:db8::1]:5");
  EXPECT_FALSE(SocketAddress::FromText("example.org", 5));
  EXPECT_FALSE(SocketAddress::FromText("1.2.3", 5));
}

TEST(SocketAddress, KnowsMappedIpv4AsIpv4) {
  EXPECT_EQ(SocketAddress::FromText("::ffff:127.0.0.1", 5), SocketAddress::FromText("127.0.0.1", 5));
  EXPECT_TRUE(SocketAddress::FromText("::ffff:127.0.0.1", 5)->is_loopback());
  EXPECT_TRUE(SocketAddress::FromText("::1", 5)->is_loopback());
  EXPECT_FALSE(SocketAddress::FromText("192.0.2.1", 5)->is_loopback());
}

TEST(Tuple, DiffersByPortSocketAndProtocol) {
  const Tuple a{*SocketAddress::FromText("192.0.2.1", 5), 0, Protocol::kUdp};
  Tuple b = a;
  EXPECT_EQ(hash_value(a), hash_value(b));
  b.remote.port = 6;
  EXPECT_NE(a, b);
  EXPECT_NE(hash_value(a), hash_value(b));
  Tuple c = a;
  c.protocol = Protocol::kTcp;
  EXPECT_NE(a, c);
}

}  // namespace
}  // namespace kcs
