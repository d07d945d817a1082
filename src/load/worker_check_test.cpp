#include "load/worker_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace kcs::load {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

// A /proc with a server, 700, and workers of it, 701 and 702.
class WorkerCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    proc_ = ::testing::TempDir() + "worker_check." +
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(proc_);
    Process(1, 0, "init", "/sbin/init\0splash\0"sv);
    Process(700, 1, "kcs-meet", "/opt/kcs-meet\0serve\0"sv);
    Process(701, 700, "kcs-meet", "/opt/kcs-meet\0worker\0"sv);
    Process(702, 700, "kcs-meet", "/opt/kcs-meet\0worker\0"sv);
  }
  void TearDown() override { std::filesystem::remove_all(proc_); }
  void Process(int pid, int parent, const std::string& name, std::string_view command_line,
               const std::string& in_its_namespace = {}) {
    const std::string number = std::to_string(pid);
    const std::string directory = proc_ + "/" + number;
    std::filesystem::create_directories(directory);
    std::ofstream(directory + "/stat")
        << number << " (" << name << ") S " << parent << " 1 1 0 -1 0 0 0 0 0 250 125 0 0 20 0 1 0 9 1000 10";
    std::ofstream(directory + "/cmdline") << command_line;
    std::ofstream(directory + "/status")
        << "Name:\t" << name << "\nNSpid:\t" << number << in_its_namespace << "\nVmRSS:\t 25 kB\n";
  }
  Result<void> Check(const std::vector<int>& pids) { return CheckWorkers(pids, proc_); }

  std::string proc_;
};

TEST_F(WorkerCheck, WorkersOfAServerHereAreWhatTheyAreSaidToBe) {
  EXPECT_TRUE(Check({701, 702}));
  EXPECT_TRUE(Check({}));
}

TEST_F(WorkerCheck, AnIdThatIsNobodysHereIsSaid) {
  const auto checked = Check({701, 12});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error(), HasSubstr("12"));
  EXPECT_THAT(checked.error(), HasSubstr("container"));
}

TEST_F(WorkerCheck, AnIdThatIsSomebodyElsesHereIsNoWorker) {
  Process(12, 1, "sshd", "/usr/sbin/sshd\0-D\0"sv);
  Process(13, 2, "kworker/0:1", ""sv);
  Process(14, 1, "worker", "/usr/bin/worker\0worker\0"sv);  // of another program, whose parent is no server
  for (const int pid : {12, 13, 14, 700}) EXPECT_FALSE(Check({pid})) << pid;
}

TEST_F(WorkerCheck, AWorkerThatCallsItselfOtherwiseIsOfAContainer) {
  Process(800, 1, "kcs-meet", "/opt/kcs-meet\0serve\0"sv, "\t1");
  Process(801, 800, "kcs-meet", "/opt/kcs-meet\0worker\0"sv, "\t7");
  EXPECT_FALSE(Check({801})) << "the server would have said 7";
}

TEST_F(WorkerCheck, AWorkerWhoseServerIsNotSeenIsNone) {
  std::filesystem::remove_all(proc_ + "/700");
  EXPECT_FALSE(Check({701}));
}

}  // namespace
}  // namespace kcs::load
