#include "engine/transport/ice_tuples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::transport {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointee;

constexpr Timestamp kStart{1000s};
constexpr CheckInfo kPlain{100, false, 0};
constexpr CheckInfo kNominating{100, true, 0};

Tuple Udp(std::uint8_t host, std::uint32_t socket = 0) {
  return {SocketAddress::V4(192, 0, 2, host, 5000), socket, Protocol::kUdp};
}
Tuple Tcp(std::uint8_t host, std::uint32_t connection) {
  return {SocketAddress::V4(192, 0, 2, host, 5000), connection, Protocol::kTcp};
}
CheckInfo Nominating(std::uint32_t priority, std::uint32_t generation = 0) {
  return {priority, true, generation};
}

MATCHER_P(Adds, tuple, "") { return arg.added == tuple && arg.removed.empty(); }
MATCHER(ChangesNothing, "") { return !arg.any(); }
MATCHER(ChangesTheSelection, "") { return arg.selected_changed; }

TEST(IceTuples, FirstTupleIsUsedBeforeAnyNomination) {
  IceTuples tuples;
  EXPECT_EQ(tuples.selected(), nullptr);
  const TupleChanges changes = tuples.OnCheck(Udp(1), kPlain, kStart);
  EXPECT_THAT(changes, Adds(Udp(1)));
  EXPECT_THAT(changes, ChangesTheSelection());
  EXPECT_FALSE(tuples.OnCheck(Udp(2), kPlain, kStart).selected_changed);
  EXPECT_THAT(tuples.selected(), Pointee(Udp(1)));
  EXPECT_FALSE(tuples.nominated());
  EXPECT_THAT(tuples.OnCheck(Udp(1), kPlain, kStart + 1s), ChangesNothing());
}

TEST(IceTuples, NominationTakesOver) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), kPlain, kStart);
  EXPECT_THAT(tuples.OnCheck(Udp(2), kNominating, kStart), ChangesTheSelection());
  EXPECT_THAT(tuples.selected(), Pointee(Udp(2)));
  EXPECT_TRUE(tuples.nominated());
}

TEST(IceTuples, OfAggressiveNominationsTheHighestPriorityStays) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), Nominating(100), kStart);
  tuples.OnCheck(Udp(2), Nominating(300), kStart);
  tuples.OnCheck(Udp(3), Nominating(200), kStart);
  for (int i = 1; i < 10; ++i) {
    EXPECT_THAT(tuples.OnCheck(Udp(1), Nominating(100), kStart + i * 1s), ChangesNothing());
    EXPECT_THAT(tuples.OnCheck(Udp(2), Nominating(300), kStart + i * 1s), ChangesNothing());
    EXPECT_THAT(tuples.OnCheck(Udp(3), Nominating(200), kStart + i * 1s), ChangesNothing());
  }
  EXPECT_THAT(tuples.selected(), Pointee(Udp(2)));
}

TEST(IceTuples, UdpGoesBeforeTcpWhateverThePriority) {
  IceTuples tuples;
  tuples.OnCheck(Tcp(1, 7), Nominating(900), kStart);
  EXPECT_THAT(tuples.OnCheck(Udp(1), Nominating(100), kStart), ChangesTheSelection());
  EXPECT_THAT(tuples.OnCheck(Tcp(1, 7), Nominating(900), kStart), ChangesNothing());
  EXPECT_THAT(tuples.selected(), Pointee(Udp(1)));
}

TEST(IceTuples, PeerMovesToALowerPriorityByNoLongerNominatingTheOld) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), Nominating(300), kStart);
  tuples.OnCheck(Udp(1), {300, false, 0}, kStart + 1s);
  EXPECT_THAT(tuples.OnCheck(Udp(2), Nominating(100), kStart + 1s), ChangesTheSelection());
  EXPECT_THAT(tuples.selected(), Pointee(Udp(2)));
}

TEST(IceTuples, QuietTupleDoesNotHoldBackANomination) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), Nominating(300), kStart);
  EXPECT_FALSE(tuples.OnCheck(Tcp(1, 9), Nominating(100), kStart + 4s).selected_changed);
  EXPECT_TRUE(tuples.OnCheck(Tcp(1, 9), Nominating(100), kStart + 5s).selected_changed);
  // And back, when UDP works again.
  EXPECT_TRUE(tuples.OnCheck(Udp(1), Nominating(300), kStart + 6s).selected_changed);
}

