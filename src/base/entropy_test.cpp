#include "base/entropy.h"

#include <gtest/gtest.h>

namespace kcs {
namespace {

TEST(SeededEntropy, RepeatsItselfForOneSeedAndDiffersForAnother) {
  SeededEntropy a(1);
  SeededEntropy b(1);
  SeededEntropy c(2);
  const std::string token = a.Token(32);
  EXPECT_EQ(token, b.Token(32));
  EXPECT_NE(token, c.Token(32));
}

TEST(Entropy, MakesVersion4Uuids) {
  SeededEntropy entropy(7);
  const std::string uuid = entropy.Uuid();
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
}

TEST(Entropy, BelowStaysBelow) {
  SeededEntropy entropy(3);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(entropy.Below(7), 7U);
}

}  // namespace
}  // namespace kcs
