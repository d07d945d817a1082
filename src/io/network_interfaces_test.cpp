#include "io/network_interfaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::io {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(MachineAddresses, IncludesTheLoopbackInterface) {
  bool found = false;
  for (const InterfaceAddress& i : MachineAddresses()) {
    if (i.address.IpText() == "127.0.0.1") {
      found = true;
      EXPECT_EQ(i.interface, "lo");
      EXPECT_TRUE(i.loopback);
      EXPECT_FALSE(i.link_local);
    }
  }
  EXPECT_TRUE(found);
}

TEST(Resolve, KnowsNamesAndAddresses) {
  const auto name = Resolve("localhost", 80);
  ASSERT_TRUE(name.has_value()) << name.error();
  for (const SocketAddress& address : *name) EXPECT_TRUE(address.is_loopback()) << address.ToString();
  EXPECT_THAT(*Resolve("192.0.2.7", 443), Contains(SocketAddress::V4(192, 0, 2, 7, 443)));
  EXPECT_THAT(*Resolve("2001:db8::7", 1), Contains(*SocketAddress::FromText("2001:db8::7", 1)));
}

TEST(Resolve, TellsWhatItCannotFind) {
  const auto nothing = Resolve("not a name", 80);
  ASSERT_FALSE(nothing.has_value());
  EXPECT_THAT(nothing.error(), HasSubstr("not a name"));
}

}  // namespace
}  // namespace kcs::io
