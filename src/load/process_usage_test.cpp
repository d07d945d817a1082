#include "load/process_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace kcs::load {
namespace {

TEST(ProcessUsage, ReadsCpuTimeAndParent) {
  const auto usage = ParseProcessStat(
      "812 (kcs-meet) S 811 811 811 0 -1 4194560 1200 0 0 0 250 125 0 0 20 0 1 0 9 1000 10", 100);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cpu, Duration(3'750'000));
  EXPECT_EQ(usage->parent, 811);
  EXPECT_EQ(usage->command, "kcs-meet");
}

TEST(ProcessUsage, IsNotConfusedByAName) {
  const auto usage = ParseProcessStat("1 (a) b (c) S 7 1 1 0 -1 0 0 0 0 0 1 2 0 0 20", 100);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->command, "a) b (c");
  EXPECT_EQ(usage->parent, 7);
  EXPECT_EQ(usage->cpu, Duration(30'000));
}

TEST(ProcessUsage, RefusesWhatIsCutOff) {
  EXPECT_FALSE(ParseProcessStat("", 100));
  EXPECT_FALSE(ParseProcessStat("812 (kcs-meet) S 811 811 811 0 -1 4194560 1200 0 0 0 250", 100));
  EXPECT_FALSE(ParseProcessStat("812 )(", 100));
}

TEST(ProcessUsage, ReadsResidentMemory) {
  EXPECT_EQ(ParseResidentBytes("Name:\tx\nVmPeak:\t   900 kB\nVmRSS:\t    25 kB\n"), 25U * 1024);
  EXPECT_FALSE(ParseResidentBytes("Name:\tx\n"));
  EXPECT_FALSE(ParseResidentBytes("VmRSS:"));
}

TEST(ProcessUsage, KnowsThisProcessAndNoOther) {
  const auto own = ReadProcessUsage(::getpid());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->parent, ::getppid());
  EXPECT_GT(own->rss, 0U);
  EXPECT_FALSE(ReadProcessUsage(::getpid(), "/nowhere"));
}

TEST(ProcessUsage, CountsCpuTimeFinerThanTheTicksOfTheFile) {
  const auto before = ReadProcessUsage(::getpid());
  ASSERT_TRUE(before);
  std::optional<ProcessUsage> after;
  do {
    after = ReadProcessUsage(::getpid());
    ASSERT_TRUE(after);
  } while (after->cpu == before->cpu);
  EXPECT_LT(after->cpu - before->cpu, Duration(1s) / ::sysconf(_SC_CLK_TCK));
}

}  // namespace
}  // namespace kcs::load
