#include "server/app/token_command.h"

#include <gtest/gtest.h>

#include <chrono>

#include "server/auth/token.h"

namespace kcs::app {
namespace {

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Config WithSecret() {
  Config config;
  config.token_source = TokenSource::kSecret;
  config.token_key = "a secret of at least thirty-two bytes";
  return config;
}

TEST(ParseLifetime, TakesSecondsMinutesHoursAndDays) {
  EXPECT_EQ(ParseLifetime("90"), 90);
  EXPECT_EQ(ParseLifetime("90s"), 90);
  EXPECT_EQ(ParseLifetime("30m"), 1800);
  EXPECT_EQ(ParseLifetime("24h"), 86400);
  EXPECT_EQ(ParseLifetime("7d"), 604800);
  for (const char* wrong :
       {"", "h", "0h", "-1h", "1.5h", "1 h", "1w", "1hh", "99999d", "99999999999999999999"}) {
    EXPECT_EQ(ParseLifetime(wrong), std::nullopt) << wrong;
  }
}

TEST(MakeToken, IsAcceptedByTheServerOfTheSameConfiguration) {
  const Config config = WithSecret();
  const auto token =
      MakeToken(config, {.user_id = "alice", .name = "Alice", .role = "admin", .expires = "1h"});
  ASSERT_TRUE(token.has_value());
  const auto claims = auth::TokenVerifier::FromSecret(config.token_key)->Verify(*token, Now());
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->user_id, "alice");
  EXPECT_EQ(claims->name, "Alice");
  EXPECT_EQ(claims->role, auth::Role::kAdmin);
  EXPECT_NEAR(static_cast<double>(claims->expires_at - Now()), 3600, 5);
}

TEST(MakeToken, NamesAUserByTheirIdWhenThereIsNoName) {
  const Config config = WithSecret();
  const auto token = MakeToken(config, {.user_id = "alice"});
  EXPECT_EQ(auth::TokenVerifier::FromSecret(config.token_key)->Verify(*token, Now())->name, "alice");
}

TEST(MakeToken, CannotSignWithAPublicKey) {
  Config config = WithSecret();
  config.token_source = TokenSource::kPublicKeyFile;
  EXPECT_FALSE(MakeToken(config, {.user_id = "alice"}).has_value());
}

TEST(MakeToken, SaysWhatALifetimeLooksLike) {
  const auto refused = MakeToken(WithSecret(), {.user_id = "alice", .expires = "soon"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), "--expires soon: not a time like 90s, 30m, 24h or 7d");
}

}  // namespace
}  // namespace kcs::app
