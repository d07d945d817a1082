#include "io/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>
#include <utility>

extern char** environ;

namespace kcs::io {
namespace {

// waitid with P_PIDFD of <linux/wait.h>, which collides with glibc's header.
constexpr auto kPidFd = static_cast<idtype_t>(3);

std::string SystemError(const std::string& what, int error) {
  return what + ": " + std::generic_category().message(error);
}

// What the child is to look like; posix_spawn's objects with their lifetime.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int Run(const ChildProcess::Command& command, int inherited, pid_t& pid) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // Also clears close-on-exec when the number is already the right one.
    posix_spawn_file_actions_adddup2(&actions_, inherited, ChildProcess::kInheritedFd);
    // Descriptors that a careless parent of ours left open without close-on-exec.
    posix_spawn_file_actions_addclosefrom_np(&actions_, ChildProcess::kInheritedFd + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> argv;
    argv.push_back(const_cast<char*>(command.executable.c_str()));
    for (const std::string& argument : command.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (char** own = environ; *own != nullptr; ++own) environment.push_back(*own);
    for (const std::string& more : command.environment) {
      const bool is_set = ::getenv(more.substr(0, more.find('=')).c_str()) != nullptr;
      if (!is_set) environment.push_back(const_cast<char*>(more.c_str()));
    }
    environment.push_back(nullptr);
    return posix_spawn(&pid, command.executable.c_str(), &actions_, &attributes_, argv.data(),
                       environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

std::string ChildProcess::Exit::ToString() const {
  return signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(code);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::Spawn(EventLoop& loop, const Command& command,
                                                          UniqueFd inherited,
                                                          std::function<void(Exit)> on_exit) {
  pid_t pid = 0;
  const int error = SpawnPlan().Run(command, inherited.get(), pid);
  if (error != 0) return Fail(SystemError(command.executable, error));
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int reason = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return Fail(SystemError("pidfd_open", reason));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(loop, pid, std::move(pidfd), std::move(on_exit)));
}

ChildProcess::ChildProcess(EventLoop& loop, int pid, UniqueFd pidfd, std::function<void(Exit)> on_exit)
    : pid_(pid), pidfd_(std::move(pidfd)), on_exit_(std::move(on_exit)), watch_(loop, pidfd_.get()) {
  watch_.OnReadable([this] { OnExited(); });
}

ChildProcess::~ChildProcess() {
  if (!running_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProcess::Kill(int signal) {
  // The pid is ours until it has been reaped, so it cannot name another process.
  if (running_) ::kill(pid_, signal);
}

void ChildProcess::OnExited() {
  siginfo_t info{};
  if (::waitid(kPidFd, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
    return;
  }
  running_ = false;
  watch_ = FdWatch();
  Exit exit;
  (info.si_code == CLD_EXITED ? exit.code : exit.signal) = info.si_status;
  const auto on_exit = std::move(on_exit_);
  if (on_exit) on_exit(exit);
}

std::string OwnExecutable() {
  std::array<char, PATH_MAX> path{};
  const ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size());
  return n > 0 ? std::string(path.data(), static_cast<std::size_t>(n)) : std::string();
}

}  // namespace kcs::io
