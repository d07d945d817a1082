#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/event_loop.h"
#include "io/unique_fd.h"

namespace kcs::io {

// A process that this one started and watches.
class ChildProcess {
 public:
  // The descriptor number under which a child finds what it inherits.
  static constexpr int kInheritedFd = 3;

  struct Exit {
    int code = 0;                  // of exit(); 0 when a signal ended it
    int signal = 0;                // 0: it exited by itself
    std::string ToString() const;  // "exit code 1", "signal 9"
  };

  struct Command {
    std::string executable;
    std::vector<std::string> arguments = {};  // argv[1...]
    // "NAME=value", beside the environment of this process, unless that has the name already.
    std::vector<std::string> environment = {};
  };

  // Runs `command` with standard input from /dev/null, default signal handling, in a process group of its own
  // (so that Ctrl-C in a terminal reaches this process alone). `inherited` becomes descriptor kInheritedFd of
  // the child and is closed here. `on_exit` is called once, from the loop, and may destroy the object.
  static Result<std::unique_ptr<ChildProcess>> Spawn(EventLoop& loop, const Command& command,
                                                     UniqueFd inherited, std::function<void(Exit)> on_exit);
  // Kills and reaps a child that still runs; on_exit is not called then.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int pid() const { return pid_; }
  bool running() const { return running_; }
  // Nothing happens when it no longer runs.
  void Kill(int signal);

 private:
  ChildProcess(EventLoop& loop, int pid, UniqueFd pidfd, std::function<void(Exit)> on_exit);
  void OnExited();

  int pid_;
  bool running_ = true;
  UniqueFd pidfd_;
  std::function<void(Exit)> on_exit_;
  FdWatch watch_;
};

// The path of the running executable, to start it again under another role.
std::string OwnExecutable();

}  // namespace kcs::io
