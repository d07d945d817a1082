#include "engine/transport/ice_lite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/transport/testing/ice_client.h"
#include "engine/wire/stun_integrity.h"

namespace kcs::transport {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::IceClient;
using ::testing::IsEmpty;
using ::testing::Pointee;
using wire::DropReason;

constexpr Timestamp kStart{1000s};
const Tuple kHome{SocketAddress::V4(192, 0, 2, 1, 5000), 0, Protocol::kUdp};
const Tuple kAway{SocketAddress::V4(198, 51, 100, 9, 6000), 0, Protocol::kUdp};

// An answer as its receiver sees it.
struct Seen {
  std::vector<std::uint8_t> raw;
  std::optional<wire::StunMessage> message;
  StunResult result;
};

MATCHER(IsSuccess, "") {
  return arg.message.has_value() && arg.message->message_class == wire::StunClass::kSuccess &&
         !arg.result.drop;
}
MATCHER_P(IsError, code, "") {
  return arg.message.has_value() && arg.message->message_class == wire::StunClass::kError &&
         arg.message->error_code == code;
}
MATCHER_P(IsSignedWith, password, "") {
  return wire::FingerprintOk(arg.raw, *arg.message) && wire::IntegrityOk(arg.raw, *arg.message, password);
}
MATCHER_P(IsDropped, reason, "") { return arg.raw.empty() && arg.result.drop == reason; }

class IceLiteTest : public ::testing::Test {
 protected:
  IceLiteTest() { client.Start(ice.local(), {kHome, kAway}, kStart); }

  Seen Give(const std::vector<std::uint8_t>& raw, const Tuple& tuple, Timestamp now) {
    const auto message = wire::StunMessage::Parse(raw);
    EXPECT_TRUE(message.has_value());
    std::array<std::uint8_t, IceLite::kMaxAnswer> memory{};
    const IceLite::Answer answer = ice.OnStun(raw, *message, tuple, now, memory);
    Seen seen{{answer.datagram.begin(), answer.datagram.end()}, std::nullopt, answer.result};
    if (!seen.raw.empty()) {
      seen.message = wire::StunMessage::Parse(seen.raw);
      EXPECT_EQ(seen.message->transaction_id, message->transaction_id);
    }
    return seen;
  }
  Seen Check(const Tuple& tuple, bool use_candidate, Timestamp now) {
    return Give(client.MakeCheck(client.DefaultCheck(tuple, use_candidate)), tuple, now);
  }

  SeededEntropy entropy{1};
  IceLite ice{entropy};
  IceClient client{entropy};
};

TEST_F(IceLiteTest, CredentialsAreLongAndFresh) {
  EXPECT_EQ(ice.local().username_fragment.size(), 32U);
  EXPECT_EQ(ice.local().password.size(), 32U);
  EXPECT_NE(IceLite(entropy).local(), ice.local());
}

TEST_F(IceLiteTest, AnswersACheckWithTheAddressItCameFrom) {
  EXPECT_EQ(ice.state(), IceState::kNew);
  const Seen seen = Check(kHome, false, kStart);
  EXPECT_THAT(seen, AllOf(IsSuccess(), IsSignedWith(ice.local().password)));
  EXPECT_EQ(seen.message->mapped_address, kHome.remote);
  EXPECT_EQ(seen.result.tuples.added, kHome);
  EXPECT_EQ(ice.state(), IceState::kConnected);
  EXPECT_TRUE(ice.IsValid(kHome));
  EXPECT_FALSE(ice.IsValid(kAway));
  EXPECT_THAT(ice.selected(), Pointee(kHome));
}

TEST_F(IceLiteTest, NominationCompletes) {
  Check(kHome, false, kStart);
  EXPECT_THAT(Check(kAway, true, kStart), IsSuccess());
  EXPECT_EQ(ice.state(), IceState::kCompleted);
  EXPECT_THAT(ice.selected(), Pointee(kAway));
}

TEST_F(IceLiteTest, WrongPasswordGetsNoAnswer) {
  auto options = client.DefaultCheck(kHome, true);
  options.password[0] = options.password[0] == 'x' ? 'y' : 'x';
  EXPECT_THAT(Give(client.MakeCheck(options), kHome, kStart), IsDropped(DropReason::kStunBadIntegrity));
  EXPECT_EQ(ice.state(), IceState::kNew);
  EXPECT_FALSE(ice.IsValid(kHome));
}

TEST_F(IceLiteTest, UnknownUfragGetsNoAnswer) {
  auto options = client.DefaultCheck(kHome, true);
  for (const std::string& username : {std::string("somebody:else"), std::string("nocolon"), std::string(":"),
                                      ice.local().username_fragment, std::string()}) {
    options.username = username;
    EXPECT_THAT(Give(client.MakeCheck(options), kHome, kStart), IsDropped(DropReason::kStunUnknownUfrag));
  }
  EXPECT_EQ(ice.state(), IceState::kNew);
}

TEST_F(IceLiteTest, CheckWithoutIntegrityOrFingerprintGetsNoAnswer) {
  std::vector<std::uint8_t> raw(200);
  wire::StunWriter unsigned_check(raw);
  unsigned_check.Begin(wire::StunClass::kRequest, wire::kStunBinding, {});
  unsigned_check.AddUsername(ice.local().username_fragment + ":me");
  unsigned_check.AddPriority(1);
  raw.resize(unsigned_check.FinishWithoutIntegrity());
  EXPECT_THAT(Give(raw, kHome, kStart), IsDropped(DropReason::kStunBadIntegrity));

  raw = client.MakeCheck(client.DefaultCheck(kHome, true));
  raw.back() ^= 1;  // in FINGERPRINT, which is last
  EXPECT_THAT(Give(raw, kHome, kStart), IsDropped(DropReason::kStunBadFingerprint));
  raw.resize(raw.size() - 8);
  StoreU16(&raw[2], static_cast<std::uint16_t>(raw.size() - wire::kStunHeaderSize));
  EXPECT_THAT(Give(raw, kHome, kStart), IsDropped(DropReason::kStunBadFingerprint));
  EXPECT_FALSE(ice.IsValid(kHome));
}

TEST_F(IceLiteTest, EveryChangedByteOfACheckIsNoticed) {
  const std::vector<std::uint8_t> good = client.MakeCheck(client.DefaultCheck(kHome, true));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::vector<std::uint8_t> bad = good;
    bad[i] ^= 0x04;
    const auto message = wire::StunMessage::Parse(bad);
    if (!message) continue;
    std::array<std::uint8_t, IceLite::kMaxAnswer> memory{};
    const IceLite::Answer answer = ice.OnStun(bad, *message, kHome, kStart, memory);
    EXPECT_TRUE(answer.datagram.empty()) << "byte " << i;
  }
  EXPECT_EQ(ice.state(), IceState::kNew);
}

