#include "server/workers/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::workers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SocketAddress Address(const char* text) { return *SocketAddress::FromText(text, 0); }

std::vector<std::string> Lines(const std::vector<Listener>& listeners, const Announcement& announcement) {
  std::vector<std::string> lines;
  for (const meeting::IceCandidate& c : MakeCandidates(listeners, announcement)) {
    lines.push_back(c.protocol + " " + c.ip + " " + std::to_string(c.port));
  }
  return lines;
}

const Announcement kMachine{{}, {Address("192.0.2.1"), Address("2001:db8::1")}};

TEST(Candidates, NameTheAddressThatIsListenedOn) {
  EXPECT_THAT(Lines({{"198.51.100.7", 10000, 10001}}, kMachine),
              ElementsAre("udp 198.51.100.7 10000", "tcp 198.51.100.7 10001"));
}

TEST(Candidates, NameTheMachinesAddressesForAllAddresses) {
  EXPECT_THAT(Lines({{"0.0.0.0", 10000, 10000}}, kMachine),
              ElementsAre("udp 192.0.2.1 10000", "tcp 192.0.2.1 10000"));
  EXPECT_THAT(Lines({{"::", 10000, 0}}, kMachine),
              ElementsAre("udp 192.0.2.1 10000", "udp 2001:db8::1 10000"));
}

TEST(Candidates, DoNotNameAnAddressTwiceWhenBothFamiliesAreListenedOn) {
  EXPECT_THAT(Lines({{"0.0.0.0", 10000, 0}, {"::", 10002, 0}}, kMachine),
              ElementsAre("udp 192.0.2.1 10000", "udp 2001:db8::1 10002"));
}

TEST(Candidates, NameTheAnnouncedAddressInstead) {
  const Announcement announced{{Address("203.0.113.9")}, kMachine.own};
  EXPECT_THAT(Lines({{"0.0.0.0", 10000, 0}}, announced), ElementsAre("udp 203.0.113.9 10000"));
  EXPECT_THAT(Lines({{"10.0.0.1", 10000, 0}}, announced), ElementsAre("udp 203.0.113.9 10000"));
  EXPECT_THAT(Lines({{"2001:db8::1", 10000, 0}}, announced), IsEmpty());
}

TEST(Candidates, HaveTheShapeThatClientsExpect) {
  const auto candidates = MakeCandidates({{"198.51.100.7", 10000, 10001}}, kMachine);
  ASSERT_EQ(candidates.size(), 2U);
  EXPECT_EQ(candidates[0].foundation, "udpcandidate");
  EXPECT_EQ(candidates[0].tcp_type, "");
  EXPECT_EQ(candidates[1].foundation, "tcpcandidate");
  EXPECT_EQ(candidates[1].tcp_type, "passive");
  EXPECT_GT(candidates[0].priority, candidates[1].priority);
  EXPECT_EQ(candidates[0].priority >> 24, 126U);
}

TEST(Candidates, PreferUdpOverTcpAndEarlierOverLaterAddresses) {
  const auto candidates = MakeCandidates({{"::", 10000, 10000}}, kMachine);
  ASSERT_EQ(candidates.size(), 4U);
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    EXPECT_GT(candidates[i - 1].priority, candidates[i].priority) << i;
  }
}

TEST(OwnAddresses, AreLoopbackAloneWhenAskedFor) {
  for (const SocketAddress& address : OwnAddresses(true)) EXPECT_TRUE(address.is_loopback());
  EXPECT_FALSE(OwnAddresses(true).empty());
}

}  // namespace
}  // namespace kcs::workers
