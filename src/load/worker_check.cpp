#include "load/worker_check.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>

#include "load/process_usage.h"

namespace kcs::load {
namespace {

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The first argument after the program's name (proc(5): they end with a zero byte each).
std::string RoleOf(const std::string& directory) {
  const std::string line = ReadFile(directory + "/cmdline").value_or("");
  const std::size_t name_end = line.find('\0');
  if (name_end == std::string::npos) return {};
  return line.substr(name_end + 1, line.find('\0', name_end + 1) - name_end - 1);
}

// What the process calls itself, when that is not `pid`: it lives in another namespace of process ids. The
// last number of NSpid is that of the innermost one.
bool IsInAnotherNamespace(int pid, const std::string& directory) {
  const std::string status = ReadFile(directory + "/status").value_or("");
  constexpr std::string_view kName = "\nNSpid:";
  const std::size_t at = status.find(kName);
  if (at == std::string::npos) return false;
  const std::size_t begin = at + kName.size();
  std::istringstream numbers(status.substr(begin, status.find('\n', begin) - begin));
  int innermost = pid;
  for (int number = 0; numbers >> number;) innermost = number;
  return innermost != pid;
}

bool IsWorker(int pid, const std::string& proc) {
  const std::string directory = proc + "/" + std::to_string(pid);
  const auto usage = ReadProcessUsage(pid, proc);
  if (!usage || RoleOf(directory) != "worker" || IsInAnotherNamespace(pid, directory)) return false;
  const auto server = ReadProcessUsage(usage->parent, proc);
  return server && server->command == usage->command &&
         RoleOf(proc + "/" + std::to_string(usage->parent)) == "serve";
}

}  // namespace

Result<void> CheckWorkers(const std::vector<int>& pids, const std::string& proc) {
  for (const int pid : pids) {
    if (IsWorker(pid, proc)) continue;
    return Fail(
        "the server says that process " + std::to_string(pid) +
        " is a worker of it, but here it is none (is the server in a container?); --pid names its processes");
  }
  return {};
}

}  // namespace kcs::load
