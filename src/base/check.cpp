#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace kcs {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace kcs