TEST_F(IceLiteTest, OnlyRequestsAreTaken) {
  for (const auto kind : {wire::StunClass::kIndication, wire::StunClass::kSuccess, wire::StunClass::kError}) {
    std::vector<std::uint8_t> raw(200);
    wire::StunWriter writer(raw);
    writer.Begin(kind, wire::kStunBinding, {});
    writer.AddUsername(ice.local().username_fragment + ":me");
    raw.resize(writer.Finish(ice.local().password));
    EXPECT_THAT(Give(raw, kHome, kStart), IsDropped(DropReason::kStunUnexpected));
  }
}

TEST_F(IceLiteTest, PeerThatClaimsToBeControlledIsToldOfTheConflict) {
  auto options = client.DefaultCheck(kHome, false);
  options.controlled = true;
  const Seen seen = Give(client.MakeCheck(options), kHome, kStart);
  EXPECT_THAT(seen, AllOf(IsError(487), IsSignedWith(ice.local().password)));
  EXPECT_FALSE(ice.IsValid(kHome));
  EXPECT_THAT(Check(kHome, false, kStart), IsSuccess());  // the peer has switched
}

TEST_F(IceLiteTest, UnknownRequiredAttributeIsRefused) {
  auto options = client.DefaultCheck(kHome, true);
  options.unknown_required = 0x7f01;
  const Seen seen = Give(client.MakeCheck(options), kHome, kStart);
  EXPECT_THAT(seen, AllOf(IsError(420), IsSignedWith(ice.local().password)));
  EXPECT_FALSE(ice.IsValid(kHome));
}

TEST_F(IceLiteTest, CheckWithoutPriorityIsRefused) {
  auto options = client.DefaultCheck(kHome, true);
  options.priority.reset();
  EXPECT_THAT(Give(client.MakeCheck(options), kHome, kStart), IsError(400));
}

TEST_F(IceLiteTest, FloodOfChecksIsAnsweredAtABoundedRate) {
  const auto answered = [&](Timestamp from, Duration length) {
    int n = 0;
    for (int i = 0; i < 1'000; ++i) n += Check(kHome, true, from + length * i / 1'000).raw.empty() ? 0 : 1;
    return n;
  };
  EXPECT_NEAR(answered(kStart, 1ms), 2 * IceLite::kMaxAnswersPerSecond, 1);
  EXPECT_NEAR(answered(kStart + 1ms, 1s), IceLite::kMaxAnswersPerSecond, 2);
  const Seen seen = Check(kHome, true, kStart + 1001ms);
  EXPECT_THAT(seen, IsDropped(DropReason::kStunRateLimited));
  EXPECT_EQ(ice.NextDeadline(), kStart + 1001ms + 30s);  // it counts for consent all the same
}

