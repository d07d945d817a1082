#include "load/ice_agent.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/wire/stun_integrity.h"

namespace kcs::load {
namespace {

constexpr Timestamp kStart{Duration(1'000'000)};
const SocketAddress kNear = SocketAddress::V4(127, 0, 0, 1, 10000);
const SocketAddress kFar = SocketAddress::V4(192, 0, 2, 1, 10000);

class IceAgentTest : public ::testing::Test {
 protected:
  std::vector<IceAgent::Check> Checks(Timestamp now) {
    std::vector<IceAgent::Check> checks;
    while (const auto check = agent_.NextCheck(now, memory_[checks.size()])) checks.push_back(*check);
    return checks;
  }
  // What a server with that password answers.
  std::vector<std::uint8_t> AnswerTo(const IceAgent::Check& check, std::string_view password) {
    const auto request = wire::StunMessage::Parse(check.datagram);
    std::vector<std::uint8_t> answer(256);
    wire::StunWriter writer(answer);
    writer.Begin(wire::StunClass::kSuccess, wire::kStunBinding, request->transaction_id);
    writer.AddXorMappedAddress(SocketAddress::V4(127, 0, 0, 1, 5555));
    answer.resize(writer.Finish(password));
    return answer;
  }

  SeededEntropy entropy_{1};
  IceAgent agent_{{"server", "password", {kNear, kFar}}, entropy_, kStart};
  std::array<std::array<std::uint8_t, 512>, 8> memory_{};
};

TEST_F(IceAgentTest, ChecksEveryCandidateUntilOneAnswers) {
  EXPECT_EQ(Checks(kStart).size(), 2U);
  EXPECT_EQ(Checks(kStart + 10ms).size(), 0U);
  EXPECT_EQ(agent_.NextDeadline(), kStart + 50ms);
  EXPECT_EQ(Checks(kStart + 50ms).size(), 2U);
  EXPECT_EQ(agent_.selected(), nullptr);
}

TEST_F(IceAgentTest, AsksASlowServerLessAndLessOften) {
  int checks = 0;
  for (Timestamp now = kStart; now < kStart + 30s; now += 10ms)
    checks += static_cast<int>(Checks(now).size());
  EXPECT_LE(checks, 2 * 24);
  EXPECT_GE(checks, 2 * 20);
}

TEST_F(IceAgentTest, TakesALateAnswer) {
  const auto checks = Checks(kStart);
  const auto answer = AnswerTo(checks[0], "password");
  Checks(kStart + 50ms);
  Checks(kStart + 150ms);
  agent_.OnStun(kNear, answer, kStart + 200ms);
  ASSERT_NE(agent_.selected(), nullptr);
  // What is asked next is another question.
  const auto next = Checks(kStart + 200ms);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_NE(wire::StunMessage::Parse(next[0].datagram)->transaction_id,
            wire::StunMessage::Parse(answer)->transaction_id);
}

TEST_F(IceAgentTest, SignsItsChecksForTheServer) {
  const auto checks = Checks(kStart);
  const auto message = wire::StunMessage::Parse(checks.front().datagram);
  ASSERT_TRUE(message);
  EXPECT_TRUE(wire::IntegrityOk(checks.front().datagram, *message, "password"));
  EXPECT_TRUE(wire::FingerprintOk(checks.front().datagram, *message));
  EXPECT_TRUE(message->username->starts_with("server:"));
  EXPECT_TRUE(message->ice_controlling);
  EXPECT_FALSE(message->use_candidate);
}

// Of a client that has signalled its own end.
class SignalledIceAgentTest : public IceAgentTest {
 protected:
  // What a server asks that signs with `password`.
  std::vector<std::uint8_t> Request(std::string_view password) {
    std::vector<std::uint8_t> request(256);
    wire::StunWriter writer(request);
    writer.Begin(wire::StunClass::kRequest, wire::kStunBinding, transaction_);
    writer.AddUsername("client:server");
    request.resize(writer.Finish(password));
    return request;
  }

  IceAgent signalled_{{"server", "password", {kNear}, "client", "own password"}, entropy_, kStart};
  std::array<std::uint8_t, 512> datagram_{};
  wire::TransactionId transaction_{7, 7, 7};
};

TEST_F(SignalledIceAgentTest, NamesItselfAsItWasSignalled) {
  const auto check = signalled_.NextCheck(kStart, datagram_);
  ASSERT_TRUE(check);
  EXPECT_EQ(wire::StunMessage::Parse(check->datagram)->username, "server:client");
}

TEST_F(SignalledIceAgentTest, AnswersAServerThatChecksInTurn) {
  while (signalled_.NextCheck(kStart, datagram_)) {
  }
  signalled_.OnStun(kNear, Request("own password"), kStart);
  EXPECT_LE(signalled_.NextDeadline(), kStart);
  const auto answer = signalled_.NextCheck(kStart, datagram_);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->to, kNear);
  const auto message = wire::StunMessage::Parse(answer->datagram);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message_class, wire::StunClass::kSuccess);
  EXPECT_EQ(message->transaction_id, transaction_);
  EXPECT_TRUE(wire::IntegrityOk(answer->datagram, *message, "own password"));
  EXPECT_FALSE(signalled_.NextCheck(kStart, datagram_));
}

TEST_F(SignalledIceAgentTest, AnswersNobodyWhoDoesNotKnowItsPassword) {
  while (signalled_.NextCheck(kStart, datagram_)) {
  }
  signalled_.OnStun(kNear, Request("password"), kStart);
  EXPECT_FALSE(signalled_.NextCheck(kStart, datagram_));
  // Nor does one that has signalled no password.
  Checks(kStart);
  agent_.OnStun(kNear, Request(""), kStart);
  EXPECT_TRUE(Checks(kStart).empty());
}

TEST_F(IceAgentTest, NominatesWhoAnswersFirst) {
  const auto checks = Checks(kStart);
  agent_.OnStun(kFar, AnswerTo(checks[1], "password"), kStart + 5ms);
  ASSERT_NE(agent_.selected(), nullptr);
  EXPECT_EQ(*agent_.selected(), kFar);
  const auto nomination = Checks(kStart + 5ms);
  ASSERT_EQ(nomination.size(), 1U);
  EXPECT_EQ(nomination[0].to, kFar);
  EXPECT_TRUE(wire::StunMessage::Parse(nomination[0].datagram)->use_candidate);
  agent_.OnStun(kFar, AnswerTo(nomination[0], "password"), kStart + 10ms);
  EXPECT_EQ(agent_.NextDeadline(), kStart + 10ms + IceAgent::kConsentInterval);
}

TEST_F(IceAgentTest, BelievesNobodyElse) {
  const auto checks = Checks(kStart);
  agent_.OnStun(kNear, AnswerTo(checks[0], "wrong"), kStart);
  agent_.OnStun(kFar, AnswerTo(checks[0], "password"), kStart);  // an answer to another check
  agent_.OnStun(kNear, std::array<std::uint8_t, 3>{1, 2, 3}, kStart);
  EXPECT_EQ(agent_.selected(), nullptr);
}

}  // namespace
}  // namespace kcs::load
