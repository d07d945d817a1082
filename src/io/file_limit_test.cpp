#include "io/file_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace kcs::io {
namespace {

TEST(FileLimit, RaisesTheSoftLimitToTheHardOneAndLowersNothing) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lower{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);

  EXPECT_EQ(RaiseFileLimit(10), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  EXPECT_EQ(after.rlim_max, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace kcs::io
