#include "server/app/guest_secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace kcs::app {
namespace {

namespace fs = std::filesystem;

class GuestSecret : public ::testing::Test {
 protected:
  ~GuestSecret() override { fs::remove_all(directory_); }

  fs::path directory_ = fs::temp_directory_path() / ("kcs_guest_secret_" + std::to_string(getpid()));
  std::string path_ = (directory_ / "data" / "guest-secret").string();
  SeededEntropy entropy_{1};
};

TEST_F(GuestSecret, IsMadeOnceAndKept) {
  const auto first = LoadOrMakeGuestSecret(path_, entropy_);
  ASSERT_TRUE(first.has_value()) << first.error();
  EXPECT_GE(first->size(), 32U);
  EXPECT_EQ(LoadOrMakeGuestSecret(path_, entropy_), first);
}

TEST_F(GuestSecret, IsForItsOwnerOnly) {
  ASSERT_TRUE(LoadOrMakeGuestSecret(path_, entropy_).has_value());
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(GuestSecret, IsNotTakenFromAFileWithoutOne) {
  fs::create_directories(fs::path(path_).parent_path());
  std::ofstream(path_) << "short\n";
  const auto refused = LoadOrMakeGuestSecret(path_, entropy_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().find(path_), std::string::npos);
}

TEST_F(GuestSecret, SaysWhereItCannotBeKept) {
  const auto refused = LoadOrMakeGuestSecret("/proc/nowhere/secret", entropy_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().find("/proc/nowhere/secret"), std::string::npos);
}

}  // namespace
}  // namespace kcs::app
