#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace kcs::load {

// What a process of this machine has used, from /proc (proc(5)) and its CPU clock.
struct ProcessUsage {
  Duration cpu{};         // of all its threads, user and system, since it began
  std::uint64_t rss = 0;  // bytes of memory that are resident now
  int parent = 0;         // process id
  std::string command;    // the name of the executable, as the kernel keeps it
};

inline constexpr const char* kProc = "/proc";
// Nothing when there is no such process, or it may not be looked at. `proc`: another place than /proc, for
// tests; without the CPU clock, which knows real processes only.
std::optional<ProcessUsage> ReadProcessUsage(int pid, const std::string& proc = kProc);

// The parsers of it: of /proc/PID/stat, whose CPU times are counted in `ticks_per_second`, and of
// /proc/PID/status.
std::optional<ProcessUsage> ParseProcessStat(std::string_view text, std::int64_t ticks_per_second);
std::optional<std::uint64_t> ParseResidentBytes(std::string_view status);

}  // namespace kcs::load
