#include "engine/crypto/replay_window.h"

#include <gtest/gtest.h>

#include <set>

#include "base/entropy.h"

namespace kcs::crypto {
namespace {

TEST(ReplayWindow, RefusesWhatItHasSeenAndWhatIsTooOldToTell) {
  ReplayWindow<64> window;
  EXPECT_TRUE(window.IsNew(0));
  window.Accept(100);
  EXPECT_FALSE(window.IsNew(100));
  EXPECT_TRUE(window.IsNew(99));
  EXPECT_TRUE(window.IsNew(37));
  EXPECT_FALSE(window.IsNew(36));
  window.Accept(37);
  EXPECT_FALSE(window.IsNew(37));
  window.Accept(1'000'000);
  EXPECT_FALSE(window.IsNew(100));
  EXPECT_TRUE(window.IsNew(999'999));
}

TEST(ReplayWindow, AgreesWithASetOfEverythingReceived) {
  SeededEntropy entropy(3);
  ReplayWindow<1024> window;
  std::set<std::uint64_t> seen;
  std::uint64_t head = 65'000;
  for (int i = 0; i < 50'000; ++i) {
    if (entropy.Below(3) == 0) head += entropy.Below(entropy.Below(200) == 0 ? 3000 : 4);
    const std::uint64_t index = head - entropy.Below(1500);
    const bool too_old = !seen.empty() && *seen.rbegin() >= index + 1024;
    const bool expected = !too_old && !seen.contains(index);
    ASSERT_EQ(window.IsNew(index), expected) << index;
    if (expected) {
      window.Accept(index);
      seen.insert(index);
    }
  }
}

}  // namespace
}  // namespace kcs::crypto
