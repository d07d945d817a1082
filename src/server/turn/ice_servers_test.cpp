#include "server/turn/ice_servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::turn {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kNow = 1'730'000'000;

TEST(TurnCredentials, AreWhatOpensslComputes) {
  // printf '1730086400:alice' | openssl dgst -sha1 -hmac north -binary | base64
  const TurnCredentials credentials = MakeCredentials("north", "alice", kNow);
  EXPECT_EQ(credentials.username, "1730086400:alice");
  EXPECT_EQ(credentials.credential, "AftwVobq+RQokD5vZ3gZlOw++nk=");
}

TEST(IceServers, AreOnlyStunWithoutATurnServer) {
  EXPECT_THAT(IceServers({}, "alice", kNow),
              ElementsAre(IceServer{{"stun:stun.l.google.com:19302"}, "", "", ""}));
  EXPECT_EQ(IceServers({"turn.example.org", ""}, "alice", kNow).size(), 1U);
  EXPECT_EQ(IceServers({"", "north"}, "alice", kNow).size(), 1U);
}

TEST(IceServers, OfferTurnOverUdpAndTcpWithCredentialsForADay) {
  const auto servers = IceServers({"turn.example.org", "north"}, "alice", kNow);
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_THAT(servers[1].urls, ElementsAre("turn:turn.example.org:3478?transport=udp",
                                           "turn:turn.example.org:3478?transport=tcp"));
  EXPECT_EQ(servers[1].username, "1730086400:alice");
  EXPECT_EQ(servers[1].credential_type, "password");
}

TEST(IceServers, KeepAPortAndBracketAddresses) {
  const auto url = [](const char* host) { return IceServers({host, "s"}, "u", kNow)[1].urls[0]; };
  EXPECT_EQ(url("turn.example.org:5349"), "turn:turn.example.org:5349?transport=udp");
  EXPECT_EQ(url("2001:db8::1"), "turn:[2001:db8::1]:3478?transport=udp");
  EXPECT_EQ(url("[2001:db8::1]"), "turn:[2001:db8::1]:3478?transport=udp");
  EXPECT_EQ(url("[2001:db8::1]:99"), "turn:[2001:db8::1]:99?transport=udp");
}

}  // namespace
}  // namespace kcs::turn
