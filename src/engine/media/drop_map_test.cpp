#include "engine/media/drop_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/entropy.h"

namespace kcs::media {
namespace {

TEST(DropMap, AgreesWithCountingOneByOne) {
  SeededEntropy entropy{3};
  for (int run = 0; run < 20; ++run) {
    const std::uint64_t begin = 65'536 + entropy.Below(1000);
    DropMap map{begin};
    std::vector<std::uint64_t> dropped;
    std::uint64_t highest = begin;
    for (int i = 0; i < 900; ++i) {
      highest += 1 + (entropy.Below(20) == 0 ? entropy.Below(5) : 0);
      const bool drop = entropy.Below(3) == 0;
      map.Advance(highest, drop);
      if (drop) dropped.push_back(highest);
    }
    std::uint64_t kept = 0;
    std::uint32_t after = 0;
    for (std::uint64_t s = highest; s > highest - 1000 && s > begin; --s) {
      ASSERT_EQ(map.DroppedAfter(s), after) << s;
      const bool is_dropped = std::ranges::find(dropped, s) != dropped.end();
      ASSERT_EQ(map.IsDropped(s), is_dropped) << s;
      if (is_dropped) {
        ++after;
      } else {
        ASSERT_EQ(map.KeptFromEnd(kept), s);
        ++kept;
      }
    }
  }
}

TEST(DropMap, SaysWhenItDoesNotReachBack) {
  DropMap map{5000};
  map.Advance(5001, true);
  map.Advance(7000, false);
  EXPECT_FALSE(map.DroppedAfter(7000 - DropMap::kSpan).has_value());
  EXPECT_EQ(map.DroppedAfter(7000 - DropMap::kSpan + 1), 0U);
  EXPECT_FALSE(map.KeptFromEnd(DropMap::kSpan).has_value());
  EXPECT_FALSE(map.IsDropped(5001)) << "forgotten";
}

}  // namespace
}  // namespace kcs::media
