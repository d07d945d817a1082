#include "io/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "io/message_channel.h"
#include "io/test_util.h"

namespace kcs::io {
namespace {

using testing::Await;
using ::testing::HasSubstr;
using testing::Text;

class ChildProcessTest : public ::testing::Test {
 protected:
  // Runs a shell script; our end of its descriptor 3 is `channel`.
  void Run(const std::string& script, const std::vector<std::string>& environment = {}) {
    auto pair = MessageChannel::CreatePair();
    ASSERT_TRUE(pair.has_value()) << pair.error();
    channel.emplace(
        loop, std::move(pair->first), MessageChannel::Limits(),
        MessageChannel::Handlers{[this](Bytes m) { received += Text(m); }, [this] { closed = true; }});
    auto spawned = ChildProcess::Spawn(loop, {"/bin/sh", {"-c", script}, environment},
                                       std::move(pair->second), [this](ChildProcess::Exit e) { exit = e; });
    ASSERT_TRUE(spawned.has_value()) << spawned.error();
    child = std::move(*spawned);
  }

  EventLoop loop;
  std::optional<MessageChannel> channel;
  std::unique_ptr<ChildProcess> child;
  std::string received;
  bool closed = false;
  std::optional<ChildProcess::Exit> exit;
};

TEST_F(ChildProcessTest, TalksOverTheInheritedDescriptorAndTellsItsExit) {
  Run("echo hello >&3; exit 7");
  ASSERT_TRUE(Await(loop, [&] { return exit.has_value() && closed; }));
  EXPECT_EQ(received, "hello\n");
  EXPECT_EQ(exit->code, 7);
  EXPECT_EQ(exit->signal, 0);
  EXPECT_EQ(exit->ToString(), "exit code 7");
  EXPECT_FALSE(child->running());
}

TEST_F(ChildProcessTest, InheritsNoOtherDescriptor) {
  const UniqueFd careless(::fcntl(STDERR_FILENO, F_DUPFD, 40));  // not close-on-exec
  const std::string number = std::to_string(careless.get());
  Run("[ -e /proc/$$/fd/" + number + " ] && echo open >&3; [ -e /proc/$$/fd/3 ] && echo end >&3");
  ASSERT_TRUE(Await(loop, [&] { return closed; }));
  EXPECT_EQ(received, "end\n");
}

TEST_F(ChildProcessTest, HasItsOwnersEnvironmentAndWhatIsAddedToThat) {
  ASSERT_EQ(::setenv("KCS_CHILD_TEST", "owner", 1), 0);
  Run("echo $KCS_CHILD_TEST $KCS_CHILD_MORE >&3", {"KCS_CHILD_TEST=added", "KCS_CHILD_MORE=more"});
  ASSERT_TRUE(Await(loop, [&] { return closed; }));
  EXPECT_EQ(received, "owner more\n");
}

TEST_F(ChildProcessTest, CanBeKilled) {
  Run("echo ready >&3; while :; do read x <&3; done");
  ASSERT_TRUE(Await(loop, [&] { return received == "ready\n"; }));
  EXPECT_FALSE(exit.has_value());
  child->Kill(SIGTERM);
  ASSERT_TRUE(Await(loop, [&] { return exit.has_value(); }));
  EXPECT_EQ(exit->signal, SIGTERM);
  child->Kill(SIGKILL);  // to nobody
}

TEST_F(ChildProcessTest, DiesWithItsOwner) {
  Run("echo ready >&3; while :; do read x <&3; done");
  ASSERT_TRUE(Await(loop, [&] { return received == "ready\n"; }));
  const int pid = child->pid();
  child.reset();
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_TRUE(Await(loop, [&] { return closed; }));
  EXPECT_FALSE(exit.has_value());
}

TEST(ChildProcess, TellsWhatCannotBeStarted) {
  EventLoop loop;
  auto pair = MessageChannel::CreatePair();
  const auto child =
      ChildProcess::Spawn(loop, {"/nowhere/kcs-meet", {}, {}}, std::move(pair->first), nullptr);
  ASSERT_FALSE(child.has_value());
  EXPECT_THAT(child.error(), HasSubstr("/nowhere/kcs-meet"));
}

TEST(ChildProcess, KnowsItsOwnExecutable) { EXPECT_THAT(OwnExecutable(), HasSubstr("io_test")); }

}  // namespace
}  // namespace kcs::io
