#include "load/process_usage.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

namespace kcs::load {
namespace {

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Exactly. The file counts in hundredths of a second: three percent of what a worker may use in a
// short test.
std::optional<Duration> CpuTime(int pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) +
                                              std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

std::optional<ProcessUsage> ParseProcessStat(std::string_view text, std::int64_t ticks_per_second) {
  // The name may hold blanks and brackets itself: it ends with the last one.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessUsage usage;
  usage.command = text.substr(open + 1, close - open - 1);
  std::istringstream fields{std::string(text.substr(close + 1))};
  std::string state;
  fields >> state >> usage.parent;
  // proc(5): utime is the 14th field and stime the 15th; the parent was the fourth.
  std::string skipped;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  if (!fields || ticks_per_second <= 0) return std::nullopt;
  usage.cpu = Duration((user + system) * 1'000'000 / ticks_per_second);
  return usage;
}

std::optional<std::uint64_t> ParseResidentBytes(std::string_view status) {
  constexpr std::string_view kName = "VmRSS:";
  std::size_t at = status.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  status.remove_prefix(at + kName.size());
  at = status.find_first_not_of(" \t");
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t kibibytes = 0;
  const auto [end, error] = std::from_chars(status.data() + at, status.data() + status.size(), kibibytes);
  if (error != std::errc()) return std::nullopt;
  return kibibytes * 1024;
}

std::optional<ProcessUsage> ReadProcessUsage(int pid, const std::string& proc) {
  const std::string directory = proc + "/" + std::to_string(pid);
  const auto stat = ReadFile(directory + "/stat");
  if (!stat) return std::nullopt;
  auto usage = ParseProcessStat(*stat, ::sysconf(_SC_CLK_TCK));
  if (!usage) return std::nullopt;
  if (proc == kProc) usage->cpu = CpuTime(pid).value_or(usage->cpu);
  if (const auto status = ReadFile(directory + "/status"))
    usage->rss = ParseResidentBytes(*status).value_or(0);
  return usage;
}

}  // namespace kcs::load
