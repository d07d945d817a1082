#include "server/auth/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::auth {
namespace {

using ::testing::StartsWith;

constexpr PasswordCost kCheap{1, 8192};

TEST(Password, IsKnownAgainAndNoOtherIs) {
  const auto hash = HashPassword("correct horse", kCheap);
  ASSERT_TRUE(hash) << hash.error();
  EXPECT_THAT(*hash, StartsWith("$argon2id$"));
  EXPECT_TRUE(VerifyPassword("correct horse", *hash));
  EXPECT_FALSE(VerifyPassword("correct hors", *hash));
  EXPECT_FALSE(VerifyPassword("", *hash));
}

TEST(Password, HasItsOwnSaltEachTime) {
  EXPECT_NE(HashPassword("same", kCheap).value(), HashPassword("same", kCheap).value());
}

TEST(Password, IsBoundedAndNotEmpty) {
  EXPECT_FALSE(HashPassword("", kCheap));
  EXPECT_FALSE(HashPassword(std::string(kMaxPassword + 1, 'x'), kCheap));
  EXPECT_TRUE(HashPassword(std::string(kMaxPassword, 'x'), kCheap));
}

TEST(Password, MatchesNoHashThatIsNone) {
  EXPECT_FALSE(VerifyPassword("x", ""));
  EXPECT_FALSE(VerifyPassword("x", "x"));
  EXPECT_FALSE(VerifyPassword("x", std::string(500, '$')));
}

TEST(Password, SaysWhenTheCostIsImpossible) { EXPECT_FALSE(HashPassword("x", {0, 0})); }

}  // namespace
}  // namespace kcs::auth
