#include "engine/sfu/deadline_queue.h"

#include <gtest/gtest.h>

#include <map>

#include "base/entropy.h"

namespace kcs::sfu {
namespace {

Timestamp At(std::int64_t us) { return Timestamp(Duration(us)); }

TEST(DeadlineQueue, IsNeverDueWhenEmpty) {
  DeadlineQueue queue;
  EXPECT_EQ(queue.next(), kNever);
  queue.Remove(5);
  EXPECT_EQ(queue.next(), kNever);
}

TEST(DeadlineQueue, NamesTheEarliestHoweverOftenDeadlinesMove) {
  SeededEntropy entropy(1);
  DeadlineQueue queue;
  std::map<DeadlineQueue::Index, Timestamp> model;
  for (int step = 0; step < 20000; ++step) {
    const DeadlineQueue::Index index = entropy.Below(50);
    if (entropy.Below(4) == 0) {
      queue.Remove(index);
      model.erase(index);
    } else {
      const Timestamp deadline = At(entropy.Below(1000));
      queue.Set(index, deadline);
      model[index] = deadline;
    }
    Timestamp earliest = kNever;
    for (const auto& [i, deadline] : model) earliest = std::min(earliest, deadline);
    ASSERT_EQ(queue.next(), earliest) << "step " << step;
    ASSERT_EQ(queue.size(), model.size());
    if (earliest != kNever) {
      ASSERT_EQ(model.at(queue.top()), earliest);
    }
  }
}

}  // namespace
}  // namespace kcs::sfu
