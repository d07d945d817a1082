#include "io/system_entropy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace kcs::io {
namespace {

TEST(SystemEntropy, FillsAllOfIt) {
  SystemEntropy entropy;
  std::vector<std::uint8_t> a(100'000);
  entropy.Fill(a);
  // 100,000 random bytes hold about 390 zeros; a part left out would hold thousands.
  const auto zeros = std::count(a.end() - 10'000, a.end(), 0);
  EXPECT_LT(zeros, 200);
  EXPECT_NE(entropy.NextU64(), entropy.NextU64());
  entropy.Fill({});
}

}  // namespace
}  // namespace kcs::io
