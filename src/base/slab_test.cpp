#include "base/slab.h"

#include <gtest/gtest.h>

#include <vector>

namespace kcs {
namespace {

TEST(Slab, ReusesASlotWhenItsLastReferenceIsGone) {
  Slab slab(1);
  SlotRef first = slab.Acquire();
  ASSERT_TRUE(first);
  SlotRef second = first;
  first.Reset();
  EXPECT_FALSE(slab.Acquire()) << "the copy still holds the slot";
  second.Reset();
  EXPECT_TRUE(slab.Acquire());
}

TEST(Slab, GivesNothingBeyondItsBound) {
  Slab slab(300);
  std::vector<SlotRef> held;
  for (int i = 0; i < 300; ++i) {
    held.push_back(slab.Acquire());
    ASSERT_TRUE(held.back());
  }
  EXPECT_FALSE(slab.Acquire());
  EXPECT_EQ(slab.in_use(), 300U);
  held.clear();
  EXPECT_EQ(slab.in_use(), 0U);
}

TEST(Slab, GivesEachHolderItsOwnMemory) {
  Slab slab(2);
  const SlotRef a = slab.Acquire();
  const SlotRef b = slab.Acquire();
  a.bytes()[0] = 1;
  b.bytes()[0] = 2;
  EXPECT_EQ(a.bytes()[0], 1);
  EXPECT_EQ(a.bytes().size(), Slab::kSlotSize);
}

TEST(SlotRef, MovesWithoutCounting) {
  Slab slab(1);
  SlotRef a = slab.Acquire();
  SlotRef b = std::move(a);
  b = SlotRef();
  EXPECT_EQ(slab.in_use(), 0U);
}

}  // namespace
}  // namespace kcs
