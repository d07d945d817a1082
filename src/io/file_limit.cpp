#include "io/file_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace kcs::io {

std::uint64_t RaiseFileLimit(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised{std::max<rlim_t>(wanted, limit.rlim_max), std::max<rlim_t>(wanted, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
  // Only who has the right to may go beyond the hard limit.
  raised = {limit.rlim_max, limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
  return limit.rlim_cur;
}

}  // namespace kcs::io
