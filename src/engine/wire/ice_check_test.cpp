#include "engine/wire/ice_check.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/wire/stun_integrity.h"

namespace kcs::wire {
namespace {

class IceCheckTest : public ::testing::Test {
 protected:
  StunMessage Written(const IceCheck& check) {
    StunWriter writer(memory_);
    BeginIceCheck(check, kTransaction, writer);
    raw_ = Bytes(memory_).first(writer.Finish("password"));
    const auto message = StunMessage::Parse(raw_);
    EXPECT_TRUE(message);
    return message.value_or(StunMessage{});
  }
  static constexpr TransactionId kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::array<std::uint8_t, kMaxStunSize> memory_{};
  Bytes raw_;
};

TEST_F(IceCheckTest, SaysWhatAnAgentHasToSay) {
  const auto message = Written({.username = "theirs:ours",
                                .tie_breaker = 77,
                                .priority = PeerReflexivePriority(0),
                                .controlled = false,
                                .use_candidate = false});
  EXPECT_EQ(message.message_class, StunClass::kRequest);
  EXPECT_EQ(message.transaction_id, kTransaction);
  EXPECT_EQ(message.username, "theirs:ours");
  EXPECT_EQ(message.ice_controlling, 77U);
  EXPECT_FALSE(message.ice_controlled);
  EXPECT_EQ(message.priority, 0x6effffffU);
  EXPECT_FALSE(message.use_candidate);
  EXPECT_TRUE(IntegrityOk(raw_, message, "password"));
  EXPECT_TRUE(FingerprintOk(raw_, message));
}

TEST_F(IceCheckTest, NominatesAndTakesTheOtherRole) {
  const auto message = Written(
      {.username = "a:b", .tie_breaker = 5, .priority = {}, .controlled = true, .use_candidate = true});
  EXPECT_TRUE(message.use_candidate);
  EXPECT_EQ(message.ice_controlled, 5U);
  EXPECT_FALSE(message.ice_controlling);
  EXPECT_FALSE(message.priority);
}

TEST_F(IceCheckTest, LaterPathsHaveLessPriority) {
  EXPECT_GT(PeerReflexivePriority(0), PeerReflexivePriority(1));
  EXPECT_EQ(PeerReflexivePriority(65535) >> 24, 110U);
}

}  // namespace
}  // namespace kcs::wire
