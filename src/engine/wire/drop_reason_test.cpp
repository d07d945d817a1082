#include "engine/wire/drop_reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace kcs::wire {
namespace {

TEST(DropReason, EveryReasonHasItsOwnName) {
  std::set<std::string> names;
  for (int i = 0; i < static_cast<int>(DropReason::kCount); ++i)
    names.insert(ToString(static_cast<DropReason>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(DropReason::kCount));
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace kcs::wire
