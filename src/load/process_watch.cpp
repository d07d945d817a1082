#include "load/process_watch.h"

#include <unistd.h>

namespace kcs::load {

ProcessWatch::ProcessWatch(const std::vector<int>& workers) {
  int server = 0;
  std::string command;
  for (const int pid : workers) {
    const auto usage = ReadProcessUsage(pid);
    if (!usage) continue;
    processes_.push_back({pid, "worker", {}});
    if (server == 0) {
      server = usage->parent;
      command = usage->command;
    } else if (usage->parent != server) {
      server = -1;
    }
  }
  // A worker's server runs the same executable.
  if (server > 1) {
    const auto usage = ReadProcessUsage(server);
    if (usage && usage->command == command) processes_.push_back({server, "server", {}});
  }
  processes_.push_back({::getpid(), "load test", {}});
}

void ProcessWatch::Start() {
  for (Watched& process : processes_) {
    if (const auto usage = ReadProcessUsage(process.pid)) process.cpu_before = usage->cpu;
  }
}

void ProcessWatch::Stop() {
  reports_.clear();
  for (const Watched& process : processes_) {
    const auto usage = ReadProcessUsage(process.pid);
    if (usage) reports_.push_back({process.pid, process.role, usage->cpu - process.cpu_before, usage->rss});
  }
}

}  // namespace kcs::load