TEST_F(IceLiteTest, StrangersDoNotUseUpTheRate) {
  auto options = client.DefaultCheck(kAway, true);
  options.password = "guessed";
  for (int i = 0; i < 1'000; ++i) Give(client.MakeCheck(options), kAway, kStart);
  EXPECT_THAT(Check(kHome, true, kStart), IsSuccess());
}

TEST_F(IceLiteTest, SilentPeerIsDisconnectedAndCanComeBack) {
  Check(kHome, true, kStart);
  EXPECT_FALSE(ice.OnTimeout(kStart + 29s).any());
  EXPECT_EQ(ice.state(), IceState::kCompleted);
  const TupleChanges changes = ice.OnTimeout(kStart + 30s);
  EXPECT_THAT(changes.removed, ElementsAre(kHome));
  EXPECT_EQ(ice.state(), IceState::kDisconnected);
  EXPECT_EQ(ice.selected(), nullptr);
  EXPECT_EQ(Check(kAway, true, kStart + 50s).result.tuples.added, kAway);
  EXPECT_EQ(ice.state(), IceState::kCompleted);
}

TEST_F(IceLiteTest, AnotherLiveTupleTakesOverWhenTheSelectedOneExpires) {
  Check(kHome, true, kStart);
  Check(kAway, false, kStart + 20s);
  const TupleChanges changes = ice.OnTimeout(kStart + 30s);
  EXPECT_TRUE(changes.selected_changed);
  EXPECT_THAT(ice.selected(), Pointee(kAway));
  EXPECT_EQ(ice.state(), IceState::kConnected);
  EXPECT_EQ(ice.NextDeadline(), kStart + 50s);
}

TEST_F(IceLiteTest, ClosedTcpConnectionIsForgotten) {
  const Tuple tcp{kHome.remote, 17, Protocol::kTcp};
  Check(tcp, true, kStart);
  EXPECT_THAT(ice.OnTupleClosed(tcp).removed, ElementsAre(tcp));
  EXPECT_EQ(ice.state(), IceState::kDisconnected);
}

class IceRestartTest : public IceLiteTest {
 protected:
  IceRestartTest() {
    Check(kHome, true, kStart);
    old_parameters = ice.local();
    ice.Restart(entropy, retired);
  }
  IceParameters old_parameters;
  std::vector<std::string> retired;
};

TEST_F(IceRestartTest, GivesNewCredentialsAndKeepsThePath) {
  EXPECT_NE(ice.local().username_fragment, old_parameters.username_fragment);
  EXPECT_NE(ice.local().password, old_parameters.password);
  EXPECT_THAT(ice.selected(), Pointee(kHome));
  EXPECT_EQ(ice.state(), IceState::kCompleted);
  EXPECT_THAT(ice.ufrags(), ElementsAre(ice.local().username_fragment, old_parameters.username_fragment));
}

TEST_F(IceRestartTest, OldCredentialsWorkUntilTheNewAreUsed) {
  EXPECT_THAT(Check(kHome, true, kStart + 1s), AllOf(IsSuccess(), IsSignedWith(old_parameters.password)));
  const std::vector<std::uint8_t> old_check = client.MakeCheck(client.DefaultCheck(kHome, true));
  client.Restart(ice.local(), kStart + 2s);
  const Seen first = Check(kAway, false, kStart + 2s);
  EXPECT_THAT(first, AllOf(IsSuccess(), IsSignedWith(ice.local().password)));
  EXPECT_THAT(first.result.retired_ufrags, ElementsAre(old_parameters.username_fragment));
  EXPECT_THAT(Give(old_check, kHome, kStart + 2s), IsDropped(DropReason::kStunUnknownUfrag));
  // Media goes on over the old path until the new one is nominated.
  EXPECT_THAT(ice.selected(), Pointee(kHome));
  Check(kAway, true, kStart + 3s);
  EXPECT_THAT(ice.selected(), Pointee(kAway));
}

TEST_F(IceRestartTest, OldUfragWithTheNewPasswordIsRefused) {
  auto options = client.DefaultCheck(kHome, true);
  options.password = ice.local().password;
  EXPECT_THAT(Give(client.MakeCheck(options), kHome, kStart), IsDropped(DropReason::kStunBadIntegrity));
  EXPECT_THAT(ice.ufrags().size(), 2U);
}

TEST_F(IceRestartTest, ManyRestartsKeepABoundedNumberOfCredentials) {
  ice.Restart(entropy, retired);
  EXPECT_THAT(retired, IsEmpty());
  ice.Restart(entropy, retired);
  EXPECT_THAT(retired, ElementsAre(old_parameters.username_fragment));
  EXPECT_EQ(ice.ufrags().size(), 1 + IceLite::kMaxPrevious);
}

}  // namespace
}  // namespace kcs::transport