TEST(IceTuples, NewAddressOfTheSameCandidateTakesOverAtOnce) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), Nominating(300), kStart);
  EXPECT_THAT(tuples.OnCheck(Udp(2), Nominating(300), kStart + 1s), ChangesTheSelection());
}

TEST(IceTuples, SameCandidateOnTwoOfOurSocketsDoesNotFlap) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1, 0), Nominating(300), kStart);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(tuples.OnCheck(Udp(1, 1), Nominating(300), kStart + i * 1s).selected_changed);
    EXPECT_FALSE(tuples.OnCheck(Udp(1, 0), Nominating(300), kStart + i * 1s).selected_changed);
  }
}

TEST(IceTuples, NominationAfterARestartBeatsOneBeforeIt) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), Nominating(300, 0), kStart);
  EXPECT_THAT(tuples.OnCheck(Tcp(2, 1), Nominating(1, 1), kStart), ChangesTheSelection());
  EXPECT_THAT(tuples.OnCheck(Udp(1), Nominating(300, 0), kStart), ChangesNothing());
}

TEST(IceTuples, NinthTupleReplacesTheQuietestThatIsNotSelected) {
  IceTuples tuples;
  for (std::uint8_t i = 0; i < 8; ++i) tuples.OnCheck(Udp(i), kPlain, kStart + i * 1s);
  tuples.OnCheck(Udp(1), kPlain, kStart + 9s);
  const TupleChanges changes = tuples.OnCheck(Udp(8), kPlain, kStart + 10s);
  EXPECT_EQ(changes.added, Udp(8));
  EXPECT_THAT(changes.removed, ElementsAre(Udp(2)));  // 0 is selected, 1 was heard again
  EXPECT_FALSE(changes.selected_changed);
  EXPECT_THAT(tuples.selected(), Pointee(Udp(0)));
  EXPECT_EQ(tuples.size(), IceTuples::kMax);
}

TEST(IceTuples, ConsentExpiresAfterThirtySecondsOfSilence) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), kNominating, kStart);
  tuples.OnCheck(Udp(1), kNominating, kStart + 10s);
  EXPECT_EQ(tuples.NextDeadline(), kStart + 40s);
  EXPECT_THAT(tuples.Expire(kStart + 40s - 1us), ChangesNothing());
  const TupleChanges changes = tuples.Expire(kStart + 40s);
  EXPECT_THAT(changes.removed, ElementsAre(Udp(1)));
  EXPECT_TRUE(changes.selected_changed);
  EXPECT_EQ(tuples.selected(), nullptr);
  EXPECT_FALSE(tuples.Contains(Udp(1)));
  EXPECT_EQ(tuples.NextDeadline(), kNever);
}

TEST(IceTuples, WhenTheSelectedTupleExpiresTheBestOtherTakesOver) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), Nominating(300), kStart);
  tuples.OnCheck(Tcp(2, 5), Nominating(200), kStart + 20s);
  tuples.OnCheck(Udp(3), Nominating(100), kStart + 4s);
  tuples.OnCheck(Udp(3), Nominating(100), kStart + 20s);
  // By then the quiet one had been displaced; it is the one to expire first.
  EXPECT_THAT(tuples.selected(), Pointee(Udp(3)));
  EXPECT_THAT(tuples.Expire(kStart + 30s).removed, ElementsAre(Udp(1)));
  EXPECT_THAT(tuples.selected(), Pointee(Udp(3)));
  const TupleChanges changes = tuples.Remove(Udp(3));
  EXPECT_TRUE(changes.selected_changed);
  EXPECT_THAT(tuples.selected(), Pointee(Tcp(2, 5)));
}

TEST(IceTuples, RemovingAnUnknownTupleChangesNothing) {
  IceTuples tuples;
  EXPECT_THAT(tuples.Remove(Udp(1)), ChangesNothing());
  tuples.OnCheck(Udp(1), kNominating, kStart);
  EXPECT_THAT(tuples.Remove(Udp(2)), ChangesNothing());
  EXPECT_THAT(tuples.Expire(kStart).removed, IsEmpty());
}

TEST(IceTuples, RemovingAnotherTupleKeepsTheSelection) {
  IceTuples tuples;
  tuples.OnCheck(Udp(1), kPlain, kStart);
  tuples.OnCheck(Udp(2), kNominating, kStart);
  EXPECT_FALSE(tuples.Remove(Udp(1)).selected_changed);
  EXPECT_THAT(tuples.selected(), Pointee(Udp(2)));
}

}  // namespace
}  // namespace kcs::transport
