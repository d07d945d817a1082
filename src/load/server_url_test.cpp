#include "load/server_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::load {
namespace {

using ::testing::HasSubstr;

TEST(ServerUrl, TakesNamesAddressesAndPorts) {
  const auto name = ServerUrl::Parse("http://meet.example.org:4501/");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host, "meet.example.org");
  EXPECT_EQ(name->port, 4501);
  EXPECT_EQ(name->HostAndPort(), "meet.example.org:4501");

  const auto without_port = ServerUrl::Parse("http://192.0.2.1");
  ASSERT_TRUE(without_port);
  EXPECT_EQ(without_port->port, 80);

  const auto ipv6 = ServerUrl::Parse("http://[::1]:4501");
  ASSERT_TRUE(ipv6);
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->HostAndPort(), "[::1]:4501");
}

TEST(ServerUrl, SaysWhatIsWrong) {
  EXPECT_THAT(ServerUrl::Parse("https://meet.example.org").error(), HasSubstr("TLS"));
  for (const char* text :
       {"", "localhost:4501", "http://", "http://:1", "http://a:b", "http://a:0", "http://a:70000",
        "http://a/b", "http://[::1", "http://[::1]x", "http://a:1:2", "http://u@a"}) {
    EXPECT_FALSE(ServerUrl::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace kcs::load
