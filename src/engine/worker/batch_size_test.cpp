#include "engine/worker/batch_size.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kcs::worker_process {
namespace {

// Batches as large as may be, each datagram of which takes `each`.
Duration LongestOf(BatchSize& size, int batches, Duration each) {
  Duration longest{};
  for (int i = 0; i < batches; ++i) {
    const auto datagrams = static_cast<Duration::rep>(size.most());
    longest = std::max(longest, datagrams * each);
    size.OnBatch(size.most(), datagrams * each);
  }
  return longest;
}

TEST(BatchSize, WhatIsDoneQuicklyIsHandedOverAsItCame) {
  BatchSize size;
  LongestOf(size, 100, 100us);
  EXPECT_EQ(size.most(), BatchSize::kMost);
}

TEST(BatchSize, AfterABatchThatTookLongNoneDoes) {
  BatchSize size;
  LongestOf(size, 1, 3ms);  // a room of a thousand
  EXPECT_LE(LongestOf(size, 100, 3ms), BatchSize::kLong);
  EXPECT_GE(size.most(), 12U) << "and not much less than could be";
}

TEST(BatchSize, APictureIsHandedOverWholeHoweverLongItTakes) {
  BatchSize size;
  LongestOf(size, 10, 100ms);
  EXPECT_EQ(size.most(), BatchSize::kLeast);
}

TEST(BatchSize, WhenTheWorkGetsLessBatchesGrowAgain) {
  BatchSize size;
  LongestOf(size, 10, 100ms);
  LongestOf(size, 10, 50us);
  EXPECT_EQ(size.most(), BatchSize::kMost);
}

TEST(BatchSize, SmallBatchesSayNothingOfLargerOnes) {
  BatchSize size;
  LongestOf(size, 10, 100ms);
  for (int i = 0; i < 10; ++i) size.OnBatch(1, 50us);
  EXPECT_EQ(size.most(), BatchSize::kLeast);
}

}  // namespace
}  // namespace kcs::worker_process
